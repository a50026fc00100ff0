package vdock

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// AwaitStored waits until as many clips are stored and none is open.
func (m *Machine) AwaitStored(ctx context.Context, n int) error {
	return Await(ctx, m, "/api/v1/status", func(s Status) bool {
		return s.Clips.Stored >= n && s.Clips.Clips == s.Clips.Stored
	})
}

// Check compares the station with what cameras recorded, by serial: every clip
// is stored once, and its bytes in the archive, as the guest's own sha256sum
// reads them, are the camera's.
func (m *Machine) Check(ctx context.Context, cameras map[string]Files) error {
	clips, err := m.Clips(ctx)
	if err != nil {
		return err
	}
	sums, err := m.archiveSums(ctx)
	if err != nil {
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
		case c.SHA256 != want || sums[c.ArchivePath] != want:
			wrong = append(wrong, fmt.Errorf("%s: recorded as %s, stored as %s, in the archive as %q", key, want, c.SHA256, sums[c.ArchivePath]))
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

// archiveSums hashes the clips in the archive, by their path under data_dir.
func (m *Machine) archiveSums(ctx context.Context) (map[string]string, error) {
	out, err := m.Run(ctx, `cd /var/lib/custodock && find archive -type f ! -name SHA256SUMS ! -name '*.json' ! -path 'archive/ledger/*' -exec sha256sum {} +`)
	if err != nil {
		return nil, fmt.Errorf("hash the archive: %w", err)
	}
	sums := make(map[string]string)
	for line := range strings.Lines(out) {
		sum, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		sums[name] = sum
	}
	return sums, nil
}

// Verify runs the program's own check of the archive.
func (m *Machine) Verify(ctx context.Context) error {
	_, err := m.Run(ctx, "custodock verify --data-dir /var/lib/custodock")
	return err
}
