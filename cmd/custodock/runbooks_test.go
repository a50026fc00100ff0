package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What the runbooks tell people to type at three in the morning is there.
func TestCommandsInRunbooks(t *testing.T) {
	files, err := filepath.Glob("../../docs/runbooks/*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("runbooks: %v, %v", files, err)
	}
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```")
	checked := 0
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range blocks.FindAllStringSubmatch(string(text), -1) {
			for line := range strings.Lines(block[1]) {
				args := strings.Fields(line)
				if len(args) == 0 || args[0] != "custodock" {
					continue
				}
				checked++
				root := newRootCommand(&app{stdout: io.Discard, stderr: io.Discard})
				cmd, rest, err := root.Find(args[1:])
				if err == nil {
					err = cmd.ParseFlags(rest)
				}
				if err == nil {
					err = cmd.ValidateArgs(cmd.Flags().Args())
				}
				if err != nil || cmd == root {
					t.Errorf("%s: %s: %v", filepath.Base(f), strings.TrimSpace(line), err)
				}
			}
		}
	}
	if checked < 20 {
		t.Errorf("only %d commands were found", checked)
	}
}
