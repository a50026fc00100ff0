package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"custodock/device"
	"custodock/store"
)

// profileFile is a profile as it stands in YAML.
type profileFile struct {
	Name  string `yaml:"name"`
	Match struct {
		Serial    string   `yaml:"serial"`
		Model     string   `yaml:"model"`
		USB       string   `yaml:"usb"`
		Folders   []string `yaml:"folders"`
		Transport string   `yaml:"transport"`
	} `yaml:"match"`
	Zone      string `yaml:"zone"`
	Container struct {
		Time string `yaml:"time"`
		Mark string `yaml:"mark"`
	} `yaml:"container"`
	MTime        string            `yaml:"mtime"`
	MTimeZone    string            `yaml:"mtime_zone"`
	Order        []string          `yaml:"order"`
	Names        []nameRule        `yaml:"names"`
	Birthdays    []string          `yaml:"birthdays"`
	BirthdaySpan string            `yaml:"birthday_span"`
	Kinds        map[string]string `yaml:"kinds"`
}

type nameRule struct {
	Pattern string `yaml:"pattern"`
	Mark    string `yaml:"mark"`
	UTC     bool   `yaml:"utc"`
}

// parseProfile reads one profile. Its error names the file and the field, one
// line for each thing wrong.
func parseProfile(file string, b []byte) (*Profile, error) {
	f := profileFile{
		Zone: "station", MTime: markEnd, MTimeZone: zoneAuto, BirthdaySpan: "720h",
		Order: []string{store.SourceContainer, store.SourceModTime, store.SourceFilename},
	}
	f.Container.Time, f.Container.Mark = zoneAuto, markStart
	dec := yaml.NewDecoder(bytes.NewReader(b))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return nil, yamlProblems(file, b, err)
	}
	c := profileCompiler{file: file}
	p := c.compile(&f)
	return p, errors.Join(c.errs...)
}

var (
	yamlProblem  = regexp.MustCompile(`^line (\d+): (.*)$`)
	unknownField = regexp.MustCompile(`^field (\S+) not found in type .+$`)
)

// yamlProblems says what the decoder found in words about the file, with the
// text of the line because the decoder does not name the field.
func yamlProblems(file string, b []byte, err error) error {
	texts := []string{err.Error()}
	if e := (*yaml.TypeError)(nil); errors.As(err, &e) {
		texts = e.Errors
	}
	lines := strings.Split(string(b), "\n")
	// All of them: whoever writes a profile wants one round, not five.
	var errs []error
	for _, text := range texts {
		where := file
		text = strings.TrimPrefix(text, "yaml: ")
		if m := yamlProblem.FindStringSubmatch(text); m != nil {
			where, text = file+":"+m[1], m[2]
			if f := unknownField.FindStringSubmatch(text); f != nil {
				text = f[1] + ": no such field"
			} else if n, err := strconv.Atoi(m[1]); err == nil && n <= len(lines) {
				text = fmt.Sprintf("%s: %s", strings.TrimSpace(lines[n-1]), text)
			}
		}
		errs = append(errs, fmt.Errorf("%s: %s", where, text))
	}
	return errors.Join(errs...)
}

// profileCompiler turns a file into a profile and gathers what is wrong.
type profileCompiler struct {
	file string
	errs []error
}

func (c *profileCompiler) fail(field, format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("%s: %s: %w", c.file, field, fmt.Errorf(format, args...)))
}

func (c *profileCompiler) compile(f *profileFile) *Profile {
	p := &Profile{
		Name:          f.Name,
		zone:          c.zone(f.Zone),
		containerTime: c.oneOf("container.time", f.Container.Time, zoneUTC, zoneLocal, zoneAuto),
		containerMark: c.oneOf("container.mark", f.Container.Mark, markStart, markEnd),
		mtimeMark:     c.oneOf("mtime", f.MTime, markStart, markEnd),
		mtimeZone:     c.oneOf("mtime_zone", f.MTimeZone, zoneAuto, zoneUTC, zoneLocal),
		order:         c.order(f.Order),
		birthdaySpan:  c.span(f.BirthdaySpan),
	}
	if f.Name == "" {
		c.fail("name", "is missing")
	}
	c.match(&p.match, f)
	for i, n := range f.Names {
		p.names = append(p.names, c.name(fmt.Sprintf("names, entry %d", i+1), n))
	}
	for _, s := range f.Birthdays {
		day, err := time.Parse(time.DateOnly, s)
		if err != nil {
			c.fail("birthdays", "must be days such as 2018-01-01, not %q", s)
		}
		p.birthdays = append(p.birthdays, day)
	}
	c.kinds(p, f.Kinds)
	return p
}

func (c *profileCompiler) oneOf(field, value string, allowed ...string) string {
	if !slices.Contains(allowed, value) {
		c.fail(field, "must be %s, not %q", strings.Join(allowed, " or "), value)
	}
	return value
}

// zone is nil for the station's zone. LoadLocation takes "" and "Local" as well,
// which would make times depend on the machine.
func (c *profileCompiler) zone(name string) *time.Location {
	if name == "station" {
		return nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		c.fail("zone", "must be station or a zone such as Asia/Shanghai, not %q", name)
	}
	return zone
}

// order may leave a source out, which is then not looked at.
func (c *profileCompiler) order(sources []string) []string {
	for i, s := range sources {
		c.oneOf("order", s, store.SourceContainer, store.SourceModTime, store.SourceFilename)
		if slices.Contains(sources[:i], s) {
			c.fail("order", "%s stands in it twice", s)
		}
	}
	if len(sources) == 0 {
		c.fail("order", "must name at least one source")
	}
	return sources
}

func (c *profileCompiler) span(s string) time.Duration {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		c.fail("birthday_span", "must be a duration such as 720h, not %q", s)
	}
	return d
}

func (c *profileCompiler) match(m *cameraMatch, f *profileFile) {
	m.serial = c.regexp("match.serial", f.Match.Serial)
	m.model = c.regexp("match.model", f.Match.Model)
	m.usb = c.pattern("match.usb", f.Match.USB)
	for _, s := range f.Match.Folders {
		m.folders = append(m.folders, c.pattern("match.folders", strings.Trim(s, "/")))
	}
	if f.Match.Transport != "" {
		m.transport = device.Transport(c.oneOf("match.transport", f.Match.Transport,
			string(device.TransportFolder), string(device.TransportMassStorage), string(device.TransportMTP)))
	}
	matchesAll := m.serial == nil && m.model == nil && m.usb == "" && m.folders == nil && m.transport == ""
	if f.Name == genericProfile && !matchesAll {
		c.fail("match", "the profile %s is for every camera: name this one otherwise", genericProfile)
	}
}

// regexp makes capitals count for nothing, as FAT and vendors' strings do.
func (c *profileCompiler) regexp(field, s string) *regexp.Regexp {
	if s == "" {
		return nil
	}
	re, err := regexp.Compile("(?i)" + s)
	if err != nil {
		c.fail(field, "%w", err)
	}
	return re
}

// pattern checks a pattern once, so that matching need not.
func (c *profileCompiler) pattern(field, s string) string {
	if _, err := path.Match(s, ""); err != nil {
		c.fail(field, "%q: %w", s, err)
	}
	return strings.ToLower(s)
}

// timeGroups are the groups a name pattern must have, in the order of time.Date.
var timeGroups = []string{"year", "month", "day", "hour", "minute", "second"}

// name refuses groups that are missing or mean nothing: a misspelt one would
// make the pattern match and never give a time.
func (c *profileCompiler) name(field string, n nameRule) namePattern {
	if n.Mark == "" {
		n.Mark = markStart
	}
	p := namePattern{mark: c.oneOf(field+": mark", n.Mark, markStart, markEnd), utc: n.UTC}
	re, err := regexp.Compile(n.Pattern)
	if err != nil {
		c.fail(field+": pattern", "%w", err)
		return p
	}
	p.re = re
	for _, g := range timeGroups {
		if !slices.Contains(re.SubexpNames(), g) {
			c.fail(field+": pattern", "has no group %s: write (?P<%s>...) around it", g, g)
		}
	}
	for _, g := range re.SubexpNames() {
		if g != "" && g != "ms" && !slices.Contains(timeGroups, g) {
			c.fail(field+": pattern", "has a group %s, which means nothing here", g)
		}
	}
	return p
}

func (c *profileCompiler) kinds(p *Profile, kinds map[string]string) {
	p.kinds = map[string]store.Kind{}
	for ending, kind := range kinds {
		c.oneOf("kinds", kind, string(store.KindVideo), string(store.KindAudio), string(store.KindPhoto),
			string(store.KindLog), string(store.KindOther))
		p.kinds["."+strings.ToLower(strings.TrimPrefix(ending, "."))] = store.Kind(kind)
	}
}
