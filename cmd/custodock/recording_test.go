package main

import (
	"strings"
	"testing"
	"time"

	"custodock/ingest"
	"custodock/store"
)

func TestRecordingTables(t *testing.T) {
	at := time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)
	c := clock{time.UTC, at}
	battery, free := 0.02, int64(1<<30)
	for name, test := range map[string]struct {
		table *table
		want  string
	}{
		"recordings": {recordingTable(c, []ingest.Recording{
			{Camera: "CAM0001", Start: at, End: at.Add(25 * time.Minute), Badge: "7", Officer: "李娜", Clips: []string{"a", "b"}},
		}), `
CAMERA   START        END          LENGTH  CLIPS  HOLDER  FIRST CLIP
CAM0001  11-24 02:00  11-24 02:25  25 min      2  李娜 7  a
`},
		"interruptions": {gapTable(c, []ingest.Interruption{
			{Camera: "CAM0001", Ended: at, Seconds: 300, Officer: "李娜", Battery: &battery, StorageFree: &free, Damaged: true, Before: "b"},
			{Camera: "CAM0002", Ended: at, Seconds: 60, Before: "d", Note: &store.Note{By: "王队", Text: "换电池"}},
		}), `
CAMERA   ENDED        PAUSE  HOLDER  BATTERY     FREE  LAST CLIP  REASON           BEFORE
CAM0001  11-24 02:00  5 min  李娜        2 %  1.0 GiB  damaged    not given        b
CAM0002  11-24 02:00  1 min                                       换电池, by 王队  d
`},
	} {
		var b strings.Builder
		if err := test.table.write(&b, screen{width: 100}); err != nil {
			t.Fatal(err)
		}
		if got := "\n" + b.String(); got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, test.want)
		}
	}
}
