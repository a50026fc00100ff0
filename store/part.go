package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// chunkSize is how much is read, hashed and written at a time. Buffers
	// that stay in the second-level cache are worth more than fewer calls:
	// docs/performance.md.
	chunkSize = 256 << 10

	// directFrom is the size from which the page cache is passed by when
	// writing: below it one buffered write and the fsync cost less.
	directFrom = 4 * chunkSize
)

// part is a clip in incoming/ on its way to the archive.
type part struct {
	s      *Store
	clip   *Clip
	token  string
	file   *os.File // read and buffered write
	direct *os.File // O_DIRECT write, nil where the file system has none or the clip is small
	hash   hash.Hash
	done   int64 // bytes that are hashed and on their way to the disk
	held   int64 // bytes of an earlier copy behind done, to be compared, not believed
}

// resume is what an interrupted copy leaves about itself: enough to prove
// that its first bytes are the clip's.
type resume struct {
	Token   string    `json:"token"`
	Size    int64     `json:"size"`
	ModTime time.Time `json:"mtime"`
	Length  int64     `json:"length"`
	SHA256  string    `json:"sha256"` // of the first Length bytes
}

func (s *Store) partPath(id string) string   { return filepath.Join(s.incomingPath(), id+".part") }
func (s *Store) resumePath(id string) string { return filepath.Join(s.incomingPath(), id+".resume") }
func (s *Store) recordPath(id string) string { return filepath.Join(s.incomingPath(), id+".json") }

// openPart opens the clip's file in incoming/ and sets its room aside.
func (s *Store) openPart(clip *Clip, token string) (*part, error) {
	path := s.partPath(clip.ID)
	// A copy that was complete and failed later is write-protected.
	if err := os.Chmod(path, 0o640); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", ErrIncoming, err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o640)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIncoming, noSpace(err))
	}
	p := &part{s: s, clip: clip, token: token, file: f, hash: sha256.New()}
	err = p.prepare()
	switch {
	case err == nil:
		return p, nil
	case errors.Is(err, ErrNoSpace) && p.held > 0:
		err = errors.Join(err, p.keep())
		p.close()
		return nil, err
	}
	return nil, errors.Join(err, p.remove())
}

func (p *part) prepare() error {
	if err := inheritOwner(p.file.Name()); err != nil {
		return fmt.Errorf("%w: %w", ErrIncoming, err)
	}
	if err := p.prove(); err != nil {
		return err
	}
	if err := p.s.space.reserve(p.s, p.file, p.clip.Size); err != nil {
		return err
	}
	if p.clip.Size < directFrom {
		return nil
	}
	direct, err := os.OpenFile(p.file.Name(), os.O_WRONLY|unix.O_DIRECT|unix.O_NOFOLLOW, 0)
	if err != nil && !errors.Is(err, unix.EINVAL) {
		return fmt.Errorf("%w: %w", ErrIncoming, err)
	}
	if err == nil {
		p.direct = direct
	}
	return nil
}

// prove looks at what an earlier copy left. Either the token and the hash
// prove the first bytes, and the camera need not be asked for them again; or
// they are compared with what the camera gives now, and written anew from the
// first byte that differs.
func (p *part) prove() error {
	st, err := p.file.Stat()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrIncoming, err)
	}
	p.held = min(st.Size(), p.clip.Size) / chunkSize * chunkSize
	state, ok := p.resumeState()
	if err := os.Remove(p.s.resumePath(p.clip.ID)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", ErrIncoming, err)
	}
	if !ok || state.Length > p.held {
		return nil
	}
	n, err := io.Copy(p.hash, io.NewSectionReader(p.file, 0, state.Length))
	if err == nil && n == state.Length && p.hexSum() == state.SHA256 {
		p.done = n
		return nil
	}
	p.hash.Reset()
	p.held = 0
	return nil
}

func (p *part) resumeState() (state resume, ok bool) {
	data, err := os.ReadFile(p.s.resumePath(p.clip.ID))
	if err != nil || json.Unmarshal(data, &state) != nil {
		return state, false
	}
	return state, p.token != "" && state.Token == p.token && state.Size == p.clip.Size &&
		state.ModTime.Equal(p.clip.ModTime) && state.Length > 0 && state.Length%chunkSize == 0
}

// fill copies what is missing from the camera.
func (p *part) fill(ctx context.Context, req Copy) error {
	from := p.done
	src := p.s.readAhead(ctx, func(ctx context.Context) (io.ReadCloser, error) { return req.Open(ctx, from) })
	err := p.take(ctx, src, req.Progress)
	src.stop(ctx)
	if err == nil && p.done != p.clip.Size {
		err = fmt.Errorf("%w: %d instead of %d", ErrSize, p.done, p.clip.Size)
	}
	return err
}

func (p *part) take(ctx context.Context, src *ahead, progress func(int64)) error {
	for {
		data, err := src.next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return sourceError(ctx, err)
		}
		err = p.write(data)
		p.s.freeBuffer(data)
		if err != nil {
			return err
		}
		if progress != nil {
			progress(p.done)
		}
	}
}

// sourceError tells the camera's errors from the caller's wish to stop.
func sourceError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errors.Join(ctx.Err(), err)
	}
	return fmt.Errorf("%w: %w", ErrSource, err)
}

// write takes the next bytes. All but the last of them come in whole chunks.
func (p *part) write(data []byte) error {
	if p.done+int64(len(data)) > p.clip.Size {
		return fmt.Errorf("%w: more than %d", ErrSize, p.clip.Size)
	}
	p.hash.Write(data)
	if !p.alreadyThere(data) {
		if err := p.writeAt(data); err != nil {
			return fmt.Errorf("%w: %w", ErrIncoming, noSpace(err))
		}
	}
	p.done += int64(len(data))
	return nil
}

// alreadyThere reports whether an earlier copy left these very bytes here.
func (p *part) alreadyThere(data []byte) bool {
	if p.done+int64(len(data)) > p.held {
		return false
	}
	there := p.s.buffer()
	defer p.s.freeBuffer(there)
	n, err := p.file.ReadAt(there[:len(data)], p.done)
	if (err == nil || errors.Is(err, io.EOF)) && n == len(data) && bytes.Equal(there[:n], data) {
		return true
	}
	p.held = 0 // from here on everything is written
	return false
}

func (p *part) writeAt(data []byte) error {
	if p.direct == nil {
		_, err := p.file.WriteAt(data, p.done)
		return err
	}
	// Direct writes are whole blocks: the tail is padded here and cut off
	// again before the fsync.
	n := (len(data) + blockSize - 1) / blockSize * blockSize
	clear(data[len(data):n])
	_, err := p.direct.WriteAt(data[:n], p.done)
	if !errors.Is(err, unix.EINVAL) {
		return err
	}
	// Some file systems open a file for direct I/O and then take none.
	if err := p.direct.Close(); err != nil {
		return err
	}
	p.direct = nil
	_, err = p.file.WriteAt(data, p.done)
	return err
}

// sync makes the bytes durable.
func (p *part) sync() error {
	if p.direct != nil {
		if err := p.direct.Close(); err != nil {
			return fmt.Errorf("%w: %w", ErrIncoming, err)
		}
		p.direct = nil
	}
	err := p.file.Truncate(p.clip.Size)
	if err == nil && !p.clip.ModTime.IsZero() {
		mtime := p.clip.ModTime
		if err := os.Chtimes(p.file.Name(), mtime, mtime); err != nil {
			p.s.log.Debug("keep the time of a clip", "clip", p.clip.ID, "error", err)
		}
	}
	if err == nil {
		err = p.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrIncoming, noSpace(err))
	}
	return nil
}

func (p *part) hexSum() string { return hex.EncodeToString(p.hash.Sum(nil)) }

// interrupted keeps what may be gone on from, or throws the copy away, and
// returns err.
func (p *part) interrupted(err error) error {
	if p.done < chunkSize || errors.Is(err, ErrIncoming) || errors.Is(err, ErrReadback) || errors.Is(err, ErrSize) {
		return errors.Join(err, p.remove())
	}
	return errors.Join(err, p.keep())
}

// keep leaves a proof of the bytes that are there, where one is possible.
func (p *part) keep() error {
	if p.token == "" || p.done == 0 || p.done%chunkSize != 0 {
		return nil
	}
	data, err := json.Marshal(resume{p.token, p.clip.Size, p.clip.ModTime, p.done, p.hexSum()})
	if err != nil {
		return err
	}
	// Not synced: after a power cut the hash shows what it is worth.
	return os.WriteFile(p.s.resumePath(p.clip.ID), data, 0o640)
}

func (p *part) remove() error {
	p.close()
	err := os.Remove(p.s.partPath(p.clip.ID))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// dropCopy makes room that a clip which is gone from its camera will not need.
func (s *Store) dropCopy(id string) {
	for _, path := range []string{s.partPath(id), s.resumePath(id)} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.log.Error("a leftover in incoming/ cannot be removed", "path", path, "error", err)
		}
	}
}

// close is safe to call again.
func (p *part) close() {
	if p.direct != nil {
		p.direct.Close()
		p.direct = nil
	}
	p.file.Close()
}

// noSpace makes a full disk ErrNoSpace.
func noSpace(err error) error {
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		return fmt.Errorf("%w: %w", ErrNoSpace, err)
	}
	return err
}
