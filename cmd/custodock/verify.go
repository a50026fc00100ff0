package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"custodock/store"
)

// problemFields are the columns of verify as CSV.
const problemFields = "what path detail clip"

// newVerifyCommand makes verify. The daemon does the reading if there is one: it
// knows what is being stored just now.
func newVerifyCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "re-read the whole archive against the catalog",
		Long: `Re-read every clip of the archive from the disk, past its cache, and compare it
with the catalog, its record and SHA256SUMS. It changes nothing, and works
while clips are copied. Exit status 3: damage was found.`,
		Args: noArgs,
	}
	from, form := a.addReach(cmd), addOutput(cmd, asTable, asJSON, asCSV)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return from.use(cmd.Context(), func(l *link) error {
			bar := a.newProgressBar()
			raw, err := l.verify(cmd.Context(), bar.show)
			bar.clear()
			if err != nil {
				return err
			}
			var report store.VerifyReport
			if err := json.Unmarshal(raw, &report); err != nil {
				return fmt.Errorf("read the report: %w", err)
			}
			if form.value == asTable {
				err = a.showVerified(&report)
			} else {
				err = a.printProblems(form.value, raw)
			}
			return errors.Join(err, damage(len(report.Problems)))
		})
	}
	return cmd
}

// verify has the archive read and returns the report.
func (l *link) verify(ctx context.Context, show func(store.Progress)) (json.RawMessage, error) {
	body, err := l.stream(ctx, http.MethodPost, "/control/v1/verify", nil)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	for lines := json.NewDecoder(body); ; {
		var line struct {
			Progress *store.Progress
			Report   json.RawMessage
			Error    string
		}
		switch err := lines.Decode(&line); {
		case errors.Is(err, io.EOF):
			return nil, errors.New("the daemon stopped before it was through")
		case err != nil:
			return nil, fmt.Errorf("the daemon stopped before it was through: %w", err)
		case line.Error != "":
			return nil, errors.New(line.Error)
		case line.Report != nil:
			return line.Report, nil
		case line.Progress != nil:
			show(*line.Progress)
		}
	}
}

// showVerified puts problems first and the summary last, where it is still
// seen after a long list.
func (a *app) showVerified(r *store.VerifyReport) error {
	if err := a.tableOfProblems(r.Problems); err != nil {
		return err
	}
	text := fmt.Sprintf("%s read, %s in %s: %s", count(r.Clips, "clip"), bytesText(r.Bytes),
		durationText(r.EndedAt.Sub(r.StartedAt)), foundText(len(r.Problems)))
	if r.Unfinished > 0 {
		text += fmt.Sprintf("\n%s half-way published when the daemon was killed: its next start finishes them", count(r.Unfinished, "clip"))
	}
	_, err := fmt.Fprintln(a.stdout, text)
	return err
}

// foundText is the verdict of a report.
func foundText(problems int) string {
	if problems == 0 {
		return "all as it should be"
	}
	return count(problems, "problem")
}

func (a *app) tableOfProblems(problems []store.Problem) error {
	if len(problems) == 0 {
		return nil
	}
	t := &table{columns: []column{
		{head: "WHAT"}, {head: "PATH", least: 24, middle: true}, {head: "DETAIL", least: 16}, {head: "CLIP", drop: 1},
	}}
	for _, p := range problems {
		t.add(cell{p.What, red}, cell{p.Path, plain}, cell{p.Detail, plain}, cell{p.Clip, plain})
	}
	if err := t.write(a.stdout, a.screenOf(a.stdout)); err != nil {
		return err
	}
	_, err := fmt.Fprintln(a.stdout)
	return err
}

// printProblems prints a report: JSON has all of it, CSV its problems.
func (a *app) printProblems(form string, report json.RawMessage) error {
	var parts struct{ Problems []json.RawMessage }
	if err := json.Unmarshal(report, &parts); err != nil {
		return fmt.Errorf("read the report: %w", err)
	}
	return printRaw(a.stdout, form, fields(problemFields), report, parts.Problems...)
}

// damage is the error of a report with problems.
func damage(problems int) error {
	if problems == 0 {
		return nil
	}
	return withHint(fmt.Errorf("%w: %s", store.ErrDamage, count(problems, "problem")),
		"leave the archive as it is, and keep cameras that may still have these clips from being cleared")
}
