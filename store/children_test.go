package store

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"time"
)

// holdCatalog has the catalog open until nobody holds its standard input.
func holdCatalog(dir string) error {
	s, err := Open(options(dir))
	if err != nil {
		return err
	}
	defer s.Close()
	fmt.Println("held")
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// storeInALoop docks cameras and stores what is on them for as long as it is
// let. It says which clips it was told are stored, and which it was told are
// known.
func storeInALoop(dir string) error {
	s, err := Open(options(dir))
	if err != nil {
		return err
	}
	defer s.Close()
	out := bufio.NewWriter(os.Stdout)
	say := func(what, id string) error {
		fmt.Fprintln(out, what, id)
		return out.Flush()
	}
	for round := 0; ; round++ {
		now := time.Now()
		d, _, err := s.Dock(Docking{Camera: fmt.Sprintf("CAM%04d", rand.IntN(3))}, "", "", now)
		if err != nil {
			return err
		}
		var files []File
		for i := range 5 {
			files = append(files, File{Path: fmt.Sprintf("%d/A.MP4", i), Size: stormSize(), ModTime: now.Add(time.Duration(i))})
		}
		listed, err := stormList(s, d, now, files)
		if err != nil {
			return err
		}
		for _, l := range listed {
			if err := say("seen", l.Clip.ID); err != nil {
				return err
			}
		}
		errs := make(chan error)
		for _, l := range listed {
			go func() {
				_, err := s.Put(context.Background(), Copy{ID: l.Clip.ID, Open: from(stormData(l.Clip.ID, l.Clip.Size)), Token: "t"})
				errs <- err
			}()
		}
		for range listed {
			if err := <-errs; err != nil {
				return err
			}
		}
		for _, l := range listed {
			if err := say("stored", l.Clip.ID); err != nil {
				return err
			}
		}
		if err := s.Undock(d.ID, time.Now()); err != nil {
			return err
		}
	}
}

func stormList(s *Store, d *Docking, now time.Time, files []File) ([]Listed, error) {
	inv, err := s.Inventory(d.ID, now)
	if err != nil {
		return nil, err
	}
	listed, err := inv.Add(files, func(_ int, c *Clip) {
		c.Kind, c.EndEarliest, c.EndLatest = KindVideo, now.Add(-time.Hour), now.Add(-time.Hour)
	})
	if err != nil {
		return nil, err
	}
	_, err = inv.Close(true, nil, 0, "")
	return listed, err
}

func stormSize() int64 {
	if rand.IntN(10) == 0 {
		return directFrom + rand.Int64N(chunkSize)
	}
	return rand.Int64N(20_000)
}

// stormData is what a clip of the storm holds: nobody has to remember it.
func stormData(id string, size int64) []byte {
	data := make([]byte, size)
	for i := range data {
		data[i] = id[i%len(id)] + byte(i>>4)
	}
	return data
}
