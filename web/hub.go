package web

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"custodock/ingest"
)

// How often the hub looks at the station, and whom it serves.
const (
	lookPause = 500 * time.Millisecond // between two looks, however much happens
	lookEvery = time.Second            // when nothing is said to have happened

	maxWatchers        = 64
	maxWatchersAddress = 8
	watcherBuffer      = 8 // messages: a client further behind is cut off, and comes back
)

// Why a page is not served, or no longer.
var (
	errWatchers = errors.New("as many pages as can be served are open already")
	errSlow     = errors.New("it takes less than is sent")
)

// hub shows the bays to all pages that are open. It looks at the station when
// something happened, renders what looks different once for each language, and
// sends that alone. It works while somebody watches.
type hub struct {
	look      func(time.Time) (board, error)
	paint     paint
	subscribe func() (events <-chan ingest.Event, cancel func())
	log       *slog.Logger

	mu       sync.Mutex
	watchers map[*watcher]struct{}
	from     map[string]int // watchers by address
	joined   chan struct{}  // of the loop that runs; nil when none does
	stop     context.CancelFunc
}

// watcher is one page that is open.
type watcher struct {
	lang    int
	address string
	out     chan []byte
	fresh   bool // it was sent nothing yet
	cut     bool // it was too slow, and out is closed: it counts until its handler is done
}

func newHub(s *server) *hub {
	return &hub{
		look: s.board, paint: s.screens.paint, subscribe: s.station.Subscribe, log: s.log,
		watchers: make(map[*watcher]struct{}), from: make(map[string]int),
	}
}

// join has a page served until leave is called, which must be.
func (h *hub) join(lang int, address string) (w *watcher, leave func(), err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.watchers) >= maxWatchers || h.from[address] >= maxWatchersAddress && !isLoopback(address) {
		return nil, nil, errWatchers
	}
	w = &watcher{lang: lang, address: address, out: make(chan []byte, watcherBuffer), fresh: true}
	h.watchers[w] = struct{}{}
	h.from[address]++
	if h.joined == nil {
		ctx, stop := context.WithCancel(context.Background())
		h.joined, h.stop = make(chan struct{}, 1), stop
		go h.run(ctx, h.joined) // ends when the last watcher leaves
	}
	wake(h.joined)
	return w, func() { h.leave(w) }, nil
}

// isLoopback reports whether a bound for one address would bind a proxy's
// clients together.
func isLoopback(address string) bool {
	ip, err := netip.ParseAddr(address)
	return err != nil || ip.Unmap().IsLoopback()
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (h *hub) leave(w *watcher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.watchers, w)
	if h.from[w.address]--; h.from[w.address] == 0 {
		delete(h.from, w.address)
	}
	if len(h.watchers) == 0 {
		h.stop()
		h.joined = nil
	}
}

// run looks until ctx ends.
func (h *hub) run(ctx context.Context, joined <-chan struct{}) {
	events, cancel := h.subscribe()
	defer cancel()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	sheets := make(map[int]*sheet)
	for ctx.Err() == nil {
		drain(events)
		h.turn(sheets)
		select {
		case <-time.After(lookPause):
		case <-ctx.Done():
		}
		select {
		case <-events:
		case <-tick.C:
		case <-joined:
		case <-ctx.Done():
		}
	}
}

// drain takes what has happened: one look sees all of it.
func drain(events <-chan ingest.Event) {
	for {
		select {
		case <-events:
		default:
			return
		}
	}
}

// turn brings all pages up to what is now. sheets are what they show, by
// language.
func (h *hub) turn(sheets map[int]*sheet) {
	now, err := h.look(time.Now())
	if err != nil {
		h.log.Error("the bays cannot be shown", "error", err)
		return
	}
	changes := make(map[int][]byte)
	for _, lang := range h.languages() {
		if sheets[lang] == nil {
			sheets[lang] = new(sheet)
		}
		if text := sheets[lang].turn(now, h.paint, lang); text != "" {
			changes[lang] = message(eventTiles, text)
		}
	}
	h.send(sheets, changes)
}

// languages are those that somebody watches in.
func (h *hub) languages() []int {
	h.mu.Lock()
	defer h.mu.Unlock()
	used := make(map[int]struct{})
	for w := range h.watchers {
		used[w.lang] = struct{}{}
	}
	return slices.Collect(maps.Keys(used))
}

// send gives what changed to each page, and all to a page that has nothing yet.
func (h *hub) send(sheets map[int]*sheet, changes map[int][]byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	whole := make(map[int][]byte)
	for w := range h.watchers {
		text := changes[w.lang]
		if w.fresh && sheets[w.lang] != nil {
			if whole[w.lang] == nil {
				whole[w.lang] = message(eventTiles, sheets[w.lang].whole())
			}
			text, w.fresh = whole[w.lang], false
		}
		if text == nil || w.cut {
			continue
		}
		select {
		case w.out <- text:
		default:
			close(w.out)
			w.cut = true
		}
	}
}
