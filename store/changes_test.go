package store

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"
)

// Whose clips are overdue is asked again and again, and is never what it was
// before the last change.
func TestOverdueFollowsChanges(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	later := at.Add(30 * time.Hour)
	check := func(what string, want map[string]Due) {
		t.Helper()
		for range 2 {
			st := must[Stats](t)(s.Stats(later))
			got, n := make(map[string]Due), int64(0)
			for serial, due := range st.Urgent {
				got[serial] = *due
				n += due.Overdue
			}
			if !reflect.DeepEqual(got, want) || st.Overdue != n {
				t.Errorf("%s: %v, %d in all; want %v", what, got, st.Overdue, want)
			}
		}
	}
	due := at.Add(23 * time.Hour)
	check("nothing", map[string]Due{})
	_, listed := see(t, s, "CAM1", File{Path: "A.MP4", Size: 4, ModTime: at}, File{Path: "B.MP4", Size: 4, ModTime: at})
	check("seen, the clock has not looked", map[string]Due{"CAM1": {Next: due, Overdue: 2}})
	must[[]Clip](t)(s.MissDue(later))
	check("missed", map[string]Due{"CAM1": {Next: due, Overdue: 2}})
	put(t, s, listed[0].Clip.ID, []byte("clip"))
	check("one stored", map[string]Due{"CAM1": {Next: due, Overdue: 1}})
	see(t, s, "CAM2", File{Path: "A.MP4", Size: 4, ModTime: at})
	must[[]Clip](t)(s.MissDue(later))
	check("another camera", map[string]Due{"CAM1": {Next: due, Overdue: 1}, "CAM2": {Next: due, Overdue: 1}})
}

// Whoever follows the changes knows what whoever reads all cameras knows,
// whatever happens to them.
func TestCamerasSince(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	known := make(map[string]Camera)
	var upTo uint64
	follow := func(what string, most int) {
		t.Helper()
		changed, now, err := s.CamerasSince(upTo)
		if err != nil {
			t.Fatal(err)
		}
		if len(changed) > most {
			t.Errorf("%s: %d cameras changed, want %d at most", what, len(changed), most)
		}
		upTo = now
		for _, c := range changed {
			known[c.Serial] = c
		}
		all := must[[]Camera](t)(s.Cameras())
		var got []Camera
		for _, c := range known {
			got = append(got, c)
		}
		slices.SortFunc(got, func(a, b Camera) int { return cmp.Compare(a.Serial, b.Serial) })
		if len(got)+len(all) > 0 && !reflect.DeepEqual(got, all) {
			t.Errorf("%s: whoever follows knows\n%+v\nand there is\n%+v", what, got, all)
		}
	}
	follow("nothing yet", 0)
	for i := range 5 {
		see(t, s, fmt.Sprintf("CAM%d", i))
	}
	follow("five cameras", 5)
	follow("nothing", 0)
	_, listed := see(t, s, "CAM3", File{Path: "A.MP4", Size: 4, ModTime: at}, File{Path: "B.MP4", Size: 4, ModTime: at})
	follow("clips seen", 1)
	put(t, s, listed[0].Clip.ID, []byte("clip"))
	follow("a clip stored", 1)
	must[*Camera](t)(s.Assign("NEW", Holder{Badge: "7"}, at))
	follow("a camera handed out", 1)
	if err := s.Verified(true, at); err != nil {
		t.Fatal(err)
	}
	follow("a verification", 0)
}
