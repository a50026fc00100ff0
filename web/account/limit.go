package account

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How often may be tried to sign in: at once, and then one every so often. A
// name bears more than one address may try, so that no stranger keeps its owner
// out from a single one; and where a name has signed in before, the limit of
// the address is the only one: what strangers try elsewhere does not count. A
// password of ten random characters withstands 21,600 attempts a day.
const (
	addressBurst, addressEvery = 20, 6 * time.Second // also a shift that signs in at one tablet
	nameBurst, nameEvery       = 40, 4 * time.Second

	slots    = 1 << 12 // of each kind; two that share one share its limit
	maxKnown = 1 << 12
)

// limits take memory once and no more, whoever asks. The seed is random, so
// that nobody can choose a name or an address that shares another's slot.
type limits struct {
	seed             maphash.Seed
	addresses, names buckets

	mu    sync.Mutex
	known map[uint64]struct{} // names at addresses from which they have signed in
}

func newLimits() limits {
	return limits{
		seed:      maphash.MakeSeed(),
		addresses: buckets{every: addressEvery, burst: addressBurst},
		names:     buckets{every: nameEvery, burst: nameBurst},
		known:     make(map[uint64]struct{}),
	}
}

// take counts one attempt. It returns how long to wait, 0 for not at all.
func (l *limits) take(name, address string) time.Duration {
	address = network(address)
	if wait := l.addresses.take(maphash.String(l.seed, address)); wait > 0 {
		return wait
	}
	if l.isKnown(l.both(name, address)) {
		return 0
	}
	return l.names.take(maphash.String(l.seed, name))
}

// welcome remembers from where a name has signed in.
func (l *limits) welcome(name, address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for other := range l.known {
		if len(l.known) < maxKnown {
			break
		}
		delete(l.known, other) // any: it is known again when it next signs in
	}
	l.known[l.both(name, network(address))] = struct{}{}
}

func (l *limits) isKnown(pair uint64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.known[pair]
	return ok
}

func (l *limits) both(name, address string) uint64 {
	return maphash.String(l.seed, name+"\x00"+address)
}

// network is what one client is taken to have: an address, or all of IPv6's
// addresses that a single machine can give itself.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.Unmap().WithZone(""); ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}

// buckets are limits for as many keys as there may be, in a fixed number of slots.
type buckets struct {
	every time.Duration
	burst int

	mu    sync.Mutex
	slots [slots]*rate.Limiter
}

func (b *buckets) take(key uint64) (wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	slot := &b.slots[key%slots]
	if *slot == nil {
		*slot = rate.NewLimiter(rate.Every(b.every), b.burst)
	}
	now := time.Now()
	if (*slot).AllowN(now, 1) {
		return 0
	}
	missing := 1 - (*slot).TokensAt(now)
	return max(time.Duration(missing*float64(b.every)), time.Nanosecond)
}
