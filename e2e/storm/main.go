// Command storm docks cameras and stores what is on them, and says on its
// standard output what it was told: "seen ID" and "stored ID" once a call has
// returned. Tests break the disk under it, or the program itself, and look
// afterwards whether that was true.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"time"

	"custodock/e2e/storm/clips"
	"custodock/store"
)

func main() {
	dir := flag.String("dir", "", "data folder")
	rounds := flag.Int("rounds", 0, "dockings; 0: without end")
	parallel := flag.Int("parallel", 1, "clips stored at the same time")
	tries := flag.Int("tries", 1, "how often what fails is tried")
	flag.Parse()
	// strace counts calls by thread: one thread makes them countable.
	runtime.LockOSThread()
	s := &storm{dir: *dir, parallel: *parallel, tries: *tries}
	if err := s.run(*rounds); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type storm struct {
	dir      string
	parallel int
	tries    int
	store    *store.Store
}

// try does what a daemon does about an error: it tries again.
func (s *storm) try(what string, f func() error) (err error) {
	for range s.tries {
		if err = f(); err == nil {
			return nil
		}
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

func (s *storm) run(rounds int) error {
	err := s.try("open", func() (err error) {
		s.store, err = store.Open(store.Options{Dir: s.dir, Readback: true})
		return err
	})
	if err != nil {
		return err
	}
	for round := 0; rounds == 0 || round < rounds; round++ {
		if err := s.docking(round); err != nil {
			return errors.Join(err, s.store.Close())
		}
	}
	return s.store.Close()
}

func (s *storm) docking(round int) error {
	now := time.Now()
	var d *store.Docking
	err := s.try("dock", func() (err error) {
		d, _, err = s.store.Dock(store.Docking{Camera: fmt.Sprintf("CAM%04d", round%3)}, "", "", now)
		return err
	})
	if err != nil {
		return err
	}
	files := clips.Files(now)
	var listed []store.Listed
	if err := s.try("list", func() (err error) { listed, err = s.list(d, files); return err }); err != nil {
		return err
	}
	for _, l := range listed {
		fmt.Println("seen", l.Clip.ID)
	}
	if err := s.try("miss", func() error { _, err := s.store.MissDue(now.Add(48 * time.Hour)); return err }); err != nil {
		return err
	}
	if err := s.putAll(listed); err != nil {
		return err
	}
	return s.try("undock", func() error { return s.store.Undock(d.ID, time.Now()) })
}

func (s *storm) list(d *store.Docking, files []store.File) ([]store.Listed, error) {
	inv, err := s.store.Inventory(d.ID, time.Now())
	if err != nil {
		return nil, err
	}
	listed, err := inv.Add(files, func(i int, c *store.Clip) {
		c.Kind, c.EndEarliest, c.EndLatest = store.KindVideo, files[i].ModTime, files[i].ModTime
	})
	if err != nil {
		return nil, err
	}
	_, err = inv.Close(true, nil, 0, "")
	return listed, err
}

func (s *storm) putAll(listed []store.Listed) error {
	if s.parallel == 1 {
		for _, l := range listed {
			if err := s.put(l.Clip); err != nil {
				return err
			}
		}
		return nil
	}
	slots := make(chan struct{}, s.parallel)
	errs := make(chan error, len(listed))
	for _, l := range listed {
		slots <- struct{}{}
		go func() {
			defer func() { <-slots }()
			errs <- s.put(l.Clip)
		}()
	}
	var all error
	for range listed {
		all = errors.Join(all, <-errs)
	}
	return all
}

func (s *storm) put(c *store.Clip) error {
	err := s.try("store", func() error {
		_, err := s.store.Put(context.Background(), store.Copy{ID: c.ID, Token: "t", Open: func(_ context.Context, offset int64) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(clips.Bytes(c.ID, c.Size)[offset:])), nil
		}})
		if errors.Is(err, store.ErrStored) {
			return nil
		}
		if err != nil {
			if _, err := s.store.Fail(c.ID, err, time.Now()); err != nil && !errors.Is(err, fs.ErrClosed) {
				fmt.Fprintln(os.Stderr, "fail:", err)
			}
		}
		return err
	})
	if err == nil {
		fmt.Println("stored", c.ID)
	}
	return err
}
