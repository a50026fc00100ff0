package main

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"custodock/configs"
)

// contractKeys is the contract's table of settings: names and defaults that
// operators rely on.
var contractKeys = map[string]string{
	"station.name": `""`, "station.timezone": "Asia/Shanghai",
	"data_dir":      "/var/lib/custodock",
	"cameras.roots": "[/run/custodock/cameras]", "cameras.settle": "2s", "cameras.profiles": `""`,
	"usb.enabled":     "true",
	"bays":            "[]",
	"deadline.window": "24h", "deadline.due_soon": "4h", "deadline.clock_tolerance": "2m",
	"ingest.parallel": "0", "ingest.readback": "true",
	"archive.reserve": "5%",
	"camera.release":  "never", "camera.set_clock": "false",
	"http.listen": "127.0.0.1:8420", "http.tls_cert": `""`, "http.tls_key": `""`,
	"log.level": "info", "log.format": "text",
	"station.id": "", // the host name
}

func writeConfig(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "custodock.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// effective is a configuration as text, for comparing.
func effective(t *testing.T, c config) string {
	t.Helper()
	b, err := c.yaml()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func mustLoad(t *testing.T, file string, environ ...string) config {
	t.Helper()
	c, err := loadConfig(file, environ)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDefaultsAreTheContract(t *testing.T) {
	got := effective(t, mustLoad(t, ""))
	for key, value := range contractKeys {
		_, name := splitKey(key)
		if !strings.Contains(got, name+": "+value) {
			t.Errorf("%s: not %s by default:\n%s", key, value, got)
		}
	}
	if len(contractKeys) != len(configSchema()) {
		t.Errorf("%d keys in the contract, %d in the schema", len(contractKeys), len(configSchema()))
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	if id := mustLoad(t, "").Station.ID; id != host {
		t.Errorf("station.id = %q, want the host name %q", id, host)
	}
}

func TestShippedFileEqualsDefaults(t *testing.T) {
	got := mustLoad(t, writeConfig(t, string(configs.Default)))
	if got, want := effective(t, got), effective(t, mustLoad(t, "")); got != want {
		t.Errorf("configs/custodock.yaml gives\n%s\nwant the defaults\n%s", got, want)
	}
}

// documented returns, by key, the comment right above each key of a file
// that is indented by two.
func documented(text string) map[string]string {
	docs, group, comment := map[string]string{}, "", []string{}
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		name, _, isKey := strings.Cut(trimmed, ":")
		switch {
		case strings.HasPrefix(trimmed, "#"):
			comment = append(comment, strings.TrimSpace(trimmed[1:]))
			continue
		case isKey && !strings.HasPrefix(line, " "):
			group = name
			docs[name] = strings.Join(comment, " ")
		case isKey:
			docs[group+"."+name] = strings.Join(comment, " ")
		}
		comment = nil
	}
	return docs
}

func TestShippedFileDocumentsEveryKey(t *testing.T) {
	docs := documented(string(configs.Default))
	for _, s := range configSchema() {
		if !strings.HasPrefix(docs[s.key], s.doc) {
			t.Errorf("%s: the comment above it in configs/custodock.yaml is\n%q, want it to begin with\n%q", s.key, docs[s.key], s.doc)
		}
	}
}

const everythingSet = `
station: {id: hq-1, name: 城管一站, timezone: Asia/Kathmandu}
data_dir: /srv/custodock
cameras:
  roots: [/mnt/a, /mnt/b]
  settle: 0
  profiles: /etc/custodock/profiles
usb: {enabled: false}
bays:
  - {bay: 1, usb_port: "1-1.3"}
  - {bay: 2, folder: cam2}
deadline: {window: 36h, due_soon: 90m, clock_tolerance: 30s}
ingest: {parallel: 4, readback: false}
archive: {reserve: 20GiB}
camera: {release: stored, set_clock: true}
http: {listen: ":0", tls_cert: /etc/custodock/cert.pem, tls_key: /etc/custodock/key.pem}
log: {level: debug, format: json}
`

func wantEverythingSet(t *testing.T) (c config) {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Kathmandu")
	if err != nil {
		t.Fatal(err)
	}
	c.Station.ID, c.Station.Name, c.Station.Timezone = "hq-1", "城管一站", zone
	c.DataDir = "/srv/custodock"
	c.Cameras.Roots, c.Cameras.Profiles = []string{"/mnt/a", "/mnt/b"}, "/etc/custodock/profiles"
	c.Bays = []bay{{Bay: 1, USBPort: "1-1.3"}, {Bay: 2, Folder: "cam2"}}
	c.Deadline.Window, c.Deadline.DueSoon, c.Deadline.ClockTolerance = 36*time.Hour, 90*time.Minute, 30*time.Second
	c.Ingest.Parallel = 4
	c.Archive.Reserve = reserve{Bytes: 20 << 30}
	c.Camera.Release, c.Camera.SetClock = releaseStored, true
	c.HTTP.Listen, c.HTTP.TLSCert, c.HTTP.TLSKey = ":0", "/etc/custodock/cert.pem", "/etc/custodock/key.pem"
	c.Log.Level, c.Log.Format = slog.LevelDebug, logJSON
	return c
}

func TestEveryKeyFromFile(t *testing.T) {
	got := mustLoad(t, writeConfig(t, everythingSet))
	if want := wantEverythingSet(t); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", effective(t, got), effective(t, want))
	}
}

func TestEveryKeyFromEnvironment(t *testing.T) {
	environ := []string{
		"PATH=/bin", "CUSTODOCK_SOCKET=/run/x.sock",
		"CUSTODOCK_STATION_ID=hq-1", "CUSTODOCK_STATION_NAME=城管一站", "CUSTODOCK_STATION_TIMEZONE=Asia/Kathmandu",
		"CUSTODOCK_DATA_DIR=/srv/custodock",
		"CUSTODOCK_CAMERAS_ROOTS=/mnt/a, /mnt/b", "CUSTODOCK_CAMERAS_SETTLE=0s", "CUSTODOCK_CAMERAS_PROFILES=/etc/custodock/profiles",
		"CUSTODOCK_USB_ENABLED=false",
		`CUSTODOCK_BAYS=[{bay: 1, usb_port: "1-1.3"}, {bay: 2, folder: cam2}]`,
		"CUSTODOCK_DEADLINE_WINDOW=36h", "CUSTODOCK_DEADLINE_DUE_SOON=90m", "CUSTODOCK_DEADLINE_CLOCK_TOLERANCE=30s",
		"CUSTODOCK_INGEST_PARALLEL=4", "CUSTODOCK_INGEST_READBACK=false",
		"CUSTODOCK_ARCHIVE_RESERVE=20GiB",
		"CUSTODOCK_CAMERA_RELEASE=stored", "CUSTODOCK_CAMERA_SET_CLOCK=true",
		"CUSTODOCK_HTTP_LISTEN=:0", "CUSTODOCK_HTTP_TLS_CERT=/etc/custodock/cert.pem", "CUSTODOCK_HTTP_TLS_KEY=/etc/custodock/key.pem",
		"CUSTODOCK_LOG_LEVEL=debug", "CUSTODOCK_LOG_FORMAT=json",
	}
	// The file differs in every value: the environment must win.
	got := mustLoad(t, writeConfig(t, string(configs.Default)), environ...)
	if want := wantEverythingSet(t); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", effective(t, got), effective(t, want))
	}
}

func TestEffectiveConfigurationLoadsAgain(t *testing.T) {
	for _, text := range []string{"", everythingSet, "archive: {reserve: 1234567}\nstation: {name: 'a: #b'}\n"} {
		want := effective(t, mustLoad(t, writeConfig(t, text)))
		if got := effective(t, mustLoad(t, writeConfig(t, want))); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

func TestFilesThatAreFine(t *testing.T) {
	want := effective(t, mustLoad(t, ""))
	for name, text := range map[string]string{
		"empty":            "",
		"comment":          "# nothing\n",
		"document marker":  "---\n",
		"null":             "~\n",
		"null group":       "station:\nusb: ~\n",
		"null value":       "station:\n  id:\nbays:\n",
		"empty group":      "station: {}\n",
		"byte order mark":  "\ufeffusb: {enabled: true}\n",
		"carriage returns": "usb:\r\n  enabled: true\r\n",
		"dotted":           "usb.enabled: true\n",
		"alias":            "ingest: {readback: &yes true}\nusb: {enabled: *yes}\n",
	} {
		if got := effective(t, mustLoad(t, writeConfig(t, text))); got != want {
			t.Errorf("%s: got\n%s\nwant the defaults", name, got)
		}
	}
}

func TestBadValues(t *testing.T) {
	for text, want := range map[string]string{
		"station: {id: a b}":               `:1: station.id: must be 1 to 64 letters, digits, dots, dashes and underscores, not "a b"`,
		"station: {id: 0012}":              `:1: station.id: must be text, not 10; put it in quotes`,
		"station: {name: 2026-11-20}":      `:1: station.name: must be text, not a date`,
		"station: {timezone: Mars}":        `:1: station.timezone: must be a zone such as Asia/Shanghai, not "Mars"`,
		"station: {timezone: Local}":       `:1: station.timezone: must be a zone`,
		"station: 5":                       `:1: station: is a group of keys: id, name, timezone`,
		"data_dir: ''":                     `:1: data_dir: must be a path, not ""`,
		"data_dir: {a: b}":                 `:1: data_dir: must be text, not a group of keys`,
		"cameras: {roots: /mnt}":           `:1: cameras.roots: must be a list such as [/run/custodock/cameras], not "/mnt"`,
		"cameras: {roots: [/a, 5]}":        `:1: cameras.roots: entry 2: must be text, not 5`,
		"cameras: {settle: -1s}":           `:1: cameras.settle: must be 0s or more, not -1s`,
		"usb: {enabled: maybe}":            `:1: usb.enabled: must be true or false, not "maybe"`,
		"usb: {enabled: 'true'}":           `:1: usb.enabled: must be true or false, not "true"`,
		"usb: {enabled: 1}":                `:1: usb.enabled: must be true or false, not 1`,
		"deadline: {window: 24}":           `:1: deadline.window: 24 has no unit: write 24s, 24m or 24h`,
		"deadline: {window: '24'}":         `:1: deadline.window: 24 has no unit`,
		"deadline: {window: 1d}":           `:1: deadline.window: must be a duration such as 24h, 90m or 2s, not "1d"`,
		"deadline: {window: 0s}":           `:1: deadline.window: must be 1ms or more, not 0s`,
		"deadline: {window: true}":         `:1: deadline.window: must be a duration`,
		"deadline: {due_soon: 24h}":        `:1: deadline.due_soon: must be less than deadline.window (24h), not 24h`,
		"deadline: {clock_tolerance: 30m}": `:1: deadline.clock_tolerance: must be less than 30m, not 30m`,
		"ingest: {parallel: four}":         `:1: ingest.parallel: must be a whole number, not "four"`,
		"ingest: {parallel: 1.5}":          `:1: ingest.parallel: must be a whole number, not 1.5`,
		"ingest: {parallel: -1}":           `:1: ingest.parallel: must be 0 to 256, not -1`,
		"ingest: {readback: [true]}":       `:1: ingest.readback: must be true or false, not a list`,
		"archive: {reserve: 100%}":         `:1: archive.reserve: must be less than 100%, not 100%`,
		"archive: {reserve: -5%}":          `:1: archive.reserve: must be a share such as 5% or a size such as 20GiB, not "-5%"`,
		"archive: {reserve: -5}":           `:1: archive.reserve: must be a share`,
		"archive: {reserve: 20G}":          `:1: archive.reserve: "20G": the unit must be % or one of B, KiB`,
		"archive: {reserve: 9000000TiB}":   `:1: archive.reserve: "9000000TiB" is too much`,
		"camera: {release: always}":        `:1: camera.release: must be never or stored, not "always"`,
		"camera: {release: store}":         `did you mean stored?`,
		"http: {listen: 8420}":             `:1: http.listen: must be text, not 8420`,
		"http: {listen: localhost}":        `:1: http.listen: must be address:port such as 127.0.0.1:8420, not "localhost"`,
		"http: {listen: 'localhost:http'}": `:1: http.listen: "localhost:http": the port must be 0 to 65535, not "http"`,
		"http: {listen: 'a b:1'}":          `:1: http.listen: "a b:1": "a b" is no address and no host name`,
		"http: {tls_cert: /a}":             `:1: http.tls_cert: http.tls_cert and http.tls_key are given together, or neither`,
		"http: {tls_key: /a}":              `:1: http.tls_key: http.tls_cert and http.tls_key are given together, or neither`,
		"log: {level: warning}":            `:1: log.level: must be debug or info or warn or error, not "warning"`,
		"log: {format: xml}":               `:1: log.format: must be text or json, not "xml"`,

		"bays: {bay: 1}":   `:1: bays: must be a list such as`,
		"bays: [1]":        `:1: bays: entry 1: must look like {bay: 1, usb_port: "1-1.3"}, not 1`,
		"bays: [{bay: 1}]": `:1: bays: entry 1: must have either usb_port or folder`,
		"bays: [{bay: 1, folder: a, usb_port: 1-1}]":               `:1: bays: entry 1: must have either usb_port or folder`,
		"bays: [{folder: a}]":                                      `:1: bays: entry 1: bay is missing`,
		"bays: [{bay: 0, folder: a}]":                              `:1: bays: entry 1: bay: must be 1 to 9999, not 0`,
		"bays: [{bay: one, folder: a}]":                            `:1: bays: entry 1: bay: must be a whole number, not "one"`,
		"bays: [{bay: 1, folder: a/b}]":                            `:1: bays: entry 1: folder: must be the name of a folder below one of cameras.roots, not "a/b"`,
		"bays: [{bay: 1, usb_port: usb1}]":                         `:1: bays: entry 1: usb_port: must be a port as in /sys/bus/usb/devices, such as 1-1.3, not "usb1"`,
		"bays: [{bay: 1, folder: ''}]":                             `:1: bays: entry 1: folder: must be the name`,
		"bays: [{bay: 1, port: 1-1}]":                              `:1: bays: entry 1: port: no such key`,
		"bays: [{bay: 1, folder: a}, {bay: 1, folder: b}]":         `:1: bays: entries 1 and 2 both have bay 1`,
		"bays: [{bay: 1, folder: a}, {bay: 2, folder: a}]":         `:1: bays: entries 1 and 2 both have folder a`,
		"bays: [{bay: 1, usb_port: 1-1}, {bay: 2, usb_port: 1-1}]": `:1: bays: entries 1 and 2 both have usb_port 1-1`,
		"bays: [{bay: 1, bay: 2, folder: a}]":                      `:1: bays: line 1: mapping key "bay" already defined at line 1`,
		"data_dir: /a\ncameras: {roots: [/a/b]}":                   `:2: cameras.roots: data_dir /a and the cameras' root /a/b must not lie in one another`,
		"data_dir: /run/custodock/cameras":                         `:1: data_dir: data_dir /run/custodock/cameras and the cameras' root /run/custodock/cameras must not lie in one another`,
		"data_dir: /run/custodock/cameras/x":                       `must not lie in one another`,
		"cameras: {roots: [/a, /a/b]}":                             `:1: cameras.roots: /a and /a/b are the same or lie in one another`,
		"usb: {enabled: true}\nusb: {enabled: false}":              `:2: usb: set twice, first in line 1`,
		"usb: {enabled: true, enabled: false}":                     `:1: usb.enabled: set twice, first in line 1`,
		"usb: {enabled: true}\nusb.enabled: false":                 `:2: usb.enabled: set twice, first at `,
		"deadlin: {window: 24h}":                                   `:1: deadlin: no such key; did you mean deadline?`,
		"deadline: {windwo: 24h}":                                  `:1: deadline.windwo: no such key; did you mean deadline.window?`,
		"window: 24h":                                              `:1: window: no such key; did you mean deadline.window?`,
		"archive: {release: stored}":                               `:1: archive.release: no such key; did you mean camera.release?`,
		"Station: {id: a}":                                         `:1: Station: no such key; did you mean station?`,
		"50%s: 1":                                                  `:1: 50%s: no such key`,
		"<<: {a: b}":                                               `:1: <<: no such key`,
		"zzzzzzzzzzzzzzzz: 1":                                      `:1: zzzzzzzzzzzzzzzz: no such key`,
		"usb:\n\tenabled: true":                                    `:2: not valid YAML: found character that cannot start any token; YAML is indented with spaces, and there are tabs in this file`,
		"usb: {enabled: true":                                      `not valid YAML`,
		"usb: {enabled: true}\n---\nusb: {enabled: true}":          `:2: not valid YAML: a second document starts here`,
		"- a":  `:1: must hold keys`,
		"\xff": `not valid YAML`,
	} {
		file := writeConfig(t, text)
		_, err := loadConfig(file, nil)
		if !errors.Is(err, errConfig) {
			t.Errorf("%q: got %v, want errConfig", text, err)
			continue
		}
		if got := err.Error(); !strings.Contains(got, want) || !strings.Contains(got, file) {
			t.Errorf("%q: got\n%s\nwant\n%s%s", text, got, file, want)
		}
	}
}

func TestBadEnvironment(t *testing.T) {
	for line, want := range map[string]string{
		"CUSTODOCK_USB_ENABLED=yes":         `environment CUSTODOCK_USB_ENABLED: usb.enabled: must be true or false, not "yes"`,
		"CUSTODOCK_INGEST_PARALLEL=4x":      `environment CUSTODOCK_INGEST_PARALLEL: ingest.parallel: must be a whole number, not "4x"`,
		"CUSTODOCK_INGEST_PARALEL=4":        `environment: CUSTODOCK_INGEST_PARALEL: no such setting; did you mean CUSTODOCK_INGEST_PARALLEL?`,
		"CUSTODOCK_SOKET=/x":                `did you mean CUSTODOCK_SOCKET?`,
		"CUSTODOCK_BAYS=[{bay: 1}":          `environment CUSTODOCK_BAYS: bays: must be a list such as`,
		"CUSTODOCK_BAYS=5":                  `environment CUSTODOCK_BAYS: bays: must be a list such as`,
		"CUSTODOCK_CAMERAS_ROOTS=/a,,/b":    `environment CUSTODOCK_CAMERAS_ROOTS: cameras.roots: entry 2: must be a path, not ""`,
		"CUSTODOCK_DEADLINE_WINDOW=24":      `environment CUSTODOCK_DEADLINE_WINDOW: deadline.window: 24 has no unit`,
		"CUSTODOCK_DATA_DIR=/run/custodock": `environment CUSTODOCK_DATA_DIR: data_dir: data_dir /run/custodock and`,
	} {
		_, err := loadConfig("", []string{line})
		if !errors.Is(err, errConfig) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got\n%v\nwant\n%s", line, err, want)
		}
	}
}

func TestEmptyVariableIsUnset(t *testing.T) {
	file := writeConfig(t, "deadline: {window: 30h}")
	if got := mustLoad(t, file, "CUSTODOCK_DEADLINE_WINDOW="); got.Deadline.Window != 30*time.Hour {
		t.Errorf("window = %s, want the file's 30h", got.Deadline.Window)
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	file := writeConfig(t, "usb: {enabled: maybe}\nlog: {levl: debug}\ningest:\n  parallel: four\nbays: [{bay: 0, folder: a/b}]\n")
	_, err := loadConfig(file, []string{"CUSTODOCK_CAMERA_RELEASE=x", "CUSTODOCK_X=1"})
	if err == nil {
		t.Fatal("no error")
	}
	lines := strings.Split(err.Error(), "\n")
	for _, want := range []string{
		file + ":1: usb.enabled: ", file + ":2: log.levl: ", file + ":4: ingest.parallel: ",
		file + ":5: bays: entry 1: bay: ", file + ":5: bays: entry 1: folder: ",
		"environment CUSTODOCK_CAMERA_RELEASE: camera.release: ", "environment: CUSTODOCK_X: ",
	} {
		if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, want) }) {
			t.Errorf("no line begins with %q in\n%v", want, err)
		}
	}
	if len(lines) != 8 {
		t.Errorf("%d lines, want a heading and 7 problems:\n%v", len(lines), err)
	}
}

func TestOneProblemIsReportedOnce(t *testing.T) {
	for _, text := range []string{"cameras: {roots: ['', /a, /a]}", "data_dir: ''", "deadline: {due_soon: 48}", "usb: {enabled: maybe}"} {
		_, err := loadConfig(writeConfig(t, text), nil)
		if err == nil || strings.Count(err.Error(), "\n") != 1 {
			t.Errorf("%s: got\n%v", text, err)
		}
	}
}

func TestDidYouMean(t *testing.T) {
	keys := []string{"station", "station.name", "usb.enabled", "deadline.window", "log.level"}
	for word, want := range map[string]string{
		"staton": "station", "stationname": "station.name", "window": "deadline.window", "ingest.windows": "deadline.window",
		"USB.Enabled": "usb.enabled", "log": "", "colour": "", "x": "", "deadline.colour": "",
	} {
		if want != "" {
			want = "; did you mean " + want + "?"
		}
		if got := didYouMean(word, keys); got != want {
			t.Errorf("%s: got %q, want %q", word, got, want)
		}
	}
}

func TestMissingFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "none.yaml")
	_, err := loadConfig(file, nil)
	if !errors.Is(err, errConfig) || !strings.Contains(err.Error(), file+": no such file") || !strings.Contains(err.Error(), "touch "+file) {
		t.Errorf("got %v", err)
	}
	if _, err := loadConfig(t.TempDir(), nil); !errors.Is(err, errConfig) {
		t.Errorf("a folder for a file: got %v, want errConfig", err)
	}
}

func TestPathsBecomeAbsolute(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	c := mustLoad(t, "", "CUSTODOCK_DATA_DIR=./var/data", "CUSTODOCK_CAMERAS_ROOTS=./var/cameras", "CUSTODOCK_CAMERAS_PROFILES=p/")
	got := []string{c.DataDir, c.Cameras.Roots[0], c.Cameras.Profiles}
	if want := []string{dir + "/var/data", dir + "/var/cameras", dir + "/p"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRootBehindSymlinkIntoDataDir(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(dir+"/data", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(dir+"/data", dir+"/link"); err != nil {
		t.Fatal(err)
	}
	_, err := loadConfig("", []string{"CUSTODOCK_DATA_DIR=" + dir + "/data", "CUSTODOCK_CAMERAS_ROOTS=" + dir + "/link/cameras"})
	if err == nil || !strings.Contains(err.Error(), "must not lie in one another") {
		t.Errorf("got %v", err)
	}
}

func TestListenAddresses(t *testing.T) {
	for _, want := range []string{":8420", "0.0.0.0:0", "[::1]:8420", "[fe80::1%eth0]:8420", "station-1.example:65535"} {
		if got := mustLoad(t, "", "CUSTODOCK_HTTP_LISTEN="+want).HTTP.Listen; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestShortWindowKeepsDefaultDueSoon(t *testing.T) {
	c := mustLoad(t, writeConfig(t, "deadline: {window: 10s}"))
	if c.Deadline.Window != 10*time.Second || c.Deadline.DueSoon != 4*time.Hour {
		t.Errorf("got window %s, due soon %s", c.Deadline.Window, c.Deadline.DueSoon)
	}
}

func TestReserve(t *testing.T) {
	for text, want := range map[string]reserve{
		"0":      {},
		"0%":     {},
		"5%":     {Percent: 5},
		"2.5 %":  {Percent: 2.5},
		"1500":   {Bytes: 1500},
		"1500B":  {Bytes: 1500},
		"20GiB":  {Bytes: 20 << 30},
		"20 gib": {Bytes: 20 << 30},
		"1.5KiB": {Bytes: 1536},
		"3MB":    {Bytes: 3e6},
		"2TB":    {Bytes: 2e12},
		"2TiB":   {Bytes: 2 << 40},
	} {
		if got, err := parseReserve(text); err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", text, got, err, want)
		}
	}
	if got := mustLoad(t, writeConfig(t, "archive: {reserve: 4096}")).Archive.Reserve; got.Bytes != 4096 {
		t.Errorf("a bare number in YAML: got %+v, want 4096 bytes", got)
	}
}

func TestReserveReadsWhatItWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := reserve{Bytes: rapid.Int64Range(1, 1<<52).Draw(t, "bytes")}
		if rapid.Bool().Draw(t, "share") {
			want = reserve{Percent: float64(rapid.IntRange(0, 9999).Draw(t, "percent")) / 100}
		}
		if got, err := parseReserve(want.String()); err != nil || got != want {
			t.Fatalf("%s: got %+v, %v, want %+v", want, got, err, want)
		}
	})
}
