package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// A configuration that was broken while the daemon runs is found without
// anybody asking, said once, and said to be mended.
func TestReread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			out    bytes.Buffer
			told   []bool
			broken atomic.Pointer[error] // what is wrong with the configuration
		)
		r := &rereader{
			load: func() error { return *broken.Load() },
			tell: func(ok bool) { told = append(told, ok) },
			log:  slog.New(slog.NewTextHandler(&out, nil)),
		}
		ctx, cancel := context.WithCancel(t.Context())
		done, hup := make(chan error), make(chan os.Signal)
		go func() { done <- r.run(ctx, hup) }()
		for _, step := range []struct {
			err    error
			ok     bool
			logged int // lines in all
		}{
			{nil, true, 0},
			{errors.New("bays: no such key"), false, 1},
			{errors.New("bays: no such key"), false, 1},
			{nil, true, 2},
			{nil, true, 2},
		} {
			broken.Store(&step.err)
			time.Sleep(rereadEvery)
			synctest.Wait()
			if n := len(told); n == 0 || told[n-1] != step.ok {
				t.Errorf("with %v it told %v", step.err, told)
			}
			if n := strings.Count(out.String(), "\n"); n != step.logged {
				t.Errorf("with %v there are %d lines, want %d:\n%s", step.err, n, step.logged, out.String())
			}
		}
		hup <- syscall.SIGHUP
		synctest.Wait()
		if n := strings.Count(out.String(), "\n"); n != 3 {
			t.Errorf("who asks is not answered:\n%s", out.String())
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
