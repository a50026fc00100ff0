package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// RoundTripper sends requests to h in this process: what the command line does
// when no daemon runs. Bodies are streamed, so progress arrives as it is made.
// A handler ends when its request's context does or the body is closed.
func RoundTripper(h http.Handler) http.RoundTripper { return inProcess{h} }

type inProcess struct{ handler http.Handler }

type inProcessKey struct{}

// isInProcess reports whether a request comes from a RoundTripper.
func isInProcess(ctx context.Context) bool { return ctx.Value(inProcessKey{}) != nil }

// RoundTrip returns once the header is settled. The pipe has no buffer: a
// handler is never further ahead than its reader.
func (p inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(context.WithValue(req.Context(), inProcessKey{}, true))
	r := req.Clone(ctx)
	r.RequestURI = req.URL.RequestURI()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	if r.Host == "" {
		r.Host = req.URL.Host
	}
	read, write := io.Pipe()
	w := &pipeAnswer{header: make(http.Header), body: write, begun: make(chan struct{}), head: req.Method == http.MethodHead}
	go func() { // ends with the handler
		err := w.serve(p.handler, r)
		r.Body.Close()
		w.WriteHeader(http.StatusOK) // if it was not sent before
		write.CloseWithError(err)
	}()
	select {
	case <-w.begun:
	case <-ctx.Done():
	}
	if err := ctx.Err(); err != nil {
		cancel()
		read.CloseWithError(err)
		return nil, err
	}
	return &http.Response{
		Status:        fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)),
		StatusCode:    w.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        w.sent,
		Body:          &pipeBody{read, cancel},
		ContentLength: -1,
		Request:       req,
	}, nil
}

// pipeBody ends the handler when the reader has had enough.
type pipeBody struct {
	*io.PipeReader
	cancel context.CancelFunc
}

func (b *pipeBody) Close() error {
	b.cancel()
	return b.PipeReader.Close()
}

// pipeAnswer is the handler's side. Only the handler's goroutine calls it.
type pipeAnswer struct {
	header http.Header
	body   *io.PipeWriter
	head   bool // the request was for the header only

	once   sync.Once
	begun  chan struct{} // closed once status and sent are settled
	status int
	sent   http.Header
}

// serve returns what the reader of the body is to get at its end.
func (w *pipeAnswer) serve(h http.Handler, r *http.Request) (err error) {
	defer func() {
		v := recover()
		if cause, ok := v.(error); ok && errors.Is(cause, http.ErrAbortHandler) {
			err = io.ErrUnexpectedEOF // as a broken connection would give
		} else if v != nil {
			panic(v)
		}
	}()
	h.ServeHTTP(w, r)
	return nil // EOF
}

func (w *pipeAnswer) Header() http.Header { return w.header }

func (w *pipeAnswer) WriteHeader(status int) {
	w.once.Do(func() {
		w.status, w.sent = status, w.header.Clone()
		close(w.begun)
	})
}

func (w *pipeAnswer) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.head {
		return len(p), nil
	}
	return w.body.Write(p)
}

// FlushError sends the header; the pipe holds nothing back.
func (w *pipeAnswer) FlushError() error {
	w.WriteHeader(http.StatusOK)
	return nil
}
