package loop

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsnotify/fsnotify"
)

func TestWake(t *testing.T) {
	c := make(chan struct{}, 1)
	Wake(c)
	Wake(c) // does not block, and is one token
	<-c
	select {
	case <-c:
		t.Error("two tokens were left")
	default:
	}
}

// All that fsnotify says comes through, in its order, until it is closed.
func TestPump(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		notify := &fsnotify.Watcher{Events: make(chan fsnotify.Event), Errors: make(chan error)}
		var said []string
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			Pump(notify, func(ev fsnotify.Event) { said = append(said, ev.Name) }, func(err error) { said = append(said, err.Error()) })
		}()
		notify.Events <- fsnotify.Event{Name: "a"}
		notify.Errors <- errors.New("b")
		close(notify.Errors) // which comes first, and is no end
		notify.Events <- fsnotify.Event{Name: "c"}
		close(notify.Events)
		<-ended
		if len(said) != 3 || said[0] != "a" || said[1] != "b" || said[2] != "c" {
			t.Errorf("heard %q; want a, b and c", said)
		}
	})
}

func TestEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var quick, stuck sync.WaitGroup
		quick.Go(func() { time.Sleep(endGrace / 2) })
		if !End(&quick) {
			t.Error("a goroutine that ends was left behind")
		}
		release := make(chan struct{})
		stuck.Go(func() { <-release })
		start := time.Now()
		if End(&stuck) || time.Since(start) != endGrace {
			t.Errorf("waited %v for a goroutine that is stuck; want it left behind after %v", time.Since(start), endGrace)
		}
		close(release)
	})
}
