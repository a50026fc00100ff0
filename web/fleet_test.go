package web

import (
	"testing"
	"time"

	"custodock/store"
	"custodock/store/storetest"
)

// fleet is what a station has seen of its cameras in weeks.
var fleet = storetest.Fleet{Now: at, Cameras: 24, Bays: 8, Days: 60, PerDay: 1, Seed: 7}

// fillFleet gives the fixture that past.
func (f *fixture) fillFleet(past storetest.Fleet) {
	f.t.Helper()
	if err := f.store.Close(); err != nil {
		f.t.Fatal(err)
	}
	f.dir = f.t.TempDir()
	if err := past.Write(f.dir); err != nil {
		f.t.Fatal(err)
	}
	f.open(store.Open)
}

func TestOffsetWords(t *testing.T) {
	all, err := readWords()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		offset float64
		en, zh string
	}{
		{0.04, "exact", "准确"}, {-0.04, "exact", "准确"},
		{3.21, "3.2 s fast", "快3.2秒"}, {-9.94, "9.9 s slow", "慢9.9秒"}, {9.96, "10 s fast", "快10秒"},
		{59.6, "1 min fast", "快1分钟"}, {-282, "4 min 42 s slow", "慢4分钟42秒"}, {3599.9, "60 min fast", "快60分钟"},
		{68400, "19 h fast", "快19小时"}, {-26 * 365.25 * 86400, "9,496 d 12 h slow", "慢9,496天12小时"},
	} {
		for i, want := range []string{test.en, test.zh} {
			if got := (format{all[i], time.UTC}).offset(&test.offset); got != want {
				t.Errorf("%v is %q in %s, want %q", test.offset, got, all[i].lang, want)
			}
		}
	}
}
