package account

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/crypto/bcrypt"
)

// ErrFile is returned when accounts.json is there and cannot be believed. It
// never passes for a station without accounts, which shows more.
var ErrFile = errors.New("the file of accounts cannot be used")

const (
	fileName    = "accounts.json"
	fileVersion = 1
)

// document is the file.
type document struct {
	Version int      `json:"version"`
	Users   []record `json:"users"`
}

type record struct {
	User
	Password string `json:"password"` // bcrypt's hash
}

// load reads the accounts at path; no file is no account.
func load(path string) (map[string]*entry, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var doc document
	if err == nil {
		doc, err = parse(data)
	}
	users := make(map[string]*entry, len(doc.Users))
	for i := range doc.Users {
		r := &doc.Users[i]
		if err == nil {
			err = r.check(users)
		}
		r.gone = make(chan struct{})
		users[r.Name] = &entry{&r.User, []byte(r.Password)}
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrFile, path, err)
	}
	return users, nil
}

// parse refuses what this version does not know: to drop it at the next
// change would be to lose it.
func parse(data []byte) (doc document, err error) {
	in := json.NewDecoder(bytes.NewReader(data))
	in.DisallowUnknownFields()
	if err := in.Decode(&doc); err != nil {
		return doc, err
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return doc, errors.New("something follows the end")
	}
	if doc.Version != fileVersion {
		return doc, fmt.Errorf("version %d, and this custodock knows %d", doc.Version, fileVersion)
	}
	return doc, nil
}

func (r *record) check(others map[string]*entry) error {
	err := errors.Join(checkName(r.Name), checkRole(r.Role, r.Badge))
	if _, bad := bcrypt.Cost([]byte(r.Password)); bad != nil {
		err = errors.Join(err, fmt.Errorf("password: %w", bad))
	}
	if _, twice := others[r.Name]; twice {
		err = errors.Join(err, ErrExists)
	}
	if r.Name != cleanName(r.Name) {
		err = errors.Join(err, errors.New("the name is not in lower case"))
	}
	if err != nil {
		return fmt.Errorf("user %.40q: %w", r.Name, err)
	}
	return nil
}

// save replaces the file: after a power cut there is the old one or this.
func save(path string, users map[string]*entry) error {
	doc := document{Version: fileVersion, Users: []record{}}
	for _, e := range users {
		doc.Users = append(doc.Users, record{*e.user, string(e.hash)})
	}
	slices.SortFunc(doc.Users, func(a, b record) int { return strings.Compare(a.Name, b.Name) })
	data, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return err
	}
	next := path + ".new"
	if err := os.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) { // a power cut left it
		return err
	}
	if err := write(next, append(data, '\n')); err != nil {
		return errors.Join(err, os.RemoveAll(next))
	}
	if err := os.Rename(next, path); err != nil {
		return errors.Join(err, os.RemoveAll(next))
	}
	return syncFolder(filepath.Dir(path))
}

// write makes a file that its owner alone may read, and makes it durable.
func write(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, inheritOwner(f), f.Sync(), f.Close())
}

// inheritOwner gives a file the owner of its folder: what root adds while the
// daemon is stopped must be read by the daemon's user.
func inheritOwner(f *os.File) error {
	dir, err := os.Stat(filepath.Dir(f.Name()))
	if err != nil || os.Geteuid() != 0 {
		return err
	}
	st, ok := dir.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return f.Chown(int(st.Uid), int(st.Gid))
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
