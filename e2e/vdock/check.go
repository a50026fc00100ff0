package vdock

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os/exec"
)

// AwaitStored waits until as many clips are stored and none is open.
func (m *Machine) AwaitStored(ctx context.Context, n int) error {
	return Await(ctx, m, "/api/v1/status", func(s Status) bool {
		return s.Clips.Stored >= n && s.Clips.Clips == s.Clips.Stored
	})
}

// Check compares the station with what cameras recorded, by serial: every clip
// is stored once, and its bytes on the disk, read from outside of the guest, are
// the camera's.
func (m *Machine) Check(ctx context.Context, cameras map[string]Files) error {
	clips, err := m.Clips(ctx)
	if err != nil {
		return err
	}
	if _, err := m.Run(ctx, "sync"); err != nil {
		return err
	}
	var wrong []error
	got := make(map[string]int)
	for _, c := range clips {
		key := c.Camera + "/" + c.Path
		got[key]++
		want, ok := cameras[c.Camera][c.Path]
		switch {
		case !ok:
			wrong = append(wrong, fmt.Errorf("%s was never recorded", key))
		case c.State != "stored":
			wrong = append(wrong, fmt.Errorf("%s is %s: %s", key, c.State, c.Error))
		default:
			sum, err := m.hashOnDisk(ctx, c.ArchivePath)
			if err != nil {
				return err
			}
			if c.SHA256 != want || sum != want {
				wrong = append(wrong, fmt.Errorf("%s: recorded as %s, stored as %s, on the disk as %s", key, want, c.SHA256, sum))
			}
		}
	}
	for serial, files := range cameras {
		for path := range files {
			if n := got[serial+"/"+path]; n != 1 {
				wrong = append(wrong, fmt.Errorf("%s/%s is %d times in the catalog", serial, path, n))
			}
		}
	}
	return errors.Join(wrong...)
}

// hashOnDisk hashes a file of the data folder from the image: neither our
// program nor the guest's kernel has a part in it, and no emulated processor.
func (m *Machine) hashOnDisk(ctx context.Context, path string) (string, error) {
	debugfs, err := lookPath("debugfs")
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, debugfs, "-R", fmt.Sprintf("cat \"%s\"", path), m.disk)
	h := sha256.New()
	cmd.Stdout = h
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("read %s from the disk: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Verify runs the program's own check of the archive.
func (m *Machine) Verify(ctx context.Context) error {
	_, err := m.Run(ctx, "custodock verify --data-dir /var/lib/custodock")
	return err
}
