package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func roundTrip(t *testing.T, ctx context.Context, h http.HandlerFunc, method, body string) (*http.Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, "http://station/path?q=1", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return RoundTripper(h).RoundTrip(req)
}

// What is written is read at once, not when all is done.
func TestRoundTripStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		resp, err := roundTrip(t, t.Context(), func(w http.ResponseWriter, _ *http.Request) {
			for range 3 {
				io.WriteString(w, "tick ")
				time.Sleep(time.Minute)
			}
		}, http.MethodGet, "")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		start := time.Now()
		for i := range 3 {
			if _, err := io.ReadFull(resp.Body, make([]byte, len("tick "))); err != nil {
				t.Fatal(err)
			}
			if got, want := time.Since(start), time.Duration(i)*time.Minute; got != want {
				t.Errorf("line %d came after %v, want %v", i, got, want)
			}
		}
		io.Copy(io.Discard, resp.Body)
	})
}

func TestRoundTrip(t *testing.T) {
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
		method  string
		status  int
		body    string
		err     error
	}{
		{"nothing said", func(http.ResponseWriter, *http.Request) {}, "GET", 200, "", nil},
		{"status only", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(418) }, "GET", 418, "", nil},
		{"first status counts", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404); w.WriteHeader(200) }, "GET", 404, "", nil},
		{"echo", func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) }, "POST", 200, "sent", nil},
		{"address", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Host+r.RequestURI) }, "GET", 200, "station/path?q=1", nil},
		{"head", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "body") }, "HEAD", 200, "", nil},
		{"broken off", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "half")
			panic(http.ErrAbortHandler)
		}, "GET", 200, "half", io.ErrUnexpectedEOF},
	} {
		resp, err := roundTrip(t, t.Context(), test.handler, test.method, "sent")
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		got, err := io.ReadAll(resp.Body)
		if resp.StatusCode != test.status || string(got) != test.body || !errors.Is(err, test.err) {
			t.Errorf("%s: %d %q %v; want %d %q %v", test.name, resp.StatusCode, got, err, test.status, test.body, test.err)
		}
		resp.Body.Close()
	}
}

// A header that is set after the answer began is not seen, as over a socket.
func TestRoundTripHeader(t *testing.T) {
	resp, err := roundTrip(t, t.Context(), func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Early", "yes")
		io.WriteString(w, "x")
		w.Header().Set("Late", "yes")
	}, http.MethodGet, "")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, resp.Body)
	if resp.Header.Get("Early") != "yes" || resp.Header.Get("Late") != "" {
		t.Errorf("header %v", resp.Header)
	}
}

func TestRoundTripEnds(t *testing.T) {
	for name, end := range map[string]func(*http.Response, context.CancelFunc){
		"with the body":    func(resp *http.Response, _ context.CancelFunc) { resp.Body.Close() },
		"with the context": func(_ *http.Response, cancel context.CancelFunc) { cancel() },
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var ended bool
			resp, err := roundTrip(t, ctx, func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(200)
				<-r.Context().Done()
				ended = true
			}, http.MethodGet, "")
			if err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if ended {
				t.Errorf("%s: the handler ended at once", name)
			}
			end(resp, cancel)
			synctest.Wait()
			if !ended {
				t.Errorf("%s: the handler goes on", name)
			}
			resp.Body.Close()
		})
	}
}

// A caller that gives up gets its error, whatever the handler does.
func TestRoundTripGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		resp, err := roundTrip(t, ctx, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, http.MethodGet, "")
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if resp != nil {
			resp.Body.Close()
		}
	})
}
