package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"custodock/ingest"
)

// clock writes times as the station's people read them: in its zone, not in
// that of whoever asks from elsewhere. Machines get UTC in JSON and CSV.
type clock struct {
	zone *time.Location
	now  time.Time // the station's
}

// status asks the station how it stands; with it come its zone and its time.
func (l *link) status(ctx context.Context) (status ingest.Status, c clock, raw json.RawMessage, err error) {
	raw, err = l.get(ctx, "/api/v1/status", &status)
	if err != nil {
		return status, c, nil, err
	}
	zone, err := time.LoadLocation(status.Station.Timezone)
	if err != nil {
		return status, c, nil, fmt.Errorf("the station's zone: %w", err)
	}
	return status, clock{zone, status.Now}, raw, nil
}

// minute writes a time for tables: without its year where that is this one.
func (c clock) minute(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(c.zone)
	if t.Year() == c.now.In(c.zone).Year() {
		return t.Format("01-02 15:04")
	}
	return t.Format("2006-01-02 15:04")
}

// second writes a time in full.
func (c clock) second(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(c.zone).Format(time.DateTime)
}

// ago writes a time in full and how long ago, or ahead, it is.
func (c clock) ago(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if d := c.now.Sub(t); d >= 0 {
		return c.second(t) + ", " + durationText(d) + " ago"
	}
	return c.second(t) + ", in " + durationText(t.Sub(c.now))
}
