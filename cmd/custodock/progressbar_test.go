package main

import (
	"strings"
	"testing"
	"time"

	"custodock/store"
)

func TestBarLine(t *testing.T) {
	half := store.Progress{Clips: 3, Bytes: 512 << 20, TotalClips: 9, TotalBytes: 1 << 30}
	for _, test := range []struct {
		name    string
		p       store.Progress
		elapsed time.Duration
		width   int
		want    string
	}{
		{"start", store.Progress{TotalClips: 9, TotalBytes: 1 << 30}, 0, 60, "[------------------------------------]   0 %  0 B of 1.0 GiB"},
		{"no rate yet", half, time.Second / 2, 50, "[###########-----------]  50 %  512 MiB of 1.0 GiB"},
		{"half", half, 4 * time.Second, 70, "[##########-----------]  50 %  512 MiB of 1.0 GiB  128 MiB/s  4 s left"},
		{"long", half, 4 * time.Second, 200, "[####################--------------------]  50 %  512 MiB of 1.0 GiB  128 MiB/s  4 s left"},
		{"narrow", half, 4 * time.Second, 40, " 50 %  512 MiB of 1.0 GiB  128 MiB/s  4…"},
		{"by clips", store.Progress{Clips: 9, TotalClips: 9}, 4 * time.Second, 50, "[############] 100 %  9 of 9 clips  under 1 s left"},
		{"grew meanwhile", store.Progress{Bytes: 3, TotalBytes: 2}, 0, 40, "[####################] 100 %  3 B of 2 B"},
		{"nothing to do", store.Progress{}, 0, 40, "[------------------]   0 %  0 of 0 clips"},
	} {
		got := barLine(test.p, test.elapsed, test.width)
		if got != test.want {
			t.Errorf("%s: got  %s\nwant %s", test.name, got, test.want)
		}
		if n := textWidth(got); n > test.width {
			t.Errorf("%s: %d cells in %d", test.name, n, test.width)
		}
	}
}

func TestProgressBarIsForTerminals(t *testing.T) {
	var out strings.Builder
	bar := (&app{stderr: &out}).newProgressBar()
	bar.show(store.Progress{Clips: 1, TotalClips: 2})
	bar.clear()
	if out.Len() > 0 {
		t.Errorf("no terminal got %q", out.String())
	}
}
