package ingest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"custodock/configs"
	"custodock/device"
	"custodock/store"
)

func builtinProfiles(t *testing.T) []*Profile {
	t.Helper()
	profiles, err := LoadProfiles(configs.Profiles, "")
	if err != nil {
		t.Fatal(err)
	}
	return profiles
}

func profileNamed(t *testing.T, name string) *Profile {
	t.Helper()
	for _, p := range builtinProfiles(t) {
		if p.Name == name {
			return p
		}
	}
	t.Fatalf("no profile %s", name)
	return nil
}

// parsed is a profile from YAML, with what is not given as the generic one has it.
func parsed(t *testing.T, text string) *Profile {
	t.Helper()
	p, err := parseProfile("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func names(profiles []*Profile) (out []string) {
	for _, p := range profiles {
		out = append(out, p.Name)
	}
	return out
}

func writeProfiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLoadProfilesOrder(t *testing.T) {
	builtin := []string{"action-camera", "police-recorder", "generic"}
	for _, test := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"built in", nil, builtin},
		{"own first", map[string]string{"b.yaml": "name: bb", "a.yaml": "name: aa", "README.md": "x"}, append([]string{"aa", "bb"}, builtin...)},
		{"own instead", map[string]string{"p.yaml": "name: police-recorder"}, []string{"police-recorder", "action-camera", "generic"}},
		{"own generic stays last", map[string]string{"g.yaml": "name: generic\nzone: UTC"}, builtin},
	} {
		dir := ""
		if test.files != nil {
			dir = writeProfiles(t, test.files)
		}
		got, err := LoadProfiles(configs.Profiles, dir)
		if err != nil || !slices.Equal(names(got), test.want) {
			t.Fatalf("%s: got %v, %v, want %v", test.name, names(got), err, test.want)
		}
		if last := got[len(got)-1]; test.files["g.yaml"] != "" && last.zone.String() != "UTC" {
			t.Errorf("%s: the built-in one was taken", test.name)
		}
	}
}

func TestLoadProfilesErrors(t *testing.T) {
	for _, test := range []struct {
		file, text string
		want       []string
	}{
		{"a.yaml", "nme: x\nname: y\n", []string{"a.yaml:1: nme: no such field"}},
		{"a.yaml", "name: y\ncontainer: {tme: utc}\n", []string{"a.yaml:2: tme: no such field"}},
		{"a.yaml", "name: y\nnames:\n  - {pattern: x, utc: maybe}\n", []string{"a.yaml:3: - {pattern: x, utc: maybe}: cannot unmarshal"}},
		{"a.yaml", "name: y\nname: z\n", []string{`a.yaml:2: name: z: mapping key "name" already defined at line 1`}},
		{"a.yaml", "name: y\nmatch:\n\tusb: x\n", []string{"a.yaml:3: ", "found character that cannot start any token"}},
		{"a.yaml", "", []string{"a.yaml: name: is missing"}},
		{"a.yaml", "name: y\nzone: Mars\n", []string{`a.yaml: zone: must be station or a zone such as Asia/Shanghai, not "Mars"`}},
		{"a.yaml", "name: y\ncontainer: {time: gmt, mark: middle}\n", []string{
			`a.yaml: container.time: must be utc or local or auto, not "gmt"`, `a.yaml: container.mark: must be start or end, not "middle"`}},
		{"a.yaml", "name: y\nmtime: never\nmtime_zone: here\n", []string{`a.yaml: mtime: must be`, `a.yaml: mtime_zone: must be`}},
		{"a.yaml", "name: y\norder: [mtime, exif, mtime]\n", []string{`a.yaml: order: must be`, `a.yaml: order: mtime stands in it twice`}},
		{"a.yaml", "name: y\norder: []\n", []string{`a.yaml: order: must name at least one source`}},
		{"a.yaml", "name: y\nbirthdays: [soon]\nbirthday_span: 30d\n", []string{`a.yaml: birthdays: must be days`, `a.yaml: birthday_span: must be a duration`}},
		{"a.yaml", "name: y\nkinds: {.abc: film}\n", []string{`a.yaml: kinds: must be video or`}},
		{"a.yaml", "name: y\nmatch: {serial: '(', usb: '[', folders: ['['], transport: ftp}\n", []string{
			`a.yaml: match.serial: `, `a.yaml: match.usb: `, `a.yaml: match.folders: `, `a.yaml: match.transport: `}},
		{"a.yaml", "name: y\nnames: [{pattern: '('}]\n", []string{"a.yaml: names, entry 1: pattern: "}},
		{"a.yaml", "name: y\nnames: [{pattern: '(?P<year>x)(?P<yeer>x)', mark: middle}]\n", []string{
			"a.yaml: names, entry 1: pattern: has no group month", "pattern: has a group yeer, which means nothing here", "entry 1: mark: must be"}},
		{"a.yaml", "name: generic\nmatch: {model: x}\n", []string{"a.yaml: match: the profile generic is for every camera"}},
	} {
		dir := writeProfiles(t, map[string]string{test.file: test.text, "also.yaml": "name: 1\nzone: Pluto"})
		_, err := LoadProfiles(configs.Profiles, dir)
		for _, want := range append(test.want, dir+"/"+test.file, "also.yaml: zone: ", "cameras.profiles") {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: got\n%v\nwant %s", test.text, err, want)
			}
		}
	}
}

func TestLoadProfilesMissing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	if _, err := LoadProfiles(configs.Profiles, dir); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("no such folder: got %v", err)
	}
	twice := writeProfiles(t, map[string]string{"a.yaml": "name: x", "b.yaml": "name: x"})
	if _, err := LoadProfiles(configs.Profiles, twice); err == nil || !strings.Contains(err.Error(), "b.yaml: name: x is the name of "+twice+"/a.yaml too") {
		t.Errorf("one name twice: got %v", err)
	}
	if _, err := LoadProfiles(fstest.MapFS{}, ""); err == nil {
		t.Error("no generic profile: no error")
	}
}

func TestMatch(t *testing.T) {
	own := parsed(t, "name: own\nmatch: {serial: '^B[0-9]+$', model: axon, usb: '1A2B:*', transport: mtp, folders: [VIDEO, 'DCIM/1*/A*']}")
	profiles := append([]*Profile{own}, builtinProfiles(t)...)
	info := device.Info{Serial: "B7", Model: "Axon Body 3", DeviceID: "1a2b:3c4D/SN7", Transport: device.TransportMTP}
	change := func(f func(*device.Info)) device.Info {
		i := info
		f(&i)
		return i
	}
	for _, test := range []struct {
		name  string
		info  device.Info
		paths []string
		want  string
	}{
		{"all fits", info, []string{"x", "video/a.mp4"}, "own"},
		{"deep folder", info, []string{"DCIM/100MEDIA/A1.MP4"}, "own"},
		{"other file", info, []string{"DCIM/100MEDIA/B1.MP4", "DCIM"}, "generic"},
		{"no paths", info, nil, "generic"},
		{"serial", change(func(i *device.Info) { i.Serial = "B7x" }), []string{"VIDEO/a"}, "generic"},
		{"model", change(func(i *device.Info) { i.Model = "" }), []string{"VIDEO/a"}, "generic"},
		{"usb", change(func(i *device.Info) { i.DeviceID = "1a2c:3c4d/1a2b:3c4d" }), []string{"VIDEO/a"}, "generic"},
		{"transport", change(func(i *device.Info) { i.Transport = device.TransportFolder }), []string{"VIDEO/a"}, "generic"},
		{"gopro", device.Info{}, []string{"MISC/version.txt", "DCIM/100GOPRO/GX010123.MP4"}, "action-camera"},
		{"recorder by name", device.Info{}, []string{"DCIM/100MEDIA/DSJ-1234567_000000_20261120100000_0001.MP4"}, "police-recorder"},
		{"recorder at the root", device.Info{}, []string{"DSJ_A000001_123456_20261120100000_0001.MP4"}, "police-recorder"},
		{"recorder by day", device.Info{}, []string{"DCIM/20261120/0001.MP4"}, "police-recorder"},
		{"plain", device.Info{}, []string{"DCIM/100MEDIA/A0001.MP4"}, "generic"},
	} {
		if got := Match(profiles, test.info, test.paths).Name; got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

func TestProfileKind(t *testing.T) {
	p := parsed(t, "name: x\nkinds: {ABC: video, .log: other}")
	for name, want := range map[string]store.Kind{
		"a.abc": store.KindVideo, "a.Abc": store.KindVideo, "a.log": store.KindOther, "A.MP4": store.KindVideo, "a.wav": store.KindAudio, "a": store.KindOther,
	} {
		if got := p.Kind(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}
