package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// ErrSignIn is returned when name and password are not those of an account
// that may sign in. It does not say which of the two is wrong.
var ErrSignIn = errors.New("the name or the password is wrong, or the account is disabled")

// TooManyError is returned when there were too many attempts.
type TooManyError struct{ Wait time.Duration } // until the next makes sense

func (e *TooManyError) Error() string {
	return fmt.Sprintf("there were too many attempts to sign in; wait %d seconds", e.Seconds())
}

// Seconds is Wait for Retry-After.
func (e *TooManyError) Seconds() int { return int((e.Wait + time.Second - 1) / time.Second) }

// SignIn returns whose name and password these are. address is where they come
// from. Names that are not known take as long as others.
func (a *Accounts) SignIn(ctx context.Context, name, password, address string) (*User, error) {
	name = cleanName(name)
	if wait := a.limits.take(name, address); wait > 0 {
		return nil, &TooManyError{wait}
	}
	select {
	case a.hashing <- struct{}{}:
		defer func() { <-a.hashing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	e := a.all()[name]
	if e == nil || len(password) > maxPassword {
		e = &entry{hash: a.decoy}
	}
	if bcrypt.CompareHashAndPassword(e.hash, []byte(password)) != nil || e.user == nil || !a.current(e.user) {
		return nil, ErrSignIn
	}
	a.limits.welcome(name, address)
	return e.user, nil
}

// decoy is a hash for names that are not known. It has the form and the cost
// of a true one; that some password has it is as likely as that one guesses it.
func decoy(cost int) []byte {
	return fmt.Appendf(nil, "$2a$%02d$%s", cost, strings.Repeat("N9qo8uLOickgx2ZMRZoMye", 3)[:53])
}
