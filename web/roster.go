package web

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"custodock/store"
)

// rosterColumns are a roster's columns, in any order; only until may be left
// out, or empty: then the camera is not returned yet.
var rosterColumns = []string{"serial", "badge", "name", "unit", "from", "until"}

const (
	maxRoster      = 16 << 20 // bytes
	maxRosterLines = 100_000
)

// roster is a file that says who held which camera when.
type roster struct {
	Body struct {
		_    struct{} `additionalProperties:"false"`
		File string   `json:"file" doc:"CSV with the columns serial, badge, name, unit, from and until. Times are RFC 3339, or 2026-11-20 08:00 in the station's zone."`
		By   string   `json:"by,omitempty" doc:"Who says so."`
	}
}

// Resolve implements huma.Resolver.
func (r *roster) Resolve(huma.Context) []error {
	return checkTexts(entered{"body.by", &r.Body.By, false})
}

func (s *server) importRoster(ctx context.Context, r *roster) (*body[store.Imported], error) {
	lines, err := parseRoster(r.Body.File, s.station.Zone())
	if err != nil {
		return nil, invalid("body.file", nil, "%v", err)
	}
	n, err := s.store.ImportRoster(lines, r.Body.By, time.Now())
	if wrong, ok := errors.AsType[*store.FieldError](err); ok {
		return nil, invalid("body.file", nil, "%v", wrong)
	}
	if err != nil {
		return nil, s.refused(ctx, "body.", err)
	}
	s.log.Info("roster imported", "lines", n.Lines, "new", n.New, "cameras", n.Cameras, "by", r.Body.By)
	return &body[store.Imported]{n}, nil
}

// parseRoster reads a roster. What is wrong is said with its line and column.
func parseRoster(text string, zone *time.Location) (lines []store.RosterLine, err error) {
	in := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))) // spreadsheets begin with a mark
	in.TrimLeadingSpace = true
	head, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("the first line must name the columns %s: %w", strings.Join(rosterColumns, ","), err)
	}
	at, err := rosterHead(head)
	if err != nil {
		return nil, err
	}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
			return nil, fmt.Errorf("line %d: %w", wrong.Line, wrong.Err)
		}
		if err != nil {
			return nil, err
		}
		n, _ := in.FieldPos(0)
		line, err := rosterLine(n, row, at, zone)
		if err != nil {
			return nil, err
		}
		if lines = append(lines, line); len(lines) > maxRosterLines {
			return nil, fmt.Errorf("line %d: a roster has at most %d lines", n, maxRosterLines)
		}
	}
}

// rosterHead returns where each column is.
func rosterHead(head []string) (map[string]int, error) {
	at := make(map[string]int)
	for i, name := range head {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := at[name]; twice || !slices.Contains(rosterColumns, name) {
			return nil, fmt.Errorf("line 1: column %.40q is not one of %s, once each", name, strings.Join(rosterColumns, ","))
		}
		at[name] = i
	}
	for _, name := range []string{"serial", "badge", "from"} {
		if _, ok := at[name]; !ok {
			return nil, fmt.Errorf("line 1: there is no column %s", name)
		}
	}
	return at, nil
}

func rosterLine(n int, row []string, at map[string]int, zone *time.Location) (store.RosterLine, error) {
	line := store.RosterLine{Line: n}
	for _, f := range []struct {
		name     string
		text     *string
		required bool
	}{{"serial", &line.Serial, true}, {"badge", &line.Badge, true}, {"name", &line.Name, false}, {"unit", &line.Unit, false}} {
		if i, ok := at[f.name]; ok {
			*f.text = strings.TrimSpace(row[i])
		}
		if wrong := checkText(*f.text, f.required); wrong != "" {
			return line, fmt.Errorf("line %d: %s: %s", n, f.name, wrong)
		}
	}
	for _, f := range []struct {
		name string
		time *time.Time
	}{{"from", &line.From}, {"until", &line.Until}} {
		i, ok := at[f.name]
		if !ok || (f.name == "until" && strings.TrimSpace(row[i]) == "") {
			continue
		}
		var err error
		if *f.time, err = rosterTime(strings.TrimSpace(row[i]), zone); err != nil {
			return line, fmt.Errorf("line %d: %s: %w", n, f.name, err)
		}
	}
	return line, nil
}

// rosterTime reads a time as rosters have them.
func rosterTime(text string, zone *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04", time.DateTime, "2006/1/2 15:04", "2006/1/2 15:04:05"} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%.40q must be a time such as 2026-11-20T08:00:00+08:00, or 2026-11-20 08:00 in the station's zone", text)
}
