package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

func newBackupCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "write a consistent copy of the catalog, also while the daemon runs",
		Long: `Write a consistent copy of the catalog, also while the daemon runs. A FILE that
exists is never replaced; "-" is standard output. The archive itself is plain
files, for any tool to copy.

  custodock backup "/mnt/backup/catalog-$(date +%F).db"`,
		Args: oneArg("FILE"),
	}
	from := a.addReach(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if args[0] == "-" && a.screenOf(a.stdout).terminal {
			return usagef("a catalog is no text for a terminal: name a file, or send it to a program")
		}
		return from.use(cmd.Context(), func(l *link) error {
			if args[0] == "-" {
				_, err := l.backup(cmd.Context(), a.stdout)
				return err
			}
			n, err := backupFile(args[0], func(w io.Writer) (int64, error) { return l.backup(cmd.Context(), w) })
			if err == nil {
				_, err = fmt.Fprintf(a.stdout, "%s: %s\n", printable(args[0]), bytesText(n))
			}
			return err
		})
	}
	return cmd
}

// backup copies the catalog to w. A daemon that fails half-way breaks the
// connection, so that a part is never taken for the whole.
func (l *link) backup(ctx context.Context, w io.Writer) (int64, error) {
	body, err := l.stream(ctx, http.MethodGet, "/control/v1/backup", nil)
	if err != nil {
		return 0, err
	}
	defer body.Close()
	n, err := io.Copy(w, body)
	if err != nil {
		return n, fmt.Errorf("copy the catalog: %w", err)
	}
	return n, nil
}

// backupFile makes the file whole and durable under a name of its own first:
// what has the final name is a backup.
func backupFile(path string, fill func(io.Writer) (int64, error)) (n int64, err error) {
	if _, err := os.Lstat(path); err == nil {
		return 0, taken(path)
	}
	partial := path + ".partial"
	f, err := os.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if errors.Is(err, fs.ErrExist) {
		return 0, withHint(fmt.Errorf("%s is there already", partial), "another backup writes it, or one was cut off: remove it if none runs")
	}
	if err != nil {
		return 0, err
	}
	n, err = fill(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = renameNew(partial, path)
	}
	if err != nil {
		return n, errors.Join(err, os.Remove(partial))
	}
	return n, syncFolder(filepath.Dir(path))
}

// renameNew renames, and replaces nothing.
func renameNew(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) { // NFS and others lack the flag; a link never replaces either
		if err = unix.Link(from, to); err == nil {
			err = unix.Unlink(from)
		}
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return taken(to)
	case err != nil:
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

// taken is the refusal to replace a file.
func taken(path string) error {
	return withHint(fmt.Errorf("%s: %w", path, fs.ErrExist), "a backup never replaces a file: choose another name")
}

// syncFolder makes a new name in dir durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
