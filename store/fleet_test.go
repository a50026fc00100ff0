package store

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// checkRefused makes sure that a statement about a serial was refused in words.
func checkRefused(t testing.TB, err error, says string) {
	t.Helper()
	if wrong := new(FieldError); !errors.As(err, &wrong) || wrong.Field != "serial" || !strings.Contains(wrong.Why, says) {
		t.Errorf("got %v; want it refused: %s", err, says)
	}
}

func lastEntry(c *Camera) Entry { return c.History[len(c.History)-1] }

// After a conflict is settled, the camera that stays is trusted as before there
// was one, and what was known of two tells nothing of it.
func TestSettleConflict(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	_, err := s.SettleConflict("CAM0001", "x", "y", at)
	checkError(t, err, ErrNotFound)
	a := dock(t, s, Docking{Camera: "CAM0001", Bay: 1, DeviceID: "a"}, at)
	_, err = s.SettleConflict("CAM0001", "x", "y", at)
	checkRefused(t, err, "no two cameras")
	listed, _ := list(t, s, a, at, file("A.MP4", 1))
	put(t, s, listed[0].Clip.ID, []byte{1})
	b := dock(t, s, Docking{Camera: "CAM0001", Bay: 2, DeviceID: "b"}, at)
	list(t, s, b, at, file("B.MP4", 1))
	_, err = s.SettleConflict("CAM0001", "x", "y", at)
	checkRefused(t, err, "docked at this moment")
	undock(t, s, b, at.Add(time.Hour))

	settled := must[*Camera](t)(s.SettleConflict("CAM0001", "chief", "bay 2 is CAM0002 now", at.Add(2*time.Hour)))
	c := must[*Camera](t)(s.Camera("CAM0001"))
	if c.Conflict || settled.Conflict || !c.SettledAt.Equal(at.Add(2*time.Hour)) || c.DeviceID != "a" || !c.ListedAll.IsZero() {
		t.Errorf("camera %+v; want the one that is docked, alone", c)
	}
	if got := lastEntry(c); got != (Entry{at.Add(2 * time.Hour), whatTrusted, "chief", "bay 2 is CAM0002 now"}) {
		t.Errorf("history ends with %+v", got)
	}
	_, err = s.SettleConflict("CAM0001", "x", "y", at)
	checkRefused(t, err, "no two cameras")
	inv := must[*Inventory](t)(s.Inventory(a.ID, at.Add(3*time.Hour)))
	if lacked := inv.Lacked(); !lacked.IsZero() {
		t.Errorf("it lacked its new clips at %v; want what the other camera lacked forgotten", lacked)
	}
	again, _ := list(t, s, a, at.Add(3*time.Hour), file("A.MP4", 1))
	if again[0].Recheck || again[0].Clip.State != Stored {
		t.Errorf("a stored clip is listed as %+v; want it recognised", again[0])
	}
	undock(t, s, a, at.Add(4*time.Hour))

	undock(t, s, dock(t, s, Docking{Camera: "CAM0001", DeviceID: "a"}, at.Add(5*time.Hour)), at.Add(5*time.Hour))
	if c := must[*Camera](t)(s.Camera("CAM0001")); c.Conflict {
		t.Errorf("camera %+v; want it trusted when it comes again", c)
	}
	undock(t, s, dock(t, s, Docking{Camera: "CAM0001", DeviceID: "b"}, at.Add(6*time.Hour)), at.Add(6*time.Hour))
	if c := must[*Camera](t)(s.Camera("CAM0001")); !c.Conflict {
		t.Errorf("camera %+v; want another conflict when the other one comes again", c)
	}
	// With none docked, whichever comes next is the one.
	must[*Camera](t)(s.SettleConflict("CAM0001", "chief", "x", at.Add(7*time.Hour)))
	dock(t, s, Docking{Camera: "CAM0001", DeviceID: "a"}, at.Add(8*time.Hour))
	if c := must[*Camera](t)(s.Camera("CAM0001")); c.Conflict || c.DeviceID != "a" {
		t.Errorf("camera %+v; want the one that came next", c)
	}
	checkWhole(t, s)
	s.Close()
	checkRebuilt(t, s.opt.Dir)
}

// A retired camera keeps what is known of it, and docking it takes it back.
func TestRetire(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	_, err := s.Retire("CAM0001", "x", "y", at)
	checkError(t, err, ErrNotFound)
	must[*Camera](t)(s.Assign("CAM0001", Holder{Badge: "7"}, at))
	disk := Docking{Camera: "CAM0001", Bay: 1, Transport: "mass-storage"}
	d := dock(t, s, disk, at)
	list(t, s, d, at, file("A.MP4", 1))
	_, err = s.Retire("CAM0001", "x", "y", at)
	checkRefused(t, err, "it is in bay 1")
	undock(t, s, d, at)
	_, err = s.Reinstate("CAM0001", "x", "y", at)
	checkRefused(t, err, "not retired")
	// The place of its disk, which is there all the time, is not the camera.
	dock(t, s, Docking{Camera: "CAM0001", Bay: 1, Transport: transportFolder}, at)

	must[*Camera](t)(s.Retire("CAM0001", "chief", "lost at sea", at.Add(time.Hour)))
	c := must[*Camera](t)(s.Camera("CAM0001"))
	if *c.Retired != (Note{at.Add(time.Hour), "chief", "lost at sea"}) || c.PendingClips != 1 || c.Holder == nil || c.Holder.Badge != "7" {
		t.Errorf("camera %+v; want it retired, and all else kept", c)
	}
	if got := lastEntry(c); got != (Entry{at.Add(time.Hour), whatRetired, "chief", "lost at sea"}) {
		t.Errorf("history ends with %+v", got)
	}
	_, err = s.Retire("CAM0001", "x", "y", at)
	checkRefused(t, err, "chief retired it already")
	must[*Camera](t)(s.Reinstate("CAM0001", "chief", "washed ashore", at.Add(2*time.Hour)))
	if c := must[*Camera](t)(s.Camera("CAM0001")); c.Retired != nil || lastEntry(c).What != whatReinstated || lastEntry(c).By != "chief" {
		t.Errorf("camera %+v; want it in use", c)
	}

	must[*Camera](t)(s.Retire("CAM0001", "chief", "x", at.Add(3*time.Hour)))
	place := dock(t, s, Docking{Camera: "CAM0001", Transport: transportFolder}, at.Add(4*time.Hour))
	if c := must[*Camera](t)(s.Camera("CAM0001")); c.Retired == nil {
		t.Errorf("camera %+v; want the place of its disk not to be the camera", c)
	}
	undock(t, s, place, at.Add(4*time.Hour))
	disk.Bay = 3
	dock(t, s, disk, at.Add(5*time.Hour))
	if c := must[*Camera](t)(s.Camera("CAM0001")); c.Retired != nil || lastEntry(c) != (Entry{At: at.Add(5 * time.Hour), What: whatReinstated, Note: "it was docked in bay 3"}) {
		t.Errorf("camera %+v; want its docking to say that it is in use", c)
	}
	checkWhole(t, s)
	s.Close()
	checkRebuilt(t, s.opt.Dir)
}
