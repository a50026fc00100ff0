package main

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"
	_ "time/tzdata" // a station without /usr/share/zoneinfo must still know its zone

	"github.com/spf13/viper"
)

// errConfig is returned when the configuration cannot be used. Its text names
// every key at fault and where it was set; the program exits 2.
var errConfig = errors.New("the configuration cannot be used")

const (
	envPrefix = "CUSTODOCK_"
	// envSocket is the client's: where commands find the daemon, no setting.
	envSocket = "CUSTODOCK_SOCKET"
)

// config is how the daemon is set up: one field for each key of the schema.
// Paths are absolute, values are checked; cameras.profiles is only a path here
// and is read by ingest.LoadProfiles.
type config struct {
	Station struct {
		ID       string
		Name     string
		Timezone *time.Location
	}
	DataDir string
	Cameras struct {
		Roots    []string
		Settle   time.Duration
		Profiles string // empty: the built-in ones alone
	}
	USB struct {
		Enabled bool
	}
	Bays     []bay
	Deadline struct {
		Window         time.Duration
		DueSoon        time.Duration
		ClockTolerance time.Duration
	}
	Ingest struct {
		Parallel int // 0: as many as the machine bears
		Readback bool
	}
	Archive struct {
		Reserve reserve
	}
	Camera struct {
		Release  string // releaseNever or releaseStored
		SetClock bool
	}
	HTTP struct {
		Listen  string
		TLSCert string // empty, as TLSKey: without TLS
		TLSKey  string
	}
	Log struct {
		Level  slog.Level
		Format string // logText or logJSON
	}
}

// The values of camera.release and log.format.
const (
	releaseNever  = "never"
	releaseStored = "stored"
	logText       = "text"
	logJSON       = "json"
)

// bay is a numbered place for a camera: a USB port or a folder's name.
type bay struct {
	Bay     int    `yaml:"bay"`
	USBPort string `yaml:"usb_port,omitempty"`
	Folder  string `yaml:"folder,omitempty"`
}

// loadConfig returns the defaults, overlaid by the YAML file at path, overlaid
// by the environment given in the form of os.Environ. An empty path is no file.
// It reports everything that is wrong at once, in an error that is errConfig.
func loadConfig(path string, environ []string) (config, error) {
	l := loader{schema: configSchema(), v: viper.New(), origin: map[string]string{}, bad: map[string]bool{}}
	for _, s := range l.schema {
		l.v.SetDefault(s.key, s.def)
	}
	if path != "" {
		l.readFile(path)
	}
	l.readEnviron(environ)
	var c config
	for _, s := range l.schema {
		if err := s.set(&c, l.v.Get(s.key)); err != nil {
			l.fail(s.key, err)
		}
	}
	l.checkTogether(&c)
	if len(l.problems) > 0 {
		return config{}, fmt.Errorf("%w:\n%w", errConfig, errors.Join(l.problems...))
	}
	return c, nil
}

// loader gathers values and what is wrong with them. Viper does the layering;
// that a file holds nothing unknown or double is checked before viper sees it,
// because viper lower-cases and merges what it reads and tells nobody.
type loader struct {
	schema   []setting
	v        *viper.Viper
	origin   map[string]string // by key: file and line, or variable; none for defaults
	bad      map[string]bool   // keys already complained about
	problems []error
}

// fail notes that the value of key is wrong, once for each thing wrong.
func (l *loader) fail(key string, err error) {
	l.bad[key] = true
	where := l.origin[key]
	if where == "" {
		where = "default"
	}
	for _, e := range unjoin(err) {
		l.problems = append(l.problems, fmt.Errorf("%s: %s: %w", where, key, e))
	}
}

func unjoin(err error) []error {
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		return j.Unwrap()
	}
	return []error{err}
}

// readEnviron lays the environment over the file. An empty variable counts as
// unset: EnvironmentFile= lines are emptied more often than deleted.
func (l *loader) readEnviron(environ []string) {
	for _, line := range environ {
		name, text, _ := strings.Cut(line, "=")
		if !strings.HasPrefix(name, envPrefix) || name == envSocket {
			continue
		}
		s, ok := l.byEnv(name)
		if !ok {
			l.problems = append(l.problems, fmt.Errorf("environment: %s: no such setting%s", name, didYouMean(name, l.envNames())))
			continue
		}
		if text == "" {
			continue
		}
		l.origin[s.key] = "environment " + name
		value, err := s.parse(text)
		if err != nil {
			l.fail(s.key, err)
			value = s.def
		}
		l.v.Set(s.key, value)
	}
}

func (l *loader) byEnv(name string) (setting, bool) {
	for _, s := range l.schema {
		if s.env() == name {
			return s, true
		}
	}
	return setting{}, false
}

func (l *loader) envNames() []string {
	names := []string{envSocket}
	for _, s := range l.schema {
		names = append(names, s.env())
	}
	return names
}

// checkTogether finds values that are possible alone and not with each other.
func (l *loader) checkTogether(c *config) {
	// A window set below the default of due_soon is no mistake: everything is
	// due soon then.
	if l.origin["deadline.due_soon"] != "" && l.good("deadline.due_soon", "deadline.window") && c.Deadline.DueSoon >= c.Deadline.Window {
		l.fail("deadline.due_soon", fmt.Errorf("must be less than deadline.window (%s), not %s",
			shortDuration(c.Deadline.Window), shortDuration(c.Deadline.DueSoon)))
	}
	if l.good("http.tls_cert", "http.tls_key") && (c.HTTP.TLSCert == "") != (c.HTTP.TLSKey == "") {
		l.fail(l.set("http.tls_cert", "http.tls_key"), errors.New("http.tls_cert and http.tls_key are given together, or neither"))
	}
	if !l.good("data_dir", "cameras.roots") {
		return
	}
	for i, root := range c.Cameras.Roots {
		if pathWithin(root, c.DataDir) || pathWithin(c.DataDir, root) {
			// Else the archive would be copied into itself as a camera's.
			l.fail(l.set("cameras.roots", "data_dir"), fmt.Errorf("data_dir %s and the cameras' root %s must not lie in one another", c.DataDir, root))
		}
		for _, other := range c.Cameras.Roots[:i] {
			if pathWithin(root, other) || pathWithin(other, root) {
				l.fail("cameras.roots", fmt.Errorf("%s and %s are the same or lie in one another", other, root))
			}
		}
	}
}

func (l *loader) good(keys ...string) bool {
	for _, k := range keys {
		if l.bad[k] {
			return false
		}
	}
	return true
}

// set returns the first of the keys that somebody set: the one to blame.
func (l *loader) set(keys ...string) string {
	for _, k := range keys {
		if l.origin[k] != "" {
			return k
		}
	}
	return keys[0]
}

// pathWithin reports whether path is dir or below it, through symlinks as far as
// the folders exist yet.
func pathWithin(path, dir string) bool {
	rel, err := filepath.Rel(realPath(dir), realPath(path))
	return err == nil && rel != ".." && !strings.HasPrefix(rel, "../")
}

func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil || path == filepath.Dir(path) {
		return real
	}
	return filepath.Join(realPath(filepath.Dir(path)), filepath.Base(path))
}
