package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

const sumsName = "SHA256SUMS"

// addSums appends clips to the folder's SHA256SUMS in one write, durably.
func addSums(dir string, clips []*Clip) error {
	var lines strings.Builder
	for _, c := range clips {
		lines.WriteString(sumLine(c.SHA256, filepath.Base(c.ArchivePath)))
	}
	return appendSums(dir, lines.String())
}

// appendSums makes lines, which may be none, and all before them durable.
func appendSums(dir, lines string) error {
	f, err := os.OpenFile(filepath.Join(dir, sumsName), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o640)
	if err != nil {
		return err
	}
	err = inheritOwner(f.Name())
	if err == nil {
		// A torn line would make sha256sum complain for ever.
		_, err = dropTornLine(f)
	}
	if err == nil {
		_, err = f.WriteString(lines)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

var escapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`)

// sumLine is a line as GNU sha256sum writes it: a name with a backslash or a
// line break is escaped, and the line then starts with a backslash.
func sumLine(sum, name string) string {
	escaped := escapes.Replace(name)
	if escaped != name {
		sum = `\` + sum
	}
	return sum + "  " + escaped + "\n"
}

// sums is a folder's SHA256SUMS.
type sums struct {
	dir   string
	names map[string]string // name → SHA-256
	bad   []string          // what is wrong with it
	added strings.Builder   // lines that are not in the file yet
}

// sumFormat is a line: escaped or not, sum, text or binary, name.
var sumFormat = regexp.MustCompile(`^(\\?)([0-9a-f]{64}) [ *](.+)$`)

// readSums reads a folder's SHA256SUMS. A file that is not there is empty,
// but the folder must be.
func readSums(dir string) (*sums, error) {
	s := &sums{dir: dir, names: make(map[string]string)}
	if _, err := os.Lstat(dir); err != nil {
		return nil, fmt.Errorf("read %s: %w", sumsName, err)
	}
	data, err := os.ReadFile(filepath.Join(dir, sumsName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read %s: %w", sumsName, err)
	}
	// What is behind the last newline is not written down yet.
	whole := string(data[:strings.LastIndexByte(string(data), '\n')+1])
	for line := range strings.Lines(whole) {
		s.take(strings.TrimSuffix(line, "\n"))
	}
	return s, nil
}

func (s *sums) take(line string) {
	m := sumFormat.FindStringSubmatch(line)
	if m == nil {
		s.bad = append(s.bad, fmt.Sprintf("no line of sha256sum's: %.100q", line))
		return
	}
	name := m[3]
	if m[1] != "" {
		name = unescapes.Replace(name)
	}
	if old, ok := s.names[name]; ok && old != m[2] {
		s.bad = append(s.bad, fmt.Sprintf("two sums for %.300q", name))
	}
	s.names[name] = m[2]
}

var unescapes = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r")

// add puts down a clip, unless it is there.
func (s *sums) add(name, sum string) {
	if s.names[name] != sum {
		s.names[name] = sum
		s.added.WriteString(sumLine(sum, name))
	}
}

// write makes all of it durable.
func (s *sums) write() error { return appendSums(s.dir, s.added.String()) }
