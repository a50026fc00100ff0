package account

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"
)

// guess tries one wrong password and reports how long to wait for the next.
func guess(t *testing.T, a *Accounts, name, address string) time.Duration {
	t.Helper()
	_, err := a.SignIn(t.Context(), name, "wrong password", address)
	if many, ok := errors.AsType[*TooManyError](err); ok {
		return many.Wait
	}
	if !errors.Is(err, ErrSignIn) {
		t.Fatalf("a wrong password: %v", err)
	}
	return 0
}

func TestAddressIsLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := withUser(t)
		for i := range addressBurst {
			if wait := guess(t, a, fmt.Sprint("name", i), "192.0.2.9"); wait != 0 {
				t.Fatalf("attempt %d has to wait %s", i, wait)
			}
		}
		if wait := guess(t, a, "name", "192.0.2.9"); wait != addressEvery {
			t.Errorf("one too many has to wait %s, want %s", wait, addressEvery)
		}
		if _, err := a.SignIn(t.Context(), "li.na", secret, "192.0.2.9"); err == nil {
			t.Error("the right password is let in from there")
		}
		if wait := guess(t, a, "name", "192.0.2.10"); wait != 0 {
			t.Errorf("another address has to wait %s", wait)
		}
		time.Sleep(addressEvery)
		if wait := guess(t, a, "name", "192.0.2.9"); wait != 0 {
			t.Errorf("in time it still has to wait %s", wait)
		}
	})
}

func TestNetworks(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.9": "192.0.2.9", "::ffff:192.0.2.9": "192.0.2.9", "": "", "unknown": "unknown",
		"2001:db8::1": "2001:db8::/64", "2001:db8:0:0:ff::1": "2001:db8::/64", "fe80::1%eth0": "fe80::/64", "2001:db8:0:1::": "2001:db8:0:1::/64",
	} {
		if got := network(address); got != want {
			t.Errorf("%s: got %s, want %s", address, got, want)
		}
	}
}

// One stranger, who tries as often as an address may for an hour, does not
// keep a name's owner out; many do, but not from where the owner has signed in.
func TestStrangersLockNobodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := withUser(t)
		in := func(address string) error {
			_, err := a.SignIn(t.Context(), "li.na", secret, address)
			return err
		}
		for range 3600 {
			guess(t, a, "li.na", "192.0.2.66")
			time.Sleep(time.Second)
		}
		if err := in("192.0.2.1"); err != nil {
			t.Errorf("one stranger keeps the owner out: %v", err)
		}
		for i := range 1000 {
			guess(t, a, "li.na", fmt.Sprint("198.51.100.", i))
		}
		if err := in("192.0.2.1"); err != nil {
			t.Errorf("strangers keep the owner out where she has signed in: %v", err)
		}
		many, ok := errors.AsType[*TooManyError](in("192.0.2.2"))
		if !ok {
			t.Fatal("the name has no limit")
		}
		if many.Seconds() < 1 || many.Wait > nameEvery {
			t.Errorf("the owner waits %s elsewhere", many.Wait)
		}
		time.Sleep(nameEvery)
		if err := in("192.0.2.2"); err != nil {
			t.Errorf("once the strangers pause: %v", err)
		}
		// Where the name is known, the address is still limited.
		for range addressBurst {
			guess(t, a, "li.na", "192.0.2.1")
		}
		if err := in("192.0.2.1"); err == nil {
			t.Error("a known address has no limit")
		}
	})
}

func TestLimitsTakeNoMoreMemory(t *testing.T) {
	l := newLimits()
	for i := range 4 * maxKnown {
		l.welcome("li.na", fmt.Sprint("address ", i))
	}
	if n := len(l.known); n != maxKnown {
		t.Errorf("%d known addresses, want %d", n, maxKnown)
	}
	if pair := l.both("li.na", fmt.Sprint("address ", 4*maxKnown-1)); !l.isKnown(pair) {
		t.Error("the last one is not known")
	}
}

// A scrape every quarter of a minute costs a hash every quarter of an hour.
func TestBasicIsHashedSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := withUser(t)
		// With the semaphore taken, whoever needs a hash waits for ever.
		hashes := func() bool {
			for range hashers {
				a.hashing <- struct{}{}
			}
			defer func() { <-a.hashing; <-a.hashing }()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := a.Basic(ctx, "Li.Na", secret, "192.0.2.1")
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
			return err != nil
		}
		if !hashes() {
			t.Error("the first is not hashed")
		}
		must(a.Basic(t.Context(), "li.na", secret, "192.0.2.1"))(t)
		for range 59 {
			time.Sleep(15 * time.Second)
			if hashes() {
				t.Fatal("it is hashed again within a quarter of an hour")
			}
		}
		time.Sleep(15 * time.Second)
		if !hashes() {
			t.Error("it is never hashed again")
		}
		if _, err := a.Basic(t.Context(), "li.na", "wrong password", "192.0.2.1"); !errors.Is(err, ErrSignIn) {
			t.Errorf("a wrong password: %v", err)
		}
	})
}

func TestProofsTakeNoMoreMemory(t *testing.T) {
	p := newProofs()
	for i := range 10 * maxProofs {
		p.add(p.sum(fmt.Sprint(i), secret), &User{})
	}
	if n := len(p.seen); n > maxProofs {
		t.Errorf("%d proofs", n)
	}
	if p.sum("a", "bc") == p.sum("ab", "c") {
		t.Error("where a name ends is not told apart")
	}
}

// Two roles that may not do the same; none that has no duty.
func TestRoles(t *testing.T) {
	seen := make(map[Duty]Role)
	for _, role := range Roles {
		may := role.Duties()
		if may&Anyone != Anyone || seen[may] != "" {
			t.Errorf("%s may do %b, as %q", role, may, seen[may])
		}
		seen[may] = role
	}
	if Role("root").Duties() != 0 || (&User{Role: "x"}).May(math.MaxUint16) {
		t.Error("what is no role may do something")
	}
	if nobody := (*User)(nil); !nobody.May(SeeBays) || nobody.May(math.MaxUint16&^Anyone) {
		t.Error("nobody may do other than anyone")
	}
	if Unclaimed&(Play|PlayOwn|Settle|AssignCameras|SeeOwnClips) != 0 {
		t.Error("footage or changes without an account")
	}
}
