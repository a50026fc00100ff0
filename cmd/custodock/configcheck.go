package main

import (
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"custodock/configs"
	"custodock/ingest"
)

func newConfigCheckCommand(a *app) *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "check --config FILE",
		Short: "say what is wrong with a configuration, or what it amounts to",
		Long: `Say everything that is wrong with a configuration, each with its line; the
environment counts as it would for the daemon. With -o yaml or -o json the
settings that hold are printed, defaults included.`,
		Args: noArgs,
	}
	cmd.Flags().StringVar(&path, "config", "", "the file to check")
	form := addOutput(cmd, asText, asYAML, asJSON)
	cmd.RunE = func(*cobra.Command, []string) error {
		if path == "" {
			return usagef("say which file with --config FILE")
		}
		cfg, err := checkConfig(path, a.environ)
		if err != nil {
			return err
		}
		return a.printConfig(cfg, path, form.value)
	}
	return cmd
}

// checkConfig reads all that the daemon would read before it starts.
func checkConfig(path string, environ []string) (config, error) {
	cfg, err := loadConfig(path, environ)
	if err != nil {
		return cfg, err
	}
	if _, err := ingest.LoadProfiles(configs.Profiles, cfg.Cameras.Profiles); err != nil {
		return cfg, fmt.Errorf("%w: cameras.profiles: %w", errConfig, err)
	}
	_, err = openCertificate(cfg, slog.New(slog.DiscardHandler))
	return cfg, err
}

// printConfig makes JSON of the YAML: one place decides how values are written.
func (a *app) printConfig(cfg config, path, form string) error {
	if form == asText {
		_, err := fmt.Fprintf(a.stdout, "%s: ok\n", printable(path))
		return err
	}
	text, err := cfg.yaml()
	if err != nil {
		return err
	}
	if form == asYAML {
		_, err := a.stdout.Write(text)
		return err
	}
	var values map[string]any
	if err := yaml.Unmarshal(text, &values); err != nil {
		return err
	}
	raw, err := json.Marshal(values)
	if err != nil {
		return err
	}
	return printRaw(a.stdout, asJSON, nil, raw)
}
