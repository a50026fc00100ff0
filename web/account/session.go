package account

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"sync"
	"time"
)

// How long somebody stays signed in.
const (
	longest = 12 * time.Hour // a shift
	idle    = time.Hour      // without a request
)

// ErrSession is returned when somebody's account was changed while they signed in.
var ErrSession = errors.New("the account was changed just now; sign in again")

// Visit is somebody who is signed in.
type Visit struct {
	User  *User
	Ended <-chan struct{} // closed when they no longer are
}

// sessions are kept by the hash of their token: a dump of memory is no key.
type sessions struct {
	mu   sync.Mutex
	open map[[sha256.Size]byte]*session
}

type session struct {
	user  *User
	until time.Time // whatever is done
	idle  time.Time // unless something is done
	timer *time.Timer
	ended chan struct{}
}

func newSessions() sessions { return sessions{open: make(map[[sha256.Size]byte]*session)} }

// Start makes a session for who has signed in, and returns its token.
func (a *Accounts) Start(u *User) (token string, err error) {
	var random [32]byte
	_, _ = rand.Read(random[:]) // it never fails
	token = base64.RawURLEncoding.EncodeToString(random[:])
	a.sessions.start(sha256.Sum256([]byte(token)), u)
	if !a.current(u) { // and what changed it may have looked before there was a session
		a.End(token)
		return "", ErrSession
	}
	return token, nil
}

// Visit returns whose token it is, nil when it is nobody's any more.
func (a *Accounts) Visit(token string) *Visit {
	return a.sessions.visit(sha256.Sum256([]byte(token)))
}

// End signs out.
func (a *Accounts) End(token string) { a.sessions.end(sha256.Sum256([]byte(token))) }

func (s *sessions) start(key [sha256.Size]byte, u *User) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	this := &session{user: u, until: now.Add(longest), idle: now.Add(idle), ended: make(chan struct{})}
	this.timer = time.AfterFunc(idle, func() { s.expire(key, this) })
	s.open[key] = this
}

func (s *sessions) visit(key [sha256.Size]byte) *Visit {
	s.mu.Lock()
	defer s.mu.Unlock()
	this, now := s.open[key], time.Now()
	if this == nil || this.over(now) {
		return nil
	}
	this.idle = now.Add(idle)
	this.timer.Reset(min(idle, this.until.Sub(now)))
	return &Visit{this.user, this.ended}
}

func (s *session) over(now time.Time) bool { return !now.Before(s.until) || !now.Before(s.idle) }

// expire is called by the timer, which may have been set anew just before.
func (s *sessions) expire(key [sha256.Size]byte, this *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[key] == this && this.over(time.Now()) {
		s.drop(key)
	}
}

func (s *sessions) end(key [sha256.Size]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(key)
}

func (s *sessions) endOf(u *User) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, this := range s.open {
		if this.user == u {
			s.drop(key)
		}
	}
}

// drop is called with mu held.
func (s *sessions) drop(key [sha256.Size]byte) {
	if this := s.open[key]; this != nil {
		this.timer.Stop()
		close(this.ended)
		delete(s.open, key)
	}
}
