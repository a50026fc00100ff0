package ingest

import (
	"testing"
	"time"

	"custodock/store"
)

// A clip is expected to be late when what is to be copied before it takes
// longer than it has, at the speed of the station or of its own camera.
func TestLateAsThingsGo(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	clip := func(size int64, due time.Duration) waiting { return waiting{size, now.Add(due)} }
	log := waiting{size: 1_000_000} // no deadline: it is copied after all others
	for _, test := range []struct {
		name    string
		cameras []outlook
		want    int64
	}{
		{"nothing to do", []outlook{{speed: 100}}, 0},
		{"in time", []outlook{{speed: 100, clips: []waiting{clip(1000, time.Minute)}}}, 0},
		{"to the second", []outlook{{speed: 100, clips: []waiting{clip(6000, time.Minute)}}}, 0},
		{"a second too late", []outlook{{speed: 100, clips: []waiting{clip(6100, time.Minute)}}}, 1},
		{"past due is not expected, it is so", []outlook{{speed: 1, clips: []waiting{clip(6100, -time.Second)}}}, 0},
		{"the more urgent go first", []outlook{
			{speed: 50, clips: []waiting{clip(1000, time.Hour), clip(1000, 30*time.Second), clip(100, 20*time.Second)}},
			{speed: 50, clips: []waiting{clip(1000, 25*time.Second)}},
		}, 0},
		{"and take the time of the others", []outlook{
			{speed: 50, clips: []waiting{clip(1000, 21*time.Second)}},
			{speed: 50, clips: []waiting{clip(1000, 20*time.Second), clip(1000, 29*time.Second)}},
		}, 1},
		{"a slow camera", []outlook{
			{speed: 1000, clips: []waiting{clip(1000, time.Minute)}},
			{speed: 10, clips: []waiting{clip(1000, time.Minute)}},
		}, 1},
		{"one that waits for its turn has the station's speed", []outlook{
			{speed: 100, clips: []waiting{clip(1000, time.Minute)}},
			{clips: []waiting{clip(4000, time.Minute), clip(4000, time.Minute)}},
		}, 1},
		{"without a deadline", []outlook{{speed: 1, clips: []waiting{log, clip(10, time.Minute)}}}, 0},
		{"blocked", []outlook{{speed: 100, blocked: []waiting{clip(1, time.Hour), clip(1, 5*time.Hour), clip(1, -time.Hour), log}}}, 1},
		{"nothing is copied at all", []outlook{{clips: []waiting{clip(1, time.Hour), clip(1, 5*time.Hour)}}}, 1},
	} {
		if got := lateAsThingsGo(test.cameras, now, 4*time.Hour); got != test.want {
			t.Errorf("%s: %d clips, want %d", test.name, got, test.want)
		}
	}
}

// The clips of a camera that is away count when they are due soon, those of one
// in a bay by what the bay does.
func TestExpectedLate(t *testing.T) {
	s, err := store.Open(store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	st, now := New(Options{Store: s}), time.Now()
	urgent := map[string]*store.Due{"CAM0001": {DueSoon: 3, Overdue: 2}, "CAM0002": {DueSoon: 4}}
	if got := st.expectedLate(urgent, now); got != 7 {
		t.Errorf("both cameras away: %d, want 7", got)
	}
	c := &session{st: st, docking: &store.Docking{Camera: "CAM0002"}, pace: pace{speed: 100, since: now}}
	c.left = map[string]waiting{
		"a": {size: 10_000, due: now.Add(time.Minute)},
		"b": {size: 10_000, due: now.Add(time.Minute)},
		"c": {size: 1, due: now.Add(time.Hour)},
	}
	c.copying = map[string]*Copied{"a": {Size: 10_000, Done: 9_000}}
	c.failed = map[string]failure{"c": {reason: "read"}}
	st.addSession(c)
	if got := st.expectedLate(urgent, now); got != 3+1+1 {
		t.Errorf("one is away, one is copied: %d, want 5", got)
	}
	if got := st.expectedLate(urgent, now.Add(30*time.Second)); got != 3+2+1 {
		t.Errorf("and then nothing came any more: %d, want 6", got)
	}
}

func TestPaceStalls(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	p := pace{since: now}
	p.add(1000, now.Add(time.Second))
	for after, want := range map[time.Duration]float64{
		2 * time.Second: 1000, 5 * time.Second: 1000, 7 * time.Second: 500 / 6., time.Hour: 500 / 3599.,
	} {
		p := p
		p.bytes = 500
		if got := p.at(now.Add(after)); got != want {
			t.Errorf("after %v: %v bytes a second, want %v", after, got, want)
		}
	}
}
