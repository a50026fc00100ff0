package ingest

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"custodock/device"
	"custodock/ingest/media"
	"custodock/store"
)

// genericProfile is the name of the profile that matches every camera.
const genericProfile = "generic"

// Profile is how a make of camera writes times and names. It is read from YAML
// by [LoadProfiles]; configs/profiles/generic.yaml explains the fields.
type Profile struct {
	Name string

	match         cameraMatch
	zone          *time.Location // of the camera's wall clock; nil: the station's
	containerTime string         // zoneUTC, zoneLocal or zoneAuto
	containerMark string         // markStart or markEnd
	mtimeMark     string
	mtimeZone     string // zoneAuto: as the camera reports it
	order         []string
	names         []namePattern
	birthdays     []time.Time // midnight of each, as if in UTC
	birthdaySpan  time.Duration
	kinds         map[string]store.Kind // by lower-case ending with its dot
}

// How a time without a zone is meant, and what a time marks.
const (
	zoneUTC   = "utc"
	zoneLocal = "local"
	zoneAuto  = "auto"

	markStart = "start"
	markEnd   = "end"
)

// cameraMatch says which cameras a profile is for; a zero field leaves it open.
type cameraMatch struct {
	serial, model *regexp.Regexp
	usb           string   // pattern for vendor:product, lower case
	folders       []string // patterns for the beginnings of paths, lower case
	transport     device.Transport
}

// namePattern finds a time in file names, by named groups.
type namePattern struct {
	re   *regexp.Regexp
	mark string
	utc  bool
}

// LoadProfiles reads the profiles (*.yaml) in the folder dir, unless it is
// empty, and those in builtin. One in dir takes the place of a built-in one of
// the same name. They come in the order in which cameras are to be matched:
// dir's, by file name, then the built-in ones, then the one named generic,
// which is always there. All that is wrong is reported at once.
func LoadProfiles(builtin fs.FS, dir string) ([]*Profile, error) {
	var own []*Profile
	if dir != "" {
		var err error
		if own, err = loadFolder(os.DirFS(dir), dir); err != nil {
			return nil, fmt.Errorf("reading camera profiles (cameras.profiles): %w", err)
		}
	}
	profiles, err := loadFolder(builtin, "built in")
	if err != nil {
		return nil, fmt.Errorf("reading camera profiles: %w", err)
	}
	for _, p := range slices.Backward(own) {
		profiles = slices.DeleteFunc(profiles, func(b *Profile) bool { return b.Name == p.Name })
		profiles = slices.Insert(profiles, 0, p)
	}
	slices.SortStableFunc(profiles, func(a, b *Profile) int { return cmp.Compare(a.rank(), b.rank()) })
	if len(profiles) == 0 || profiles[len(profiles)-1].Name != genericProfile {
		return nil, fmt.Errorf("reading camera profiles: none is named %s", genericProfile)
	}
	return profiles, nil
}

func (p *Profile) rank() int {
	if p.Name == genericProfile {
		return 1
	}
	return 0
}

// loadFolder reads every *.yaml below fsys, by name; where names fsys in errors.
func loadFolder(fsys fs.FS, where string) ([]*Profile, error) {
	var (
		profiles []*Profile
		errs     []error
		files    = map[string]string{} // by profile name
	)
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		file := path.Join(where, name)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if d.IsDir() || path.Ext(name) != ".yaml" {
			return nil
		}
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		p, err := parseProfile(file, b)
		switch {
		case err != nil:
			errs = append(errs, err)
		case files[p.Name] != "":
			errs = append(errs, fmt.Errorf("%s: name: %s is the name of %s too", file, p.Name, files[p.Name]))
		default:
			files[p.Name] = file
			profiles = append(profiles, p)
		}
		return nil
	})
	return profiles, errors.Join(append(errs, err)...)
}

// Match returns the first of the profiles that fits the camera, of which paths
// are some clips' paths. It is the last one, the generic one, if none does.
func Match(profiles []*Profile, info device.Info, paths []string) *Profile {
	for _, p := range profiles {
		if p.match.fits(info, paths) {
			return p
		}
	}
	return profiles[len(profiles)-1]
}

func (m *cameraMatch) fits(info device.Info, paths []string) bool {
	return (m.serial == nil || m.serial.MatchString(info.Serial)) &&
		(m.model == nil || m.model.MatchString(info.Model)) &&
		(m.transport == "" || m.transport == info.Transport) &&
		(m.usb == "" || m.fitsUSB(info.DeviceID)) &&
		(len(m.folders) == 0 || slices.ContainsFunc(paths, m.fitsPath))
}

// fitsUSB looks at vendor:product, with which a device ID begins.
func (m *cameraMatch) fitsUSB(id string) bool {
	product, _, _ := strings.Cut(strings.ToLower(id), "/")
	ok, _ := path.Match(m.usb, product) // patterns were checked when they were read
	return ok
}

// fitsPath compares each pattern with as much of the path as it has elements.
// FAT cards do not keep capitals, so they do not count.
func (m *cameraMatch) fitsPath(p string) bool {
	elements := strings.Split(strings.ToLower(p), "/")
	for _, pattern := range m.folders {
		n := strings.Count(pattern, "/") + 1
		if n > len(elements) {
			continue
		}
		if ok, _ := path.Match(pattern, strings.Join(elements[:n], "/")); ok {
			return true
		}
	}
	return false
}

// Kind says what sort of recording a file is, by the ending of its name.
func (p *Profile) Kind(name string) store.Kind {
	if k, ok := p.kinds[strings.ToLower(path.Ext(name))]; ok {
		return k
	}
	return store.Kind(media.KindOf(name))
}
