package account

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// User is an account, without its password. It is never changed: what is
// changed is another User, so that two are the same account as it was when
// they are the same pointer.
type User struct {
	Name       string    `json:"name" doc:"What is typed to sign in, in lower case."`
	Role       Role      `json:"role" enum:"officer,equipment,supervisor,auditor"`
	Badge      string    `json:"badge,omitempty" doc:"An officer's own clips are those of this badge."`
	Disabled   bool      `json:"disabled,omitempty" doc:"It stays, and nobody signs in with it."`
	CreatedAt  time.Time `json:"created_at"`
	PasswordAt time.Time `json:"password_at" doc:"When the password was set."`

	gone chan struct{} // closed when the account is changed or removed
}

// May reports whether it is the user's duty to do at least one of what. Nobody
// is nil and may do what anyone may.
func (u *User) May(what Duty) bool {
	if u == nil {
		return Anyone&what != 0
	}
	return u.Role.Duties()&what != 0
}

var (
	// ErrInvalid is returned when a name, badge, role or password cannot be
	// one. Its text says why.
	ErrInvalid = errors.New("not valid")

	// ErrExists is returned when a name is taken.
	ErrExists = errors.New("there is such an account already")

	// ErrUnknown is returned when there is no account of a name.
	ErrUnknown = errors.New("there is no such account")
)

const maxName = 64 // characters

// cleanName is a name as it is kept: people do not know what they capitalised.
func cleanName(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// checkName wants a word: HTTP Basic ends a name at a colon, and it stands in
// logs, histories and addresses.
func checkName(name string) error {
	odd := func(r rune) bool { return !unicode.In(r, unicode.L, unicode.Nd) && !strings.ContainsRune("._-@", r) }
	first, _ := utf8.DecodeRuneInString(name)
	switch {
	case name == "":
		return fmt.Errorf("name: %w: must not be empty", ErrInvalid)
	case !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxName || strings.ContainsFunc(name, odd) || odd(first) || !unicode.In(first, unicode.L, unicode.Nd):
		return fmt.Errorf("name: %w: must be 1 to %d letters, digits, dots, dashes, underscores or @, and begin with a letter or digit", ErrInvalid, maxName)
	}
	return nil
}

// checkRole also wants an officer's badge: without it no clip would be theirs.
func checkRole(role Role, badge string) error {
	switch {
	case !slices.Contains(Roles, role):
		return fmt.Errorf("role: %w: must be officer, equipment, supervisor or auditor, not %.40q", ErrInvalid, string(role))
	case role == Officer && badge == "":
		return fmt.Errorf("badge: %w: an officer needs one, because it says which clips are theirs", ErrInvalid)
	case !utf8.ValidString(badge) || utf8.RuneCountInString(badge) > 200 || strings.ContainsFunc(badge, unprintable):
		return fmt.Errorf("badge: %w: must be at most 200 printable characters", ErrInvalid)
	}
	return nil
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

// Bounds of a password in bytes. What is shorter is guessed from a stolen
// file in days however it is hashed; bcrypt takes no byte after the 72nd into
// account, and would let in whoever knows the first 72.
const (
	minPassword = 10
	maxPassword = 72
)

func checkPassword(name, password string) error {
	switch {
	case len(password) < minPassword:
		return fmt.Errorf("password: %w: must be at least %d characters: shorter ones are found by trying them all", ErrInvalid, minPassword)
	case len(password) > maxPassword:
		return fmt.Errorf("password: %w: must be at most %d bytes (a Chinese character takes 3): what follows would not count", ErrInvalid, maxPassword)
	case strings.Contains(strings.ToLower(password), name):
		return fmt.Errorf("password: %w: must not contain the account's name: that is what is tried first", ErrInvalid)
	case strings.Trim(password, password[:1]) == "":
		return fmt.Errorf("password: %w: must be more than one character over and over", ErrInvalid)
	case strings.ContainsFunc(password, unicode.IsControl) || !utf8.ValidString(password):
		return fmt.Errorf("password: %w: must be characters that can be typed", ErrInvalid)
	}
	return nil
}
