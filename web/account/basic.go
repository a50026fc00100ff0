package account

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"
)

const (
	// proven is how long a password that was right is taken for right without
	// being hashed again: Prometheus sends it every 15 seconds.
	proven = 15 * time.Minute

	maxProofs = 256
)

// proofs are names and passwords that were right, by a keyed hash: one that
// gets out is of no use without the key.
type proofs struct {
	key  [32]byte
	mu   sync.Mutex
	seen map[[sha256.Size]byte]proof
}

type proof struct {
	user  *User
	until time.Time
}

func newProofs() proofs {
	var key [32]byte
	_, _ = rand.Read(key[:]) // it never fails
	return proofs{key: key, seen: make(map[[sha256.Size]byte]proof)}
}

// Basic is SignIn for clients that send their password with every request.
func (a *Accounts) Basic(ctx context.Context, name, password, address string) (*Visit, error) {
	key := a.proofs.sum(name, password)
	user := a.proofs.find(key)
	if user == nil || !a.current(user) {
		var err error
		if user, err = a.SignIn(ctx, name, password, address); err != nil {
			return nil, err
		}
		a.proofs.add(key, user)
	}
	return &Visit{user, user.gone}, nil
}

// sum tells apart where a name ends: one has no zero byte (checkName).
func (p *proofs) sum(name, password string) (key [sha256.Size]byte) {
	h := hmac.New(sha256.New, p.key[:])
	h.Write([]byte(cleanName(name) + "\x00" + password))
	h.Sum(key[:0])
	return key
}

func (p *proofs) find(key [sha256.Size]byte) *User {
	p.mu.Lock()
	defer p.mu.Unlock()
	found, ok := p.seen[key]
	if !ok || !time.Now().Before(found.until) {
		return nil
	}
	return found.user
}

func (p *proofs) add(key [sha256.Size]byte, u *User) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.seen) >= maxProofs {
		clear(p.seen) // they are found again at the price of a hash each
	}
	p.seen[key] = proof{u, time.Now().Add(proven)}
}
