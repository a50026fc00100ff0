package account

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// pass lets time pass in a bubble (testing/synctest).
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// start signs li.na in.
func start(t *testing.T, a *Accounts) (token string, v *Visit) {
	t.Helper()
	token = must(a.Start(must(signIn(t, a, "li.na", secret))(t)))(t)
	if v = a.Visit(token); v == nil || v.User.Name != "li.na" {
		t.Fatalf("just signed in: %+v", v)
	}
	return token, v
}

func ended(v *Visit) bool {
	select {
	case <-v.Ended:
		return true
	default:
		return false
	}
}

func withUser(t *testing.T) *Accounts {
	t.Helper()
	a := open(t, "")
	must(a.Add("li.na", Officer, "7", secret))(t)
	return a
}

func TestSessionEndsWhenIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := withUser(t)
		token, v := start(t, a)
		for range 3 {
			pass(59 * time.Minute)
			if a.Visit(token) == nil {
				t.Fatal("it ended while it was in use")
			}
		}
		pass(time.Hour)
		if a.Visit(token) != nil || !ended(v) || len(a.sessions.open) != 0 {
			t.Error("it did not end after an hour")
		}
	})
}

func TestSessionEndsAfterAShift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := withUser(t)
		token, v := start(t, a)
		for range 23 {
			pass(30 * time.Minute)
			if a.Visit(token) == nil {
				t.Fatal("it ended within 12 hours")
			}
		}
		pass(30 * time.Minute)
		if a.Visit(token) != nil || !ended(v) || len(a.sessions.open) != 0 {
			t.Error("it did not end after 12 hours")
		}
	})
}

func TestSignOut(t *testing.T) {
	a := withUser(t)
	one, v := start(t, a)
	two, w := start(t, a)
	a.End(one)
	a.End(one)
	a.End("nothing")
	if one == two || a.Visit(one) != nil || !ended(v) || a.Visit(two) == nil || ended(w) {
		t.Error("not that one session ended")
	}
	for _, token := range []string{"", "x", one} {
		if a.Visit(token) != nil {
			t.Errorf("%q is a session", token)
		}
	}
}

// Whatever is changed of a user ends what they are signed in to, at once.
func TestChangesEndSessions(t *testing.T) {
	for name, change := range map[string]func(a *Accounts, name string) (*User, error){
		"removed":   (*Accounts).Remove,
		"disabled":  (*Accounts).Disable,
		"password":  func(a *Accounts, name string) (*User, error) { return a.SetPassword(name, secret) },
		"role":      func(a *Accounts, name string) (*User, error) { return a.SetRole(name, Auditor, "") },
		"same role": func(a *Accounts, name string) (*User, error) { return a.SetRole(name, Officer, "") },
	} {
		t.Run(name, func(t *testing.T) {
			a := withUser(t)
			must(a.Add("other", Officer, "8", secret))(t)
			token, v := start(t, a)
			user := v.User
			basic := must(a.Basic(t.Context(), "li.na", secret, "192.0.2.1"))(t)
			if ended(basic) {
				t.Error("it ended before")
			}
			must(change(a, "other"))(t)
			if a.Visit(token) == nil || ended(basic) {
				t.Error("another's change ended it")
			}
			must(change(a, "li.na"))(t)
			if a.Visit(token) != nil || !ended(v) || !ended(basic) {
				t.Error("it goes on")
			}
			// Who was signing in at that moment is not in.
			if _, err := a.Start(user); !errors.Is(err, ErrSession) || len(a.sessions.open) != 0 {
				t.Errorf("a session for what is no more: %v", err)
			}
		})
	}
}

// A name that is given to somebody else is another account.
func TestNameIsTakenAgain(t *testing.T) {
	a := withUser(t)
	token, _ := start(t, a)
	must(a.Basic(t.Context(), "li.na", secret, "192.0.2.1"))(t)
	must(a.Remove("li.na"))(t)
	must(a.Add("li.na", Supervisor, "", "another one"))(t)
	if v := a.Visit(token); v != nil {
		t.Errorf("the old session is %+v", v.User)
	}
	if v, err := a.Basic(t.Context(), "li.na", secret, "192.0.2.1"); !errors.Is(err, ErrSignIn) {
		t.Errorf("the old password is %+v, %v", v, err)
	}
}
