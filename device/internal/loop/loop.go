// Package loop is what the watchers for cameras have in common. Each is a loop
// that makes no call which could hang, and goroutines that make those calls:
// the loop is woken by tokens and by fsnotify, and in the end does not wait for
// what is stuck in the kernel.
package loop

import (
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Wake leaves a token in a channel of one, unless one is there.
func Wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Pump keeps fsnotify's channels empty whatever the watcher's loop is doing, and
// returns when they are closed. fsnotify sends some errors while it holds the
// lock that its Add and Remove need (v1.10.1, handleEvent): a loop that called
// those and also read the errors would lock up. The functions must not block.
func Pump(notify *fsnotify.Watcher, happened func(fsnotify.Event), failed func(error)) {
	errs := notify.Errors
	for {
		select {
		case ev, ok := <-notify.Events:
			if !ok {
				return
			}
			happened(ev)
		case err, ok := <-errs:
			if !ok {
				errs = nil
				continue
			}
			failed(err)
		}
	}
}

// endGrace is how long a run that ends waits for its goroutines. One that is
// stuck in the kernel cannot be ended, and ends when its file system or its
// device answers.
const endGrace = time.Second

// End waits for the goroutines of a run that ends, and reports false when some
// are stuck and left behind.
func End(goroutines *sync.WaitGroup) (all bool) {
	done := make(chan struct{})
	go func() {
		goroutines.Wait()
		close(done)
	}()
	timer := time.NewTimer(endGrace)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}
