package web

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"custodock/device"
	"custodock/device/simcam"
)

// listen opens the event stream. next returns its next event, or the next
// comment as a type of its own; ok is false at its end.
func (f *fixture) listen(ctx context.Context) (next func() (typ, data string, ok bool), resp *http.Response) {
	f.t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://station/api/v1/events", nil)
	if err != nil {
		f.t.Fatal(err)
	}
	resp, err = RoundTripper(f.handler).RoundTrip(req)
	if err != nil {
		f.t.Fatal(err)
	}
	lines := bufio.NewScanner(resp.Body)
	return func() (typ, data string, ok bool) {
		for lines.Scan() && lines.Text() != "" {
			switch field, value, _ := strings.Cut(lines.Text(), ": "); field {
			case "event":
				typ = value
			case "data":
				data = value
			case "":
				typ = "comment"
			}
		}
		return typ, data, typ != ""
	}, resp
}

func TestEvents(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		defer f.run()()
		next, resp := f.listen(t.Context())
		defer resp.Body.Close()
		if resp.Header.Get("Content-Type") != "text/event-stream" || resp.Header.Get("X-Accel-Buffering") != "no" {
			t.Errorf("header %v", resp.Header)
		}
		if typ, _, ok := next(); typ != "comment" || !ok {
			t.Fatalf("the stream begins with %q", typ)
		}
		camera := simcam.New(simcam.Options{
			Info:  device.Info{Serial: "CAM0001"},
			Files: []simcam.File{{Path: "DCIM/A0001.MP4", Size: 5000, ModTime: at.Add(-30 * time.Hour)}},
		})
		f.dock.Dock(camera)
		var got []string
		for !slices.Contains(got, "undocked") {
			typ, data, ok := next()
			if !ok {
				t.Fatalf("the stream ended after %v", got)
			}
			var about struct{ Camera string }
			if err := json.Unmarshal([]byte(data), &about); err != nil || about.Camera != "CAM0001" {
				t.Errorf("%s carries %q: %v", typ, data, err)
			}
			if !slices.Contains(got, typ) {
				got = append(got, typ)
			}
			if typ == "stored" {
				synctest.Wait()
				f.dock.Undock(camera)
			}
		}
		if got[0] != "docked" {
			t.Errorf("the first event is %s", got[0])
		}
		slices.Sort(got)
		if want := []string{"docked", "progress", "stored", "undocked"}; !slices.Equal(slices.DeleteFunc(got, func(typ string) bool { return typ == "missed" }), want) {
			t.Errorf("events %v, want %v", got, want)
		}
	})
}

func TestEventsMissed(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		f.fill() // one clip of it is due in three hours
		defer f.run()()
		next, resp := f.listen(t.Context())
		defer resp.Body.Close()
		for {
			typ, data, ok := next()
			if !ok {
				t.Fatal("the stream ended")
			}
			if typ != "missed" {
				continue
			}
			var clip struct{ Path string }
			if err := json.Unmarshal([]byte(data), &clip); err != nil || clip.Path != "DCIM/100MEDIA/A0003.WAV" {
				t.Errorf("missed: %s, %v", data, err)
			}
			if late := time.Since(at.Add(3 * time.Hour)); late < 0 || late > 5*time.Second {
				t.Errorf("it was said %v after it was due", late)
			}
			return
		}
	})
}

func TestEventsHeartbeat(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		next, resp := f.listen(t.Context())
		defer resp.Body.Close()
		next()
		start := time.Now()
		for i := range 3 {
			if typ, _, _ := next(); typ != "comment" {
				t.Errorf("a quiet stream says %q", typ)
			}
			if got, want := time.Since(start), time.Duration(i+1)*15*time.Second; got != want {
				t.Errorf("heartbeat %d came after %v, want %v", i, got, want)
			}
		}
	})
}

func TestEventsEndWithTheClient(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		ctx, cancel := context.WithCancel(t.Context())
		next, resp := f.listen(ctx)
		next()
		if n := f.station.Listeners(); n != 1 {
			t.Errorf("%d listeners", n)
		}
		if metrics := f.get("/metrics").body; !strings.Contains(metrics, "custodock_event_streams 1\n") {
			t.Error("the stream is not counted")
		}
		cancel()
		synctest.Wait()
		if n := f.station.Listeners(); n != 0 {
			t.Errorf("%d listeners after the client has gone", n)
		}
		if metrics := f.get("/metrics").body; !strings.Contains(metrics, "custodock_event_streams 0\n") {
			t.Error("the stream is still counted")
		}
		if _, _, ok := next(); ok {
			t.Error("the stream goes on")
		}
		resp.Body.Close()
	})
}

// Over TCP, as the daemon serves: a stream ends with the server's context, and
// Shutdown does not wait for it in vain.
func TestEventsEndAtShutdown(t *testing.T) {
	f := newFixture(t, false)
	defer f.store.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	server := Server(f.handler, f.logger())
	server.BaseContext = func(net.Listener) context.Context { return ctx }
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Get("http://" + l.Addr().String() + "/api/v1/events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.ReadFull(resp.Body, make([]byte, len("retry: 2000\n: listening\n\n"))); err != nil {
		t.Fatal(err)
	}
	cancel()
	if rest, err := io.ReadAll(resp.Body); err != nil || len(rest) != 0 {
		t.Errorf("the stream ends with %q, %v", rest, err)
	}
	if err := server.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}
