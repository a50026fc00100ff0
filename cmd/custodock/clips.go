package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"custodock/store"
)

// clipFields are the columns of clips as CSV, in the contract's order.
const clipFields = "id camera bay path name kind size sha256 state recorded_start recorded_end end_earliest end_latest " +
	"time_source clock duration media seen_at stored_at due_at deadline missed_at late_by extension badge officer unit " +
	"archive_path released_at error"

// The words of the contract, in its order. The server knows them too; here
// they make a typing error exit 2 even when no daemon runs.
const (
	deadlineWords = "pending due_soon overdue on_time late excused undecidable none"
	stateWords    = "seen copying stored failed gone"
)

// clipQuery is what the flags of clips say.
type clipQuery struct {
	deadlines, states    []string
	camera, since, until string
	limit                int
	limitSet             bool
}

// newClipsCommand makes clips. Times are left to the server, which knows the
// station's zone.
func newClipsCommand(a *app) *cobra.Command {
	q := &clipQuery{}
	cmd := &cobra.Command{
		Use:   "clips",
		Short: "list the clips that match, by due time",
		Long: `List the clips that match, by due time; those without one come last.

  custodock clips --deadline overdue,late --since 7d
  custodock clips --state failed -o json

--since and --until take a time (2026-11-20T08:00:00+08:00), a day (2026-11-20,
in the station's zone) or an age (36h, 7d). They go by when the recording ended.`,
		Args: noArgs,
	}
	f := cmd.Flags()
	f.StringSliceVar(&q.deadlines, "deadline", nil, "only these: "+strings.ReplaceAll(deadlineWords, " ", ","))
	f.StringSliceVar(&q.states, "state", nil, "only these: "+strings.ReplaceAll(stateWords, " ", ","))
	f.StringVar(&q.camera, "camera", "", "only of the camera with this serial")
	f.StringVar(&q.since, "since", "", "only recorded at this time or later")
	f.StringVar(&q.until, "until", "", "only recorded before this time, or on this day")
	f.IntVar(&q.limit, "limit", store.DefaultLimit, "at most so many")
	from, form := a.addReach(cmd), addOutput(cmd, asTable, asJSON, asCSV)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		q.limitSet = f.Changed("limit")
		if err := q.check(); err != nil {
			return err
		}
		return from.use(cmd.Context(), func(l *link) error {
			more, err := a.listClips(cmd.Context(), l, q, form.value)
			if err == nil && more && !q.limitSet {
				fmt.Fprintf(a.stderr, "custodock: clips: these are the first %d and there are more: --limit N lists N of them\n", q.limit)
			}
			return refused(err)
		})
	}
	return cmd
}

// check finds what is wrong before anybody is asked.
func (q *clipQuery) check() error {
	if err := checkWords("deadline", q.deadlines, deadlineWords); err != nil {
		return err
	}
	if err := checkWords("state", q.states, stateWords); err != nil {
		return err
	}
	if q.limit < 1 {
		return usagef("--limit: must be 1 or more, not %d", q.limit)
	}
	return nil
}

// checkWords finds the first word that is none of the known ones.
func checkWords(flag string, words []string, known string) error {
	list := strings.Fields(known)
	for _, w := range words {
		if !slices.Contains(list, w) {
			return usagef("--%s: %q is none of %s%s", flag, w, strings.Join(list, ", "), didYouMean(w, list))
		}
	}
	return nil
}

// values are the query of one page of at most n clips.
func (q *clipQuery) values(n int, cursor string) url.Values {
	v := url.Values{}
	for name, value := range map[string]string{
		"deadline": strings.Join(q.deadlines, ","), "state": strings.Join(q.states, ","),
		"camera": q.camera, "since": q.since, "until": q.until, "cursor": cursor,
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	v.Set("limit", strconv.Itoa(min(n, store.MaxLimit)))
	return v
}

// each calls f with every page until the limit is reached; more says that
// clips beyond it match.
func (q *clipQuery) each(ctx context.Context, l *link, f func([]json.RawMessage) error) (more bool, err error) {
	cursor := ""
	for left := q.limit; left > 0; {
		var page struct {
			Clips []json.RawMessage
			Next  string
		}
		if _, err := l.ask(ctx, http.MethodGet, "/api/v1/clips?"+q.values(left, cursor).Encode(), nil, &page); err != nil {
			return false, err
		}
		if err := f(page.Clips); err != nil {
			return false, err
		}
		left -= len(page.Clips)
		if cursor = page.Next; cursor == "" {
			return false, nil
		}
	}
	return true, nil
}

// listClips prints in the given form. JSON and CSV go out page by page; a table
// needs all its rows before it knows its columns' widths.
func (a *app) listClips(ctx context.Context, l *link, q *clipQuery, form string) (more bool, err error) {
	if form == asTable {
		return a.tableOfClips(ctx, l, q)
	}
	w := newRawWriter(a.stdout, form, fields(clipFields))
	more, err = q.each(ctx, l, func(page []json.RawMessage) error { return w.add(page...) })
	if err != nil {
		return false, err
	}
	return more, w.end()
}

func (a *app) tableOfClips(ctx context.Context, l *link, q *clipQuery) (more bool, err error) {
	_, c, _, err := l.status(ctx)
	if err != nil {
		return false, err
	}
	t := newClipTable()
	more, err = q.each(ctx, l, func(page []json.RawMessage) error {
		for _, raw := range page {
			var clip store.Clip
			if err := json.Unmarshal(raw, &clip); err != nil {
				return fmt.Errorf("read the answer: %w", err)
			}
			t.addClip(c, &clip)
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	return more, t.show(a.stdout, a.screenOf(a.stdout), "clips by due time, "+c.zone.String(), "no clip matches")
}

// clipTable is a table of clips.
type clipTable struct{ table }

// newClipTable keeps due and deadline whatever the width: a clip's size and id
// give way first.
func newClipTable() *clipTable {
	return &clipTable{table{columns: []column{
		{head: "DUE"}, {head: "DEADLINE"}, {head: "STATE", drop: 3}, {head: "CAMERA", least: 7, middle: true},
		{head: "NAME", least: 16, middle: true}, {head: "SIZE", right: true, drop: 1}, {head: "ID", drop: 2},
	}}}
}

func (t *clipTable) addClip(c clock, clip *store.Clip) {
	look := deadlineStyle(clip.Deadline)
	t.add(cell{c.minute(clip.DueAt), look}, cell{string(clip.Deadline), look}, cell{string(clip.State), plain},
		cell{clip.Camera, plain}, cell{clip.Name, plain}, cell{bytesText(clip.Size), plain}, cell{clip.ID, plain})
}

// deadlineStyle colors what is too late, and what still can be saved.
func deadlineStyle(d store.Deadline) style {
	switch d {
	case store.Overdue, store.Late:
		return red
	case store.DueSoon:
		return yellow
	}
	return plain
}

// show writes the table below a line that says what it is, or what it means
// that it is empty.
func (t *table) show(w io.Writer, s screen, caption, empty string) error {
	if len(t.rows) == 0 {
		_, err := fmt.Fprintln(w, empty)
		return err
	}
	if _, err := fmt.Fprintln(w, caption); err != nil {
		return err
	}
	return t.write(w, s)
}
