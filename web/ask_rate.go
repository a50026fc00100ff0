package web

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How often reasons can be entered, at once and then one every so often: by
// anybody who reaches the page, for nobody needs an account for it. An address
// may be a tablet at which a whole shift stands.
const (
	askBayBurst, askBayEvery   = 4, time.Minute
	askFromBurst, askFromEvery = 20, 15 * time.Second

	maxAskFrom = 1 << 10
)

// askRate bounds them by bay and by address.
type askRate struct {
	mu   sync.Mutex
	bays map[int]*rate.Limiter // no more than there are bays
	from map[string]*rate.Limiter
}

func newAskRate() *askRate {
	return &askRate{bays: make(map[int]*rate.Limiter), from: make(map[string]*rate.Limiter)}
}

// take reports whether one more may be entered.
func (a *askRate) take(bay int, address string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.from) >= maxAskFrom {
		clear(a.from) // who asks from so many addresses is still bound by the bays
	}
	return limiter(a.from, address, askFromEvery, askFromBurst).Allow() && limiter(a.bays, bay, askBayEvery, askBayBurst).Allow()
}

func limiter[K comparable](m map[K]*rate.Limiter, key K, every time.Duration, burst int) *rate.Limiter {
	if m[key] == nil {
		m[key] = rate.NewLimiter(rate.Every(every), burst)
	}
	return m[key]
}
