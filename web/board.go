package web

import (
	"time"

	"custodock/ingest"
)

// board is what the bays' page shows: a head, and a tile for every bay. Heads
// and tiles hold what is shown and no more, as coarse as it is shown, so that
// two are equal when they look the same.
type board struct {
	Head  head
	Tiles []tile
}

// head is the line that says whether all is well.
type head struct {
	Station  string
	Minute   time.Time // now
	Warnings string    // the fixed words, joined by spaces: a slice has no ==
	Overdue  int64     // clips, at the station and away from it
	DueSoon  int64
	Help     int           // bays that need attention
	Pulled   int           // bays whose camera was taken too early
	Copying  int           // bays
	Done     int           // bays whose camera may be taken
	NextDue  time.Duration // from now; 0 when nothing is due, or it has passed
	Free     int64         // bytes that clips may use
}

// Well reports whether nobody is needed.
func (h head) Well() bool {
	return h.Warnings == "" && h.Overdue == 0 && h.Help == 0 && h.Pulled == 0
}

// board looks at the station.
func (s *server) board(now time.Time) (board, error) {
	status, err := s.station.Status(now)
	if err != nil {
		return board{}, err
	}
	b := board{Head: headOf(status, now)}
	for _, bay := range status.Bays {
		t := tileOf(bay)
		if due := status.Clips.Urgent[bay.Camera]; due != nil && due.Overdue > 0 {
			clips, err := s.tardyClips(bay)
			if err != nil {
				return board{}, err
			}
			t.Overdue = clips.Overdue
		}
		if t.Late+t.Overdue > 0 {
			if t.Asked, err = s.askedFor(t.Camera, t.docking); err != nil {
				return board{}, err
			}
		}
		b.add(t)
	}
	return b, nil
}

func headOf(status ingest.Status, now time.Time) head {
	h := head{
		Station: status.Station.Name,
		Minute:  now.Truncate(time.Minute),
		Overdue: status.Clips.Overdue,
		DueSoon: status.Clips.DueSoon,
		Free:    roundBytes(max(status.Archive.Free-status.Archive.Reserve, 0)),
	}
	if h.Station == "" {
		h.Station = status.Station.ID
	}
	for i, w := range status.Warnings {
		if i > 0 {
			h.Warnings += " "
		}
		h.Warnings += w.What
	}
	if left := status.NextDue.Sub(now); left > 0 {
		h.NextDue = max(left.Truncate(time.Minute), time.Minute)
	}
	return h
}

// add puts a bay on the board.
func (b *board) add(t tile) {
	b.Tiles = append(b.Tiles, t)
	switch t.Show {
	case ingest.BayAttention:
		b.Head.Help++
	case showPulled:
		b.Head.Pulled++
	case ingest.BayReading, ingest.BayCopying:
		b.Head.Copying++
	case ingest.BayDone:
		b.Head.Done++
	}
}

// roundBytes leaves three digits of a size: what byteText shows.
func roundBytes(n int64) int64 {
	unit := int64(1)
	for n/unit >= 1000 {
		unit *= 10
	}
	return n / unit * unit
}
