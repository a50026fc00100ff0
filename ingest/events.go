package ingest

import (
	"sync"
	"time"
)

// The events of the station, as /api/v1/events names them.
const (
	EventDocked   = "docked"   // data: BayStatus
	EventUndocked = "undocked" // data: BayStatus, with what is still on the camera
	EventProgress = "progress" // data: BayStatus
	EventStored   = "stored"   // data: store.Clip
	EventMissed   = "missed"   // data: store.Clip
)

// Event is something that happened at the station.
type Event struct {
	Type string
	At   time.Time
	Data any // marshals to JSON
}

// subscriberBuffer is how far a listener may fall behind before it misses
// events. A listener that must not miss any reads the catalog.
const subscriberBuffer = 256

// broker passes events on to whoever listens, and never waits for anyone.
type broker struct {
	mu   sync.Mutex
	subs map[chan Event]struct{}
}

// Subscribe returns the events from now on. cancel ends it and must be called.
func (b *broker) Subscribe() (events <-chan Event, cancel func()) {
	ch := make(chan Event, subscriberBuffer)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.subs == nil {
		b.subs = make(map[chan Event]struct{})
	}
	b.subs[ch] = struct{}{}
	return ch, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.subs, ch)
	}
}

// Listeners returns how many subscriptions there are.
func (b *broker) Listeners() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.subs)
}

func (b *broker) publish(typ string, data any) {
	ev := Event{Type: typ, At: time.Now().UTC(), Data: data}
	b.mu.Lock()
	defer b.mu.Unlock()
	for ch := range b.subs {
		select {
		case ch <- ev:
		default: // a slow listener misses it
		}
	}
}
