package store

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestBackup(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	lived(t, s, "DCIM")
	want := rows(t, s)
	var buf bytes.Buffer
	n := must[int64](t)(s.Backup(&buf))
	path := filepath.Join(t.TempDir(), "backup.db")
	if m := must[int64](t)(s.BackupFile(path)); m != n || int64(buf.Len()) != n {
		t.Errorf("backups of %d and %d bytes, %d of them written", n, m, buf.Len())
	}
	_, err := s.BackupFile(path)
	checkError(t, err, fs.ErrExist)
	if list := must[[]os.DirEntry](t)(os.ReadDir(filepath.Dir(path))); len(list) != 1 {
		t.Errorf("beside the backup lie %v", list)
	}

	// Life goes on; then the disk of the catalog is lost.
	lived(t, s, "later")
	later := rows(t, s)
	s.Close()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "archive"), os.DirFS(s.archivePath())); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		open func(Options) (*Store, error)
		want string
	}{{"as it was", OpenReadOnly, want}, {"caught up", Open, later}} {
		if err := os.WriteFile(filepath.Join(dir, "catalog.db"), buf.Bytes(), 0o640); err != nil {
			t.Fatal(err)
		}
		b := must[*Store](t)(tt.open(options(dir)))
		checkRows(t, b, tt.want)
		checkIndexes(t, b)
		if tt.name == "caught up" {
			checkWhole(t, b)
		}
		b.Close()
	}
}

func TestBackupFails(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	_, err := s.BackupFile(filepath.Join(t.TempDir(), "nowhere", "backup.db"))
	checkError(t, err, fs.ErrNotExist)
	full := errors.New("the terminal is gone")
	_, err = s.Backup(writerFunc(func([]byte) (int, error) { return 0, full }))
	checkError(t, err, full)
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
