package web

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"custodock/device"
	"custodock/device/simcam"
	"custodock/ingest"
	"custodock/store"
)

func TestTileOf(t *testing.T) {
	number := func(f float64) *float64 { return &f }
	for name, test := range map[string]struct {
		bay  ingest.BayStatus
		want tile
	}{
		"empty": {
			ingest.BayStatus{Bay: 3, State: ingest.BayEmpty},
			tile{Bay: 3, Show: "empty", Percent: -1, battery: -1},
		},
		"half way, with what the copies under way have": {
			ingest.BayStatus{Bay: 1, State: ingest.BayCopying, Camera: "C", Badge: "031337", Left: 2, LeftBytes: 500, StoredBytes: 300,
				Copying: []ingest.Copied{{Done: 200, Size: 400}}, SecondsLeft: number(61), Battery: number(0.876)},
			tile{Bay: 1, Show: "copying", Camera: "C", Holder: "031337", Left: 2, Percent: 50, Wait: 2 * time.Minute, battery: 0.88},
		},
		"all but a little": {
			ingest.BayStatus{State: ingest.BayCopying, Left: 1, LeftBytes: 1, StoredBytes: 1e9, Badge: "1", Officer: "Li Na"},
			tile{Show: "copying", Left: 1, Percent: 99, Holder: "Li Na", battery: -1},
		},
		"all but a clip without a byte": {
			ingest.BayStatus{State: ingest.BayCopying, Left: 1, StoredBytes: 1e9},
			tile{Show: "copying", Left: 1, Percent: 99, battery: -1},
		},
		"a speed that is none": {
			ingest.BayStatus{State: ingest.BayCopying, Left: 1, LeftBytes: 1e9, SecondsLeft: number(1e9)},
			tile{Show: "copying", Left: 1, battery: -1},
		},
		"done": {
			ingest.BayStatus{State: ingest.BayDone, Stored: 4, StoredBytes: 100, Receipt: "K7QF-2M9X-4T", SecondsLeft: nil},
			tile{Show: "done", Stored: 4, Percent: -1, Receipt: "K7QF-2M9X-4T", battery: -1},
		},
		"pulled": {
			ingest.BayStatus{Bay: 2, State: ingest.BayEmpty, Pulled: &ingest.Pulled{Camera: "C", Officer: "Li Na", Left: 3, LeftBytes: 123456, At: at}},
			tile{Bay: 2, Show: "pulled", Camera: "C", Holder: "Li Na", Left: 3, LeftSize: 123000, Since: at, Percent: -1, battery: -1},
		},
	} {
		if got := tileOf(test.bay); got != test.want {
			t.Errorf("%s:\n%+v, want\n%+v", name, got, test.want)
		}
	}
}

func TestShortName(t *testing.T) {
	for serial, want := range map[string]string{
		"": "", "DSJ7A2103": "DSJ7A2103", "DSJ7A21031": "…A21031", "执法记录仪一二三四五六": "…一二三四五六",
	} {
		if got := (tile{Camera: serial}).Short(); got != want {
			t.Errorf("%s is %s, want %s", serial, got, want)
		}
	}
}

func TestRoundBytes(t *testing.T) {
	for n, want := range map[int64]int64{0: 0, 999: 999, 1234: 1230, 98765: 98700, 123456789: 123000000} {
		if got := roundBytes(n); got != want {
			t.Errorf("%d is %d, want %d", n, got, want)
		}
	}
}

func TestSizeClass(t *testing.T) {
	for n, want := range map[int]string{0: "of-1", 1: "of-1", 4: "of-4", 5: "of-6", 17: "of-24", 64: "of-64", 65: "of-many"} {
		if got := sizeClass(n); got != want {
			t.Errorf("%d bays are %s, want %s", n, got, want)
		}
	}
}

// A sheet sends what looks different, and the list when bays come or go.
func TestSheet(t *testing.T) {
	paint := func(_ int, part string, data any) string {
		switch data := data.(type) {
		case tile:
			return fmt.Sprintf("<li id=bay-%d>%s</li>\n", data.Bay, data.Show)
		case head:
			return fmt.Sprintf("<div id=well>%d</div>", data.Overdue)
		}
		return "<li class=none></li>"
	}
	const mark = ` hx-swap-oob="true"`
	bays := func(overdue int64, tiles ...tile) board { return board{head{Overdue: overdue}, tiles} }
	one, two, copying := tile{Bay: 1, Show: "empty"}, tile{Bay: 2, Show: "empty"}, tile{Bay: 2, Show: "copying"}
	var s sheet
	for i, step := range []struct {
		now  board
		want string
	}{
		{bays(0), "<div" + mark + " id=well>0</div><ul" + mark + ` id="bays" class="bays of-1"><li class=none></li></ul>`},
		{bays(0), ""},
		{bays(0, one, two), "<ul" + mark + ` id="bays" class="bays of-2"><li id=bay-1>empty</li>` + "\n<li id=bay-2>empty</li>\n</ul>"},
		{bays(0, one, two), ""},
		{bays(0, one, copying), "<li" + mark + " id=bay-2>copying</li>"},
		{bays(7, one, copying), "<div" + mark + " id=well>7</div>"},
		{bays(7, copying), "<ul" + mark + ` id="bays" class="bays of-1"><li id=bay-2>copying</li>` + "\n</ul>"},
	} {
		if got := s.turn(step.now, paint, 0); got != step.want {
			t.Errorf("step %d sends\n%s\nwant\n%s", i, got, step.want)
		}
	}
	if got, want := s.whole(), "<div"+mark+" id=well>7</div><ul"+mark+` id="bays" class="bays of-1"><li id=bay-2>copying</li>`+"\n</ul>"; got != want {
		t.Errorf("whole:\n%s\nwant\n%s", got, want)
	}
}

// A page's list is the one that its stream replaces.
func TestPageIsWhatTheStreamSends(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		defer f.run()()
		s := f.handler.(*server)
		for range 2 {
			now, err := s.board(time.Now())
			if err != nil {
				t.Fatal(err)
			}
			page := f.get("/").body
			var sheet sheet
			sheet.turn(now, s.screens.paint, 0)
			for _, part := range []string{sheet.head, sheet.list()} {
				if !strings.Contains(page, strings.TrimSpace(part)) {
					t.Errorf("the page does not hold\n%s\nbut\n%s", part, page)
				}
			}
			f.lateCamera("CAM0001")
		}
	})
}

// Who takes a camera too early is told what is still on it.
func TestPulledTile(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		defer f.run()()
		c := simcam.New(simcam.Options{
			Info: device.Info{Serial: "CAM0001", Folder: "cam2"}, Rate: 1_000_000,
			Files: []simcam.File{{Path: "DCIM/A0001.WAV", Size: 90_000_000, ModTime: at.Add(-time.Hour)}},
		})
		f.dock.Dock(c)
		pass(3 * time.Second)
		page := f.get("/").body
		for _, want := range []string{`class="tile copying`, `<progress max="100" value="3"`, "1 clip left", "about 2 min"} {
			if !strings.Contains(page, want) {
				t.Errorf("there is no %s in\n%s", want, page)
			}
		}
		f.dock.Undock(c)
		synctest.Wait()
		page = f.get("/").body
		for _, want := range []string{`class="tile pulled`, "Taken too early", "Put this camera back in", "1 clip still on it", "1 camera taken too early", "CAM0001"} {
			if !strings.Contains(page, want) {
				t.Errorf("there is no %s in\n%s", want, page)
			}
		}
		if strings.Contains(page, "All is well") {
			t.Error("all is said to be well")
		}
	})
}

// What became of a reason is on the tile, and a refused one can be given anew.
func TestTileSaysWhatBecameOfAReason(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		defer f.run()()
		f.lateCamera("CAM0001")
		for _, test := range []struct {
			granted bool
			says    string
			again   bool
		}{{false, "Reason given: refused", true}, {true, "Reason given: granted", false}} {
			r, err := f.store.Ask(store.Request{Camera: "CAM0001", Reason: store.Remote, Returned: time.Now().Add(-time.Minute)}, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if _, _, _, err := f.store.Settle(r.ID, test.granted, "chief", "seen", time.Now()); err != nil {
				t.Fatal(err)
			}
			page := f.get("/").body
			if !strings.Contains(page, test.says) || strings.Contains(page, `href="/bays/2/reason"`) != test.again {
				t.Errorf("%s, again %v is not what the tile says:\n%s", test.says, test.again, page)
			}
			pass(time.Second)
		}
	})
}

// The large screen has nothing around the bays.
func TestLargeScreen(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		for target, want := range map[string][]string{
			"/":             {`href="/?screen=wall"`, `class="bays of-2"`},
			"/?screen=wall": {`class="wall"`, `id="turn" role="button" href="/"`, `class="bays of-2"`},
		} {
			page := f.get(target).body
			for _, part := range want {
				if !strings.Contains(page, part) {
					t.Errorf("%s holds no %s", target, part)
				}
			}
		}
	})
}
