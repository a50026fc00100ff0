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
	"strings"
	"sync"
)

// publication is a clip whose bytes are durable in incoming/, read back, and
// whose record lies beside them: what is left is names and rows.
type publication struct {
	clip *Clip
	path string // its name in the archive, full
	done bool
	err  error
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
	dir, err := s.archiveFolder(clip)
	if err != nil {
		return errors.Join(err, p.remove())
	}
	pub := &publication{clip: clip}
	if pub.path, err = s.names.take(dir, clip.Name); err != nil {
		return fmt.Errorf("%w: %w", ErrIncoming, err)
	}
	defer s.names.release(pub.path)
	if clip.ArchivePath, err = filepath.Rel(s.opt.Dir, pub.path); err != nil {
		return fmt.Errorf("%w: %w", ErrIncoming, err)
	}
	// An original is never written again.
	if err := p.file.Chmod(0o440); err != nil {
		return fmt.Errorf("%w: %w", ErrIncoming, err)
	}
	if err := writeRecord(s.recordPath(clip.ID), clip); err != nil {
		return fmt.Errorf("%w: %w", ErrIncoming, noSpace(err))
	}
	s.queue.add(pub)
	s.writer.Lock()
	defer s.writer.Unlock()
	for !pub.done {
		s.publishGroup(s.queue.take())
	}
	return pub.err
}

// publishGroup publishes all of group. The caller holds s.writer.
func (s *Store) publishGroup(group []*publication) {
	err := s.publishAll(group)
	for _, pub := range group {
		pub.done = true
		if pub.err == nil {
			pub.err = err
		}
	}
}

func (s *Store) publishAll(group []*publication) error {
	events := make([]event, len(group))
	for i, pub := range group {
		events[i] = event{At: pub.clip.StoredAt, What: eventStored, ID: pub.clip.ID,
			ArchivePath: pub.clip.ArchivePath, SHA256: pub.clip.SHA256}
	}
	pos, err := s.promise(events)
	if err != nil {
		return err
	}
	// From here on a crash, or an error, is made good by catchUp: it finds
	// the promise in the ledger and finishes what it can.
	if err := s.nameAll(group); err != nil {
		s.lagging = true
		return fmt.Errorf("%w: %w", ErrIncoming, noSpace(err))
	}
	for i, pub := range group {
		events[i].Clip = pub.clip
	}
	return s.applyAll(pos, events)
}

// nameAll gives clips and records their final names and makes those durable.
func (s *Store) nameAll(group []*publication) error {
	folders := make(map[string][]*Clip)
	for _, pub := range group {
		dir := filepath.Dir(pub.path)
		if err := makeFolders(dir); err != nil {
			return err
		}
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

// writeRecord writes a clip's record and makes its bytes durable.
func writeRecord(path string, clip *Clip) error {
	data, err := json.MarshalIndent(record{recordFormat, clip}, "", "  ")
	if err != nil {
		return fmt.Errorf("write record: %w", err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write record: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return fmt.Errorf("write record: %w", err)
	}
	if _, err = f.Write(append(data, '\n')); err == nil {
		err = f.Chmod(0o440)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
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

// addSums appends clips to the folder's SHA256SUMS in one write, durably.
func addSums(dir string, clips []*Clip) error {
	f, err := os.OpenFile(filepath.Join(dir, sumsName), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o640)
	if err != nil {
		return err
	}
	// A torn line would make sha256sum complain for ever.
	if _, err := dropTornLine(f); err != nil {
		return errors.Join(err, f.Close())
	}
	var lines strings.Builder
	for _, c := range clips {
		lines.WriteString(sumLine(c.SHA256, filepath.Base(c.ArchivePath)))
	}
	if _, err = f.WriteString(lines.String()); err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// sumLine is a line as GNU sha256sum writes it: a name with a backslash or a
// line break is escaped, and the line then starts with a backslash.
func sumLine(sum, name string) string {
	escaped := strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`).Replace(name)
	if escaped != name {
		sum = `\` + sum
	}
	return sum + "  " + escaped + "\n"
}

// hasSum reports whether the folder's SHA256SUMS has this line.
func hasSum(dir, line string) (bool, error) {
	data, err := os.ReadFile(filepath.Join(dir, sumsName))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && strings.Contains("\n"+string(data), "\n"+line), err
}
