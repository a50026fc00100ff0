package web

import (
	"strings"
	"testing"
	"time"

	"custodock/store"
)

func TestParseRoster(t *testing.T) {
	zone := shanghai(t)
	got, err := parseRoster("\ufeffUnit,Serial,badge,from,until,name\r\nEast, CAM1 ,7,2026/11/20 8:00,2026-11-20T12:00:00Z,李娜\r\n\r\n,CAM2,8,2026-11-20 08:00:30,,\r\n", zone)
	want := []store.RosterLine{
		{Line: 2, Serial: "CAM1", Holder: store.Holder{Badge: "7", Name: "李娜", Unit: "East",
			From: time.Date(2026, 11, 20, 8, 0, 0, 0, zone), Until: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}},
		{Line: 4, Serial: "CAM2", Holder: store.Holder{Badge: "8", From: time.Date(2026, 11, 20, 8, 0, 30, 0, zone)}},
	}
	if err != nil || len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	for text, says := range map[string]string{
		"":                                     "the first line must name the columns",
		"serial,badge":                         "there is no column from",
		"serial,badge,badge,from":              `column "badge"`,
		"serial,badge,from\n\"x":               "line 2: ",
		"serial,badge,from\nC,7,2026-11-20":    "line 2: from: ",
		"serial,badge,from\nC,7\u202e,x":       "line 2: badge: must not contain control characters",
		"serial,badge,from,until\nC,7,,":       "line 2: from: ",
		"serial,badge,from\nC,7,1h\n":          "line 2: from: ",
		"serial,badge,from\n,7,2026-11-20T00Z": "line 2: serial: must not be empty",
	} {
		if _, err := parseRoster(text, zone); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v; want %s", text, err, says)
		}
	}
}

// Whatever is in a roster: no panic, and what is taken can be shown.
func FuzzRoster(f *testing.F) {
	f.Add("serial,badge,name,unit,from,until\nCAM1,7,N,U,2026-11-20 08:00,2026-11-20T12:00:00Z\n")
	f.Fuzz(func(t *testing.T, text string) {
		lines, err := parseRoster(text, time.UTC)
		if err != nil {
			return
		}
		for _, l := range lines {
			if checkText(l.Serial, true)+checkText(l.Badge, true)+checkText(l.Name, false)+checkText(l.Unit, false) != "" || l.From.IsZero() || l.Line < 2 {
				t.Errorf("%q gives %+v", text, l)
			}
		}
	})
}
