package web

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"custodock/device"
	"custodock/device/simcam"
	"custodock/ingest"
)

// sse is an event as a browser gets it.
type sse struct{ event, data string }

// follow opens the bays' stream from an address. Its events come on the
// channel, which closes at the end; cancel ends it.
func (f *fixture) follow(target, address string) (events <-chan sse, status int, cancel func()) {
	f.t.Helper()
	ctx, stop := context.WithCancel(f.t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://station"+target, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	req.RemoteAddr = address
	out, begun := make(chan sse, 1000), make(chan int, 1)
	go func() { // ends with the stream
		defer close(out)
		resp, err := RoundTripper(f.handler).RoundTrip(req)
		if err != nil {
			close(begun)
			return
		}
		defer resp.Body.Close()
		begun <- resp.StatusCode
		var one sse
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			field, value, _ := strings.Cut(lines.Text(), ": ")
			switch field {
			case "event":
				one.event = value
			case "data":
				one.data += value
			case "":
				out <- one
				one = sse{}
			}
		}
	}()
	select {
	case status = <-begun:
	case <-time.After(time.Minute):
		f.t.Fatal("the stream does not begin")
	}
	return out, status, stop
}

// next is the next event, within a bound.
func next(t *testing.T, events <-chan sse) sse {
	t.Helper()
	select {
	case ev, ok := <-events:
		if !ok {
			t.Fatal("the stream ended")
		}
		return ev
	case <-time.After(time.Minute):
		t.Fatal("nothing came for a minute")
	}
	return sse{}
}

// A page is told which version it should be, and then everything: it may have
// been away for long.
func TestLiveBeginsWithAll(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		defer f.run()()
		events, _, cancel := f.follow("/bays/live?lang=zh", "192.0.2.1:1000")
		defer cancel()
		version := f.handler.(*server).screens.version
		if ev := next(t, events); ev.event != "version" || ev.data != version {
			t.Errorf("it begins with %+v, not version %s", ev, version)
		}
		if page := f.get("/").body; !strings.Contains(page, `<meta name="version" content="`+version+`">`) {
			t.Error("the page does not say which version it is")
		}
		ev := next(t, events)
		for _, want := range []string{`<ul hx-swap-oob="true" id="bays" class="bays of-2">`, `<li id="bay-1" class="tile empty">`, `<li id="bay-2"`, `<div hx-swap-oob="true" class="well" id="well">`, "空闲"} {
			if !strings.Contains(ev.data, want) {
				t.Errorf("there is no %s in\n%s", want, ev.data)
			}
		}
		later, _, cancel := f.follow("/bays/live?lang=zh", "192.0.2.2:1000")
		defer cancel()
		next(t, later)
		if got := next(t, later); got != ev {
			t.Errorf("a page that comes later begins with\n%s\nwant\n%s", got, ev)
		}
	})
}

// What happens at a bay is on all pages within a second, and nothing else is
// sent with it.
func TestLiveChanges(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		defer f.run()()
		english, _, cancel := f.follow("/bays/live", "192.0.2.1:1000")
		defer cancel()
		chinese, _, cancel := f.follow("/bays/live?lang=zh", "192.0.2.2:1000")
		defer cancel()
		for range 2 { // version and all
			next(t, english)
			next(t, chinese)
		}
		pass(700 * time.Millisecond)
		start := time.Now()
		f.dock.Dock(simcam.New(simcam.Options{
			Info:  device.Info{Serial: "CAM0001", Location: "cam2"},
			Files: []simcam.File{{Path: "DCIM/A0001.MP4", Size: 90_000_000, ModTime: at.Add(-time.Hour)}}, Rate: 10_000_000,
		}))
		got, other := next(t, english), next(t, chinese)
		if took := time.Since(start); took > time.Second {
			t.Errorf("it took %v", took)
		}
		if !strings.Contains(got.data, "CAM0001") || !strings.Contains(other.data, "CAM0001") {
			t.Errorf("the camera is not on the pages: %q, %q", got, other)
		}
		var tiles int
		for time.Since(start) < 5*time.Second {
			ev := next(t, english)
			if strings.Contains(ev.data, `id="bay-1"`) {
				t.Errorf("the other bay was sent, too: %s", ev.data)
			}
			if strings.Contains(ev.data, "Copying") {
				tiles++
			}
		}
		if tiles < 4 || tiles > 11 {
			t.Errorf("the bay was sent %d times in 5 s of copying", tiles)
		}
	})
}

// Nothing is sent of a station where nothing happens, but that it lives.
func TestLiveQuiet(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		defer f.run()()
		events, _, cancel := f.follow("/bays/live", "192.0.2.1:1000")
		defer cancel()
		next(t, events)
		next(t, events)
		start := time.Now()
		for i := range 3 {
			if ev := next(t, events); ev.event != "alive" || ev.data == "" {
				t.Errorf("%+v was sent", ev)
			}
			if got, want := time.Since(start).Round(time.Second), time.Duration(i+1)*15*time.Second; got != want {
				t.Errorf("heartbeat %d came after %v, want %v", i, got, want)
			}
		}
	})
}

// The hub works while somebody watches, and no longer.
func TestLiveEnds(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		for range 2 {
			events, _, cancel := f.follow("/bays/live", "192.0.2.1:1000")
			next(t, events)
			next(t, events)
			if n := f.station.Listeners(); n != 1 {
				t.Errorf("%d listeners", n)
			}
			cancel()
			synctest.Wait()
			pass(lookPause)
			synctest.Wait()
			if n := f.station.Listeners(); n != 0 {
				t.Errorf("%d listeners after the page was closed", n)
			}
		}
		if metrics := f.get("/metrics").body; !strings.Contains(metrics, "custodock_event_streams 0\n") || strings.Contains(metrics, `duration_seconds_count{route="/bays/live"}`) {
			t.Error("the stream is still counted, or was taken for a slow request")
		}
	})
}

// No address takes all streams, and nobody takes more than there are.
func TestLiveBounds(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		open := func(address string) (status int, cancel func()) {
			_, status, cancel = f.follow("/bays/live", address)
			return status, cancel
		}
		var last func()
		for i := range maxWatchersAddress {
			status, cancel := open(fmt.Sprintf("192.0.2.1:%d", 1000+i))
			defer cancel()
			last = cancel
			if status != 200 {
				t.Fatalf("stream %d of one address: %d", i, status)
			}
		}
		if status, _ := open("192.0.2.1:999"); status != 503 {
			t.Errorf("one address too much: %d", status)
		}
		for i := maxWatchersAddress; i < maxWatchers; i++ {
			status, cancel := open("127.0.0.1:1000") // such as a proxy's
			defer cancel()
			if status != 200 {
				t.Fatalf("stream %d: %d", i, status)
			}
		}
		if status, _ := open("192.0.2.2:1000"); status != 503 {
			t.Errorf("one too much: %d", status)
		}
		last()
		synctest.Wait()
		status, cancel := open("192.0.2.1:999")
		defer cancel()
		if status != 200 {
			t.Errorf("after one was closed: %d", status)
		}
	})
}

// A page that takes nothing is cut off, and keeps no other one waiting.
func TestLiveSlow(t *testing.T) {
	n := 0
	h := &hub{
		look:     func(time.Time) (board, error) { n++; return board{Tiles: []tile{{Bay: 1, Left: n}}}, nil },
		paint:    func(_ int, part string, data any) string { return fmt.Sprintf("<p id=%s>%v</p>", part, data) },
		watchers: make(map[*watcher]struct{}), from: make(map[string]int),
		subscribe: func() (<-chan ingest.Event, func()) { return nil, func() {} },
	}
	synctest.Test(t, func(t *testing.T) {
		slow, leaveSlow, err := h.join(0, "192.0.2.1")
		quick, leave, err2 := h.join(0, "192.0.2.2")
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		for range 3 * watcherBuffer {
			if _, ok := <-quick.out; !ok {
				t.Fatal("the quick one was cut off")
			}
		}
		for range watcherBuffer {
			if _, ok := <-slow.out; !ok {
				t.Fatal("what was sent is lost")
			}
		}
		if _, ok := <-slow.out; ok {
			t.Error("the slow one is still served")
		}
		leaveSlow()
		leave()
		if len(h.from) != 0 {
			t.Errorf("addresses %v are kept", h.from)
		}
	})
}
