package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"custodock/device/simcam"
)

// newResponder is a camera with the files of a folder.
func newResponder(serial, dir, profile string, rate int64) (*simcam.Responder, error) {
	profiles := simcam.Profiles()
	i := slices.IndexFunc(profiles, func(p simcam.Profile) bool { return p.Name == profile })
	if i < 0 {
		return nil, fmt.Errorf("no profile is called %q", profile)
	}
	p := profiles[i]
	p.Locked = false
	files, err := filesIn(dir)
	if err != nil {
		return nil, fmt.Errorf("read the clips: %w", err)
	}
	return simcam.NewResponder(simcam.ResponderOptions{
		Profile:      p,
		Manufacturer: "custodock", Model: "gadget", Version: "1", Serial: serial,
		Storages: []simcam.Storage{{Files: files, Capacity: 64 << 30, Free: 32 << 30}},
		Rate:     rate,
		Battery:  80,
	}), nil
}

// filesIn opens the files of a folder, for good.
func filesIn(dir string) ([]simcam.File, error) {
	var files []simcam.File
	return files, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		path, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		content, err := os.Open(name)
		if err != nil {
			return err
		}
		files = append(files, simcam.File{Path: path, Size: info.Size(), ModTime: info.ModTime(), Content: content})
		return nil
	})
}
