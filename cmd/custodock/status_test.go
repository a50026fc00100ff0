package main

import (
	"strings"
	"testing"
	"time"

	"custodock/ingest"
	"custodock/store"
)

// testStatus is a station with a bay of each state.
func testStatus() *ingest.Status {
	seconds := 754.0
	return &ingest.Status{
		Station: ingest.StationInfo{ID: "dock-1", Name: "北门"},
		Now:     time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC),
		Running: true,
		Bays: []ingest.BayStatus{
			{Bay: 1, State: ingest.BayDone, Camera: "CAM0001", Badge: "012345", Officer: "王伟", Stored: 12, Known: 300, Docking: "d1"},
			{Bay: 2, State: ingest.BayCopying, Camera: "CAM0002", Badge: "7", Stored: 1, Left: 20, SecondsLeft: &seconds, Docking: "d2"},
			{Bay: 3, State: ingest.BayAttention, Camera: "A-CAMERA-WITH-A-LONG-SERIAL-0003", Left: 2,
				Message: "2 clips cannot be read. Leave the camera in the bay: they are tried again. Tell the equipment staff."},
			{Bay: 4, State: ingest.BayEmpty, Pulled: &ingest.Pulled{Camera: "CAM0004", Badge: "8", Officer: "李雷", Left: 3}},
		},
		Clips:      store.Stats{Clips: 335, Stored: 313, StoredBytes: 12 << 30, Overdue: 1, DueSoon: 2, Undecidable: 3},
		Archive:    store.Space{Free: 100 << 30, Reserve: 5 << 30},
		NextDue:    time.Date(2026, 11, 24, 5, 30, 0, 0, time.UTC),
		CamerasOut: []ingest.CameraOut{{Camera: "CAM0007", Since: time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC), Badge: "7", Officer: "李娜", Unit: "二中队", PendingClips: 2}}, CamerasOutCount: 11,
		Warnings: []ingest.Warning{{What: "x", Message: "look at\x1b[1m this"}},
	}
}

func TestShowStatus(t *testing.T) {
	status := testStatus()
	c := clock{time.FixedZone("Asia/Shanghai", 8*3600), status.Now}
	for _, test := range []struct {
		s    screen
		want string
	}{
		{screen{width: 80}, `
station dock-1 (北门), 2026-11-24 10:00:00 Asia/Shanghai

BAY  STATE      CAMERA           HOLDER       STORED  LEFT  TIME LEFT  MESSAGE
  1  done       CAM0001          王伟 012345     312     0
  2  copying    CAM0002          7                 1    20     13 min
  3  attention  A-CAM…RIAL-0003                    0     2    unknown  see below
  4  empty                                                             see below
bay 3: 2 clips cannot be read. Leave the camera in the bay: they are tried again. Tell the equipment staff.
bay 4: camera CAM0004 was taken too early, 3 clips on it not stored, 李雷 8: put it back

335 clips, 313 stored; 1 overdue; 2 due soon; 3 undecidable; next due in 3 h 30 min
archive: 12.0 GiB in clips; 100 GiB free, of which 5.0 GiB stay in reserve
11 cameras out for longer than a day:
  CAM0007: last here 2026-11-22 10:00:00, 2 d ago, 2 clips not stored, 李娜 7, 二中队
  and 1 more: custodock cameras
warning: look at\x1b[1m this
`},
		{screen{width: 60, color: true}, `
station dock-1 (北门), 2026-11-24 10:00:00 Asia/Shanghai

BAY  STATE      CAMERA    HOLDER     STORED  LEFT  TIME LEFT
  1  done       CAM0001   王伟 012…     312     0
  2  copying    CAM0002   7               1    20     13 min
  3  [31mattention[0m  A-C…0003                  0     2    unknown
  4  empty
[31mbay 3: 2 clips cannot be read. Leave the camera in the bay: they are tried again. Tell the equipment staff.[0m
[33mbay 4: camera CAM0004 was taken too early, 3 clips on it not stored, 李雷 8: put it back[0m

335 clips, 313 stored; [31m1 overdue[0m; [33m2 due soon[0m; 3 undecidable; next due in 3 h 30 min
archive: 12.0 GiB in clips; 100 GiB free, of which 5.0 GiB stay in reserve
[33m11 cameras out for longer than a day:[0m
  CAM0007: last here 2026-11-22 10:00:00, 2 d ago, 2 clips not stored, 李娜 7, 二中队
  and 1 more: custodock cameras
[33mwarning: look at\x1b[1m this[0m
`},
	} {
		var b strings.Builder
		if err := showStatus(&b, test.s, c, status); err != nil {
			t.Fatal(err)
		}
		if got := strings.ReplaceAll(b.String(), "\x1b", ""); got != test.want[1:] {
			t.Errorf("%d cells: got\n%s\nwant%s", test.s.width, got, test.want)
		}
	}
}
