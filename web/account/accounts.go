package account

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// Options say where accounts are kept.
type Options struct {
	Dir    string       // data_dir; empty: in memory alone
	Cost   int          // of bcrypt, 2^Cost rounds; 0: 12, a quarter of a second on a small machine
	Logger *slog.Logger // nil: none
}

const defaultCost = 12

// hashers is how many passwords are hashed at a time: cameras are copied
// meanwhile.
const hashers = 2

// Accounts are the users of a station and who of them is signed in.
type Accounts struct {
	path  string // empty: in memory alone
	cost  int
	decoy []byte // a hash that no password has
	log   *slog.Logger

	changing sync.Mutex // held by who changes users, until it is on the disk

	mu    sync.RWMutex
	users map[string]*entry // by name; the map is replaced, never changed

	sessions sessions
	proofs   proofs
	limits   limits
	hashing  chan struct{} // has room while another password may be hashed
}

// entry is a user and bcrypt's hash of the password.
type entry struct {
	user *User
	hash []byte
}

// Open reads the accounts of a station. A file that is damaged is an error.
func Open(opt Options) (*Accounts, error) {
	a := &Accounts{
		cost: cmp.Or(opt.Cost, defaultCost), log: cmp.Or(opt.Logger, slog.New(slog.DiscardHandler)),
		sessions: newSessions(), proofs: newProofs(), limits: newLimits(), hashing: make(chan struct{}, hashers),
	}
	a.decoy = decoy(a.cost)
	if opt.Dir == "" {
		return a, nil
	}
	a.path = filepath.Join(opt.Dir, fileName)
	var err error
	if a.users, err = load(a.path); err != nil {
		return nil, fmt.Errorf("open accounts: %w", err)
	}
	return a, a.tighten()
}

// tighten takes the file from everybody else, as an editor or a copy may have
// left it.
func (a *Accounts) tighten() error {
	st, err := os.Stat(a.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("open accounts: %w", err)
	case st.Mode().Perm()&0o077 == 0:
		return nil
	}
	a.log.Warn("others could read the file of accounts; it is taken from them", "path", a.path, "mode", st.Mode().Perm().String())
	if err := os.Chmod(a.path, 0o600); err != nil {
		return fmt.Errorf("open accounts: %w", err)
	}
	return nil
}

// Any reports whether there is an account, be it disabled.
func (a *Accounts) Any() bool { return len(a.all()) > 0 }

// Has reports whether there is an account of that name.
func (a *Accounts) Has(name string) bool { return a.all()[cleanName(name)] != nil }

// List returns the users by name.
func (a *Accounts) List() []*User {
	list := []*User{}
	for _, e := range a.all() {
		list = append(list, e.user)
	}
	slices.SortFunc(list, func(a, b *User) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

func (a *Accounts) all() map[string]*entry {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.users
}

// current reports whether u is an account as it is now, and may sign in.
func (a *Accounts) current(u *User) bool {
	e := a.all()[u.Name]
	return e != nil && e.user == u && !u.Disabled
}

// Add makes an account.
func (a *Accounts) Add(name string, role Role, badge, password string) (*User, error) {
	name = cleanName(name)
	if err := cmp.Or(checkName(name), checkRole(role, badge), checkPassword(name, password)); err != nil {
		return nil, err
	}
	hash, err := a.hash(password)
	if err != nil {
		return nil, err
	}
	return a.change(name, func(old *entry) (*entry, error) {
		if old != nil {
			return nil, ErrExists
		}
		now := time.Now().UTC().Truncate(time.Second)
		return &entry{&User{Name: name, Role: role, Badge: badge, CreatedAt: now, PasswordAt: now}, hash}, nil
	})
}

// SetPassword ends the user's sessions, as every change does.
func (a *Accounts) SetPassword(name, password string) (*User, error) {
	name = cleanName(name)
	if err := checkPassword(name, password); err != nil {
		return nil, err
	}
	hash, err := a.hash(password)
	if err != nil {
		return nil, err
	}
	return a.alter(name, func(e *entry) error {
		e.user.PasswordAt, e.hash = time.Now().UTC().Truncate(time.Second), hash
		return nil
	})
}

// SetRole gives a user another role, and another badge unless that is empty.
func (a *Accounts) SetRole(name string, role Role, badge string) (*User, error) {
	return a.alter(name, func(e *entry) error {
		e.user.Role, e.user.Badge = role, cmp.Or(badge, e.user.Badge)
		return checkRole(role, e.user.Badge)
	})
}

// Disable keeps a user from signing in; Enable lets them again.
func (a *Accounts) Disable(name string) (*User, error) { return a.setDisabled(name, true) }

// Enable takes back what Disable did.
func (a *Accounts) Enable(name string) (*User, error) { return a.setDisabled(name, false) }

func (a *Accounts) setDisabled(name string, disabled bool) (*User, error) {
	return a.alter(name, func(e *entry) error { e.user.Disabled = disabled; return nil })
}

// Remove takes an account away. With the last one the station is as it was
// before there was any.
func (a *Accounts) Remove(name string) (*User, error) {
	return a.change(cleanName(name), func(old *entry) (*entry, error) {
		if old == nil {
			return nil, ErrUnknown
		}
		return nil, nil
	})
}

// alter changes a copy of an account that there is.
func (a *Accounts) alter(name string, do func(*entry) error) (*User, error) {
	return a.change(cleanName(name), func(old *entry) (*entry, error) {
		if old == nil {
			return nil, ErrUnknown
		}
		user := *old.user
		next := &entry{&user, old.hash}
		return next, do(next)
	})
}

// change puts what do makes of an account in its place, nil to take it away,
// once that is on the disk; and ends what the old one was signed in to. It
// returns the account as it is now, or as it was before it was taken away.
func (a *Accounts) change(name string, do func(old *entry) (*entry, error)) (*User, error) {
	a.changing.Lock()
	defer a.changing.Unlock()
	old := a.users[name]
	e, err := do(old)
	if err != nil {
		return nil, err
	}
	users := maps.Clone(a.users)
	if users == nil {
		users = make(map[string]*entry)
	}
	if delete(users, name); e != nil {
		e.user.gone = make(chan struct{})
		users[name] = e
	}
	if a.path != "" {
		if err := save(a.path, users); err != nil {
			return nil, fmt.Errorf("save accounts: %w", err)
		}
	}
	a.mu.Lock()
	a.users = users
	a.mu.Unlock()
	if old != nil {
		close(old.user.gone)
		a.sessions.endOf(old.user)
	}
	if e == nil {
		return old.user, nil
	}
	return e.user, nil
}

func (a *Accounts) hash(password string) ([]byte, error) {
	hash, err := bcrypt.GenerateFromPassword([]byte(password), a.cost)
	if errors.Is(err, bcrypt.ErrPasswordTooLong) {
		err = ErrInvalid
	}
	return hash, err
}
