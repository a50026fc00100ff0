package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"custodock/store"
)

// maxRoster bounds a roster that is read, in bytes.
const maxRoster = 16 << 20

func newRosterImportCommand(a *app) *cobra.Command {
	var by string
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "record from a CSV file who held which camera when",
		Long: `Record from a CSV file who held, or is to hold, which camera when. The first line
names the columns:

  serial,badge,name,unit,from,until
  CAM0001,012345,Li Lei,East Gate,2026-11-20 08:00,2026-11-20 20:00

Times are in the station's zone, or have their own (2026-11-20T08:00:00+08:00);
without until the camera is not returned yet. What was recorded before, too, gets
its holder. Two holders at one time are an error, and then nothing is imported;
lines that were imported before change nothing. FILE - is standard input.`,
		Args: oneArg("FILE"),
	}
	cmd.Flags().StringVar(&by, "by", "", "who says so")
	from, form := a.addReach(cmd), addOutput(cmd, asTable, asJSON)
	from.change = true
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		text, err := readRoster(cmd.InOrStdin(), args[0])
		if err != nil {
			return err
		}
		return from.use(cmd.Context(), func(l *link) error {
			var n store.Imported
			body := map[string]string{"file": text, "by": by}
			raw, err := l.ask(cmd.Context(), http.MethodPost, "/control/v1/roster", body, &n)
			if p, ok := errors.AsType[*problem](err); ok {
				p.Detail = strings.Replace(p.Detail, "body.file", args[0], 1)
			}
			if err != nil {
				return refused(err)
			}
			if form.value != asTable {
				return printRaw(a.stdout, form.value, nil, raw, raw)
			}
			_, err = fmt.Fprintf(a.stdout, "%s of %s: %d new\n", count(n.Lines, "line"), count(n.Cameras, "camera"), n.New)
			return err
		})
	}
	return cmd
}

func readRoster(stdin io.Reader, path string) (string, error) {
	in := stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return "", usagef("%v", err)
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxRoster+1))
	if err == nil && len(data) > maxRoster {
		err = usagef("%s is larger than %s", path, bytesText(maxRoster))
	}
	return string(data), err
}
