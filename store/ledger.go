package store

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// event is one line of the ledger: a fact, with the rows as they are from then
// on. A line is whole or it does not count.
type event struct {
	At      time.Time `json:"at"`
	What    string    `json:"what"`
	Clip    *Clip     `json:"clip,omitempty"`
	Camera  *Camera   `json:"camera,omitempty"`
	Docking *Docking  `json:"docking,omitempty"`
	Upkeep  *Upkeep   `json:"upkeep,omitempty"`

	StationClock *ClockState `json:"station_clock,omitempty"`

	Extension *Extension `json:"extension,omitempty"`
	Request   *Request   `json:"request,omitempty"`
	Receipt   *Receipt   `json:"receipt,omitempty"`
	View      *view      `json:"view,omitempty"`

	// Holders says that Camera has other holders than before, and its clips with
	// it; SameHolders that it has none here because they are the same: a roster
	// of years would be written with every docking.
	Holders     bool   `json:"holders,omitempty"`
	SameHolders bool   `json:"same_holders,omitempty"`
	By          string `json:"by,omitempty"` // who changed them

	// Of a stored clip the row stands in the record beside the clip; the
	// line says where and is the promise to finish publishing it.
	ID          string `json:"id,omitempty"`
	ArchivePath string `json:"archive_path,omitempty"`
	SHA256      string `json:"sha256,omitempty"`
}

// eventStored is the only event that carries no rows.
const eventStored = "stored"

const (
	ledgerFolder = "ledger" // below archive/

	// maxLine bounds a line that is read; rows are far below it.
	maxLine = 4 << 20
)

// archivedPath is what the path of a stored clip looks like, below data_dir.
var archivedPath = regexp.MustCompile(`^archive/\d{4,}/\d{2}/\d{2}/[^/]+/[^/]+$`)

var ledgerName = regexp.MustCompile(`^\d{4}-\d{2}\.jsonl$`)

// position is a place in the ledger: all before it is applied.
type position struct {
	file   string // base name, empty at the very beginning
	offset int64
}

func (p position) String() string { return fmt.Sprintf("%s:%d", p.file, p.offset) }

func parsePosition(s string) (position, error) {
	name, offset, ok := strings.Cut(s, ":")
	n, err := strconv.ParseInt(offset, 10, 64)
	if s == "" {
		return position{}, nil
	}
	if !ok || err != nil || n < 0 || (name != "" && !ledgerName.MatchString(name)) {
		return position{}, fmt.Errorf("%w: ledger position %q", ErrCatalog, s)
	}
	return position{name, n}, nil
}

// ledger is the append-only text in the archive. Only the store's writer
// appends to it.
type ledger struct {
	dir  string
	file *os.File // open for appending, nil before the first line
	size int64
}

func openLedger(dir string) (*ledger, error) {
	if err := makeFolders(dir); err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	return &ledger{dir: dir}, nil
}

func (l *ledger) Close() error {
	if l.file == nil {
		return nil
	}
	return l.reopen()
}

// append writes events as one piece and makes them durable. It returns the
// position behind them. After an error the ledger is as it was before.
func (l *ledger) append(now time.Time, events []event) (position, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	for i := range events {
		start := buf.Len()
		err := enc.Encode(&events[i])
		if err == nil && buf.Len()-start > maxLine {
			err = errLongLine // it would be written and never be read again
		}
		if err != nil {
			return position{}, fmt.Errorf("write ledger: %s: %w", events[i].What, err)
		}
	}
	if err := l.rotate(now); err != nil {
		return position{}, fmt.Errorf("write ledger: %w: %w", ErrUnwritable, noSpace(err))
	}
	_, err := l.file.Write(buf.Bytes())
	if err == nil {
		err = l.file.Sync()
	}
	if err != nil {
		err = fmt.Errorf("write ledger: %w: %w", ErrUnwritable, noSpace(err))
		// Half a line must not stay: the next one would be glued to it.
		if cut := l.file.Truncate(l.size); cut != nil {
			err = errors.Join(err, cut)
		}
		return position{}, errors.Join(err, l.reopen())
	}
	l.size += int64(buf.Len())
	return position{filepath.Base(l.file.Name()), l.size}, nil
}

// reopen makes the next append open the file anew and look at its end.
func (l *ledger) reopen() error {
	err := l.file.Close()
	l.file = nil
	return err
}

// rotate opens the month's file. The files' order is that of their names, so
// a clock that jumps back goes on in the newest one.
func (l *ledger) rotate(now time.Time) error {
	name := now.UTC().Format("2006-01") + ".jsonl"
	if l.file != nil && filepath.Base(l.file.Name()) >= name {
		return nil
	}
	files, err := l.files()
	if err != nil {
		return err
	}
	if n := len(files); n > 0 && files[n-1] > name {
		name = files[n-1]
	}
	if l.file != nil {
		if err := l.reopen(); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(filepath.Join(l.dir, name), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o640)
	if err != nil {
		return err
	}
	err = inheritOwner(f.Name())
	var size int64
	if err == nil {
		size, err = dropTornLine(f)
	}
	if err == nil {
		err = syncFolder(l.dir)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	l.file, l.size = f, size
	return nil
}

// files returns the ledger's files, oldest first.
func (l *ledger) files() ([]string, error) {
	list, err := os.ReadDir(l.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range list {
		if ledgerName.MatchString(e.Name()) && e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// bytes returns the size of the whole ledger.
func (l *ledger) bytes() (size int64, err error) {
	files, err := l.files()
	if err != nil {
		return 0, err
	}
	for _, name := range files {
		st, err := os.Stat(filepath.Join(l.dir, name))
		if err != nil {
			return 0, err
		}
		size += st.Size()
	}
	return size, nil
}

// replay calls f for every event behind from, with the position behind it. A
// last line without its newline was never acknowledged and does not count. A
// line that is no event is passed to bad, with where it starts, and skipped.
// f may append: what is appended meanwhile is not read.
func (l *ledger) replay(from position, f func(event, position) error, bad func(position, error)) error {
	files, err := l.files()
	if err != nil {
		return fmt.Errorf("read ledger: %w", err)
	}
	for _, name := range files {
		switch {
		case name < from.file:
			continue
		case name > from.file:
			from = position{name, 0}
		}
		if err := l.replayFile(from, f, bad); err != nil {
			return fmt.Errorf("read ledger %s: %w", name, err)
		}
	}
	return nil
}

func (l *ledger) replayFile(at position, f func(event, position) error, bad func(position, error)) error {
	file, err := os.Open(filepath.Join(l.dir, at.file))
	if err != nil {
		return err
	}
	defer file.Close()
	st, err := file.Stat()
	if err != nil {
		return err
	}
	lines := bufio.NewReaderSize(io.NewSectionReader(file, at.offset, max(st.Size()-at.offset, 0)), 1<<20)
	for {
		line, err := readLine(lines)
		if errors.Is(err, io.EOF) {
			return nil
		}
		start := at
		at.offset += int64(line.length)
		if err != nil && !errors.Is(err, errLongLine) {
			return err
		}
		var ev event
		if err == nil {
			ev, err = parseEvent(line.text)
		}
		if err != nil {
			bad(start, err)
			continue
		}
		if err := f(ev, at); err != nil {
			return err
		}
	}
}

// parseEvent reads a line, and says no to one that is JSON but could not be
// applied.
func parseEvent(text []byte) (ev event, err error) {
	if err := json.Unmarshal(text, &ev); err != nil {
		return ev, err
	}
	var names []string
	switch {
	case ev.What == eventStored && !archivedPath.MatchString(ev.ArchivePath):
		return ev, fmt.Errorf("%w: %.200q", errName, ev.ArchivePath)
	case ev.What == eventStored:
		names = append(strings.Split(ev.ArchivePath, "/"), ev.ID)
	case ev.Clip == nil && ev.Camera == nil && ev.Docking == nil && ev.Upkeep == nil && ev.Extension == nil &&
		ev.Request == nil && ev.Receipt == nil && ev.View == nil && ev.StationClock == nil:
		return ev, errors.New("the line says nothing")
	}
	if c := ev.Clip; c != nil {
		names = append(names, c.ID, c.Camera)
	}
	if c := ev.Camera; c != nil {
		names = append(names, c.Serial)
	}
	if d := ev.Docking; d != nil {
		names = append(names, d.ID, d.Camera)
	}
	if e := ev.Extension; e != nil {
		names = append(names, e.ID, e.Camera)
	}
	if r := ev.Request; r != nil {
		names = append(names, r.ID, r.Camera)
	}
	if r := ev.Receipt; r != nil {
		names = append(names, plainCode(r.Code), r.Docking)
	}
	if v := ev.View; v != nil {
		names = append(names, v.Clip)
		if err := v.check(); err != nil {
			return ev, err
		}
	}
	for _, name := range names {
		if err := checkElement(name); err != nil {
			return ev, err
		}
	}
	return ev, nil
}

var errLongLine = errors.New("the line is too long")

type line struct {
	text   []byte
	length int // with the newline
}

// readLine reads one whole line. io.EOF also stands for a last line that was
// cut short.
func readLine(r *bufio.Reader) (line, error) {
	var l line
	for {
		part, err := r.ReadSlice('\n')
		l.length += len(part)
		if l.length <= maxLine {
			l.text = append(l.text, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case err != nil:
			return l, err
		case l.length > maxLine:
			return l, errLongLine
		default:
			return l, nil
		}
	}
}
