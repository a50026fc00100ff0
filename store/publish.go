package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"golang.org/x/sys/unix"
)

// publication is a clip whose bytes are durable in incoming/, read back, and
// whose record is written beside them: what is left is names and rows.
type publication struct {
	clip   *Clip
	path   string   // its name in the archive, full
	record *os.File // written, not synced
	done   bool
	err    error
}

// publishQueue gathers publications. Whoever gets to write takes all that
// wait: many small clips then share one sync of the ledger, of a folder and
// of the catalog.
type publishQueue struct {
	mu      sync.Mutex
	waiting []*publication
}

// maxPublish bounds one group, so that other facts need not wait long.
const maxPublish = 256

func (q *publishQueue) add(p *publication) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, p)
}

func (q *publishQueue) take() []*publication {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(q.waiting), maxPublish)
	group := slices.Clone(q.waiting[:n])
	q.waiting = slices.Delete(q.waiting, 0, n)
	return group
}

// publish names a finished copy and makes it stored.
func (s *Store) publish(clip *Clip, p *part) error {
	pub, err := s.ready(clip, p)
	if err != nil {
		return err
	}
	defer s.names.release(pub.path)
	s.queue.add(pub)
	s.writer.Lock()
	defer s.writer.Unlock()
	for !pub.done {
		s.publishGroup(s.queue.take())
	}
	return pub.err
}

// ready chooses the clip's name and writes its record: all that can fail for
// one clip alone fails here, before anything is promised.
func (s *Store) ready(clip *Clip, p *part) (*publication, error) {
	dir, err := s.archiveFolder(clip)
	if err != nil {
		return nil, errors.Join(err, p.remove())
	}
	path, err := s.names.take(dir, clip.Name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIncoming, err)
	}
	clip.ArchivePath, err = filepath.Rel(s.opt.Dir, path)
	if err == nil {
		err = prepareFolder(dir)
	}
	if err == nil {
		err = p.file.Chmod(0o440) // an original is never written again
	}
	var rec *os.File
	if err == nil {
		rec, err = writeRecord(s.recordPath(clip.ID), clip)
	}
	if err != nil {
		s.names.release(path)
		return nil, fmt.Errorf("%w: %w", ErrIncoming, noSpace(err))
	}
	return &publication{clip: clip, path: path, record: rec}, nil
}

// prepareFolder makes a folder in the archive and looks whether it can be
// written, before anything is promised in it.
func prepareFolder(dir string) error {
	if err := makeFolders(dir); err != nil {
		return err
	}
	for path, mode := range map[string]uint32{dir: unix.W_OK | unix.X_OK, filepath.Join(dir, sumsName): unix.W_OK} {
		err := unix.Access(path, mode)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s cannot be written: %w", path, err)
		}
	}
	return nil
}

// publishGroup publishes all of group. The caller holds s.writer.
func (s *Store) publishGroup(group []*publication) {
	err := s.publishAll(group)
	for _, pub := range group {
		pub.done, pub.err = true, err
		pub.record.Close()
	}
	if err == nil || s.catchUp() != nil {
		return
	}
	// One clip's trouble was an error for all, but what could be finished is
	// stored by now.
	for _, pub := range group {
		row, err := s.clip(pub.clip.ID)
		if err == nil && row.State == Stored && row.ArchivePath == pub.clip.ArchivePath {
			pub.err = nil
		}
	}
}

func (s *Store) publishAll(group []*publication) error {
	if err := s.writable(); err != nil {
		return err
	}
	if err := s.catchUp(); err != nil {
		return err
	}
	events := make([]event, len(group))
	for i, pub := range group {
		events[i] = event{At: pub.clip.StoredAt, What: eventStored, ID: pub.clip.ID,
			ArchivePath: pub.clip.ArchivePath, SHA256: pub.clip.SHA256}
	}
	if err := syncRecords(group); err != nil {
		return err
	}
	pos, err := s.promise(events)
	if err != nil {
		return err
	}
	// From here on a crash, or an error, is made good by catchUp: it finds
	// the promise in the ledger and finishes it or takes it back.
	if err := s.nameAll(group); err != nil {
		s.lagging.Store(true)
		return fmt.Errorf("%w: %w", ErrIncoming, noSpace(err))
	}
	for i, pub := range group {
		events[i].Clip = pub.clip
	}
	return s.applyAll(pos, events)
}

// syncRecords makes the records durable. One after another, and not each when
// it is written: the first sync commits the file system's journal for all, and
// the others find little left to do.
func syncRecords(group []*publication) error {
	for _, pub := range group {
		if err := pub.record.Sync(); err != nil {
			return fmt.Errorf("%w: write record: %w", ErrIncoming, noSpace(err))
		}
	}
	return nil
}

// nameAll gives clips and records their final names and makes those durable.
func (s *Store) nameAll(group []*publication) error {
	folders := make(map[string][]*Clip)
	for _, pub := range group {
		dir := filepath.Dir(pub.path)
		if err := renameNoReplace(s.partPath(pub.clip.ID), pub.path); err != nil {
			return err
		}
		if err := renameNoReplace(s.recordPath(pub.clip.ID), pub.path+recordSuffix); err != nil {
			return err
		}
		folders[dir] = append(folders[dir], pub.clip)
	}
	for _, dir := range slices.Sorted(maps.Keys(folders)) {
		if err := addSums(dir, folders[dir]); err != nil {
			return err
		}
		if err := syncFolder(dir); err != nil {
			return err
		}
	}
	return nil
}

// recordFormat heads every record, so that a clip that happens to be JSON is
// never taken for one.
const recordFormat = "custodock clip 1"

// record is the file beside a clip.
type record struct {
	Format string `json:"record"`
	*Clip
}

// writeRecord writes a clip's record, anew when one is left of an earlier
// copy. It is for the caller to sync and close.
func writeRecord(path string, clip *Clip) (*os.File, error) {
	data, err := json.MarshalIndent(record{recordFormat, clip}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write record: %w", err)
	}
	const flags = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	f, err := os.OpenFile(path, flags, 0o440) // like the clip, it is never written again
	if errors.Is(err, fs.ErrExist) {
		if err = os.Remove(path); err == nil {
			f, err = os.OpenFile(path, flags, 0o440)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("write record: %w", err)
	}
	if _, err = f.Write(append(data, '\n')); err == nil {
		err = inheritOwner(path)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("write record: %w", err), f.Close())
	}
	return f, nil
}

// readRecord reads a record, and says no to a file that is none.
func readRecord(path string) (*Clip, error) {
	st, err := os.Lstat(path)
	if err != nil {
		return nil, fmt.Errorf("read record: %w", err)
	}
	if !st.Mode().IsRegular() || st.Size() > maxLine {
		return nil, fmt.Errorf("read record %s: it is no record", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read record: %w", err)
	}
	rec := record{Clip: new(Clip)}
	if err := json.Unmarshal(data, &rec); err != nil {
		return nil, fmt.Errorf("read record %s: %w", path, err)
	}
	if rec.Format != recordFormat || rec.Clip == nil || rec.ID == "" {
		return nil, fmt.Errorf("read record %s: it is no record of this program's", path)
	}
	return rec.Clip, nil
}
