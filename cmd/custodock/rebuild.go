package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"

	"github.com/spf13/cobra"

	"custodock/store"
)

// newRebuildCommand makes rebuild, which never goes over the socket: a daemon
// that answers holds the very catalog that is to be replaced.
func newRebuildCommand(a *app) *cobra.Command {
	var dataDir, configPath string
	var quick bool
	cmd := &cobra.Command{
		Use:   "rebuild --data-dir DIR",
		Short: "make the catalog anew from the archive's own records",
		Long: `Make the catalog anew from the archive's own records, and check every clip
against them. The old catalog is kept beside it, under the name
catalog.db.replaced-TIME. The daemon must not run. Exit status 3: the catalog
is made, and damage was found.`,
		Args: noArgs,
	}
	f := cmd.Flags()
	f.StringVar(&dataDir, "data-dir", "", "the daemon's data_dir")
	f.StringVar(&configPath, "config", "", "the daemon's configuration, for its zone and deadline")
	f.BoolVar(&quick, "quick", false, "check the clips' sizes only, and do not read them")
	form := addOutput(cmd, asTable, asJSON, asCSV)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if dataDir == "" {
			return usagef("say which archive with --data-dir DIR")
		}
		cfg, err := loadConfig(configPath, a.environ)
		if err != nil {
			return err
		}
		cfg.DataDir = dataDir
		bar := a.newProgressBar()
		opt := storeOptions(cfg, slog.New(slog.DiscardHandler))
		report, err := store.Rebuild(cmd.Context(), opt, store.RebuildOptions{Hash: !quick}, bar.show)
		bar.clear()
		if errors.Is(err, fs.ErrNotExist) {
			err = withHint(err, "is %s the daemon's data_dir? Its clips are in a folder called archive", dataDir)
		}
		if err != nil && !errors.Is(err, store.ErrDamage) {
			return err
		}
		return errors.Join(a.showRebuilt(form.value, dataDir, &report), damage(len(report.Problems)))
	}
	return cmd
}

// showRebuilt prints CSV of the problems and JSON of everything.
func (a *app) showRebuilt(form, dir string, r *store.RebuildReport) error {
	if form != asTable {
		raw, err := json.Marshal(r)
		if err != nil {
			return err
		}
		return a.printProblems(form, raw)
	}
	if err := a.tableOfProblems(r.Problems); err != nil {
		return err
	}
	text := fmt.Sprintf("%s is made anew: %s, of which %d stored (%s), %s, %s; %s", filepath.Join(dir, "catalog.db"), count(r.Clips, "clip"),
		r.Stored, bytesText(r.Bytes), count(r.Cameras, "camera"), count(r.Dockings, "docking"), foundText(len(r.Problems)))
	if r.Adopted > 0 {
		text += fmt.Sprintf("\n%s known by their records alone, and no longer by the ledger", count(r.Adopted, "clip"))
	}
	if r.Replaced != "" {
		text += "\nthe old catalog is kept as " + r.Replaced
	}
	_, err := fmt.Fprintln(a.stdout, printableLines(text))
	return err
}
