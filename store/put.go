package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Copy is a clip to be stored and where its bytes come from.
type Copy struct {
	ID string // of a clip in the catalog

	// Open reads the clip on its camera from offset on. Its reader returns
	// io.EOF only at the true end, and its Close an error when the file
	// changed meanwhile. Put always closes it, and reads it from one
	// goroutine; when that hangs, Put returns with ctx and leaves it behind.
	Open func(ctx context.Context, offset int64) (io.ReadCloser, error)

	// Token, if not empty, is the same in two copies only when no byte of
	// the file changed in between.
	Token string

	// Describe fills in what the bytes say: times, media. Nil: nothing.
	Describe func(c *Clip, r io.ReaderAt)

	// Progress is called with the bytes that are copied so far. Nil: nobody.
	Progress func(done int64)
}

// Put makes one clip's bytes durable and only then calls it stored. In this
// order, and each step needs the one before it:
//
//  1. room for it is set aside in incoming/, above the archive's reserve;
//  2. it is read once, hashed and written; length and identity are checked;
//  3. fsync: an error here is final for the file, the kernel may have dropped
//     the pages;
//  4. it is read back from the disk, past the page cache, and compared;
//  5. its record is written beside it;
//  6. the record is fsynced, and the ledger promises the publication;
//  7. clip and record get their final names, which never replace anything;
//     SHA256SUMS and the folder are fsynced;
//  8. one catalog transaction.
//
// Steps 6 to 8 are shared by all clips that are ready at the same time. An
// interrupted copy stays in incoming/ and is gone on from when its bytes are
// proven to be the clip's.
func (s *Store) Put(ctx context.Context, req Copy) (*Clip, error) {
	clip, err := s.beginPut(req.ID)
	if err != nil {
		return clip, fmt.Errorf("store clip %s: %w", req.ID, err)
	}
	defer s.endPut(req.ID)
	stored, err := s.put(ctx, req, clip)
	if err != nil {
		return clip, fmt.Errorf("store %s of camera %s: %w", clip.Path, clip.Camera, err)
	}
	return stored, nil
}

func (s *Store) put(ctx context.Context, req Copy, clip *Clip) (*Clip, error) {
	p, err := s.openPart(clip, req.Token)
	if err != nil {
		return nil, err
	}
	defer p.close()
	if err := p.fill(ctx, req); err != nil {
		return nil, p.interrupted(err)
	}
	if err := p.sync(); err != nil {
		return nil, errors.Join(err, p.remove())
	}
	if s.opt.Readback {
		if err := p.readback(ctx); err != nil {
			return nil, p.interrupted(err)
		}
	}
	clip, err = s.settle(req, p)
	if err != nil {
		return nil, err
	}
	if err := s.publish(clip, p); err != nil {
		return nil, err
	}
	s.unhold(clip.ID)
	return clip, nil
}

// beginPut claims the clip for one Put at a time.
func (s *Store) beginPut(id string) (*Clip, error) {
	if err := s.rlock(); err != nil {
		return nil, err
	}
	defer s.changing.RUnlock()
	s.mu.Lock()
	busy := s.copying[id]
	s.copying[id] = true
	s.mu.Unlock()
	clip, err := s.clip(id) // only now: an earlier Put has committed by the time it lets go
	switch {
	case busy:
		return clip, errors.Join(err, ErrCopying)
	case err == nil && clip.State == Stored:
		err = ErrStored
	}
	if err != nil {
		s.endPut(id)
	}
	return clip, err
}

func (s *Store) endPut(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.copying, id)
	delete(s.publishing, id)
}

// settle takes the row as it is now, decides when the clip was stored, and
// keeps the deadline clock from touching the row until it is published.
func (s *Store) settle(req Copy, p *part) (*Clip, error) {
	clip, err := s.claim(req.ID)
	if err != nil {
		return nil, err
	}
	clip.SHA256 = p.hexSum()
	if req.Describe != nil {
		req.Describe(clip, p.file)
	}
	clip.tidy()
	clip.DueAt = s.opt.Rule.Due(clip)
	now := stamp(time.Now())
	// What the bytes say of its time may put it into another extension.
	err = s.db.View(func(tx *bolt.Tx) error {
		_, err := extend(tx, clip, now, "")
		return errors.Join(err, holdClip(tx, clip, now))
	})
	if err != nil {
		return nil, err
	}
	s.markStored(clip, now)
	return clip, nil
}

func (s *Store) claim(id string) (*Clip, error) {
	if err := s.rlock(); err != nil {
		return nil, err
	}
	defer s.changing.RUnlock()
	s.mu.Lock()
	s.publishing[id] = true
	s.mu.Unlock()
	return s.clip(id)
}

func (s *Store) markStored(clip *Clip, now time.Time) {
	clip.State, clip.StoredAt = Stored, now
	clip.Error, clip.Attempts = "", 0
	clip.note(now, "stored", "SHA-256 "+clip.SHA256)
	clip.settle(s.opt.Rule, now)
}
