package main

import (
	"log/slog"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// setting is one key of the configuration. The table of them is the only
// place that knows the keys: defaults, the environment's names, unknown keys,
// hints at typing errors and the effective configuration come from it.
type setting struct {
	key   string
	def   any    // as YAML would give it
	doc   string // one sentence, also above the key in configs/custodock.yaml
	parse func(text string) (any, error)
	set   func(c *config, value any) error
	get   func(c *config) any
}

// env returns the environment variable of the setting.
func (s setting) env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(s.key, ".", "_"))
}

// newSetting makes a setting of a kind of value and of the field that it goes to.
func newSetting[T any](name string, def any, k valueKind[T], field func(*config) *T, doc string) setting {
	return setting{
		key: name, def: def, doc: doc, parse: k.parse,
		set: func(c *config, value any) (err error) {
			*field(c), err = k.decode(value)
			return err
		},
		get: func(c *config) any { return k.encode(*field(c)) },
	}
}

// configSchema is every key of the configuration, groups together, in the order in
// which they are shown.
func configSchema() []setting {
	return []setting{
		newSetting("station.id", "", stationIDValue(), func(c *config) *string { return &c.Station.ID },
			"Name of this station in records and metrics: letters, digits, dot, dash and underscore; the host name when empty."),
		newSetting("station.name", "", textValue(), func(c *config) *string { return &c.Station.Name },
			"What people call this station; shown on the page."),
		newSetting("station.timezone", "Asia/Shanghai", locationValue(), func(c *config) **time.Location { return &c.Station.Timezone },
			"IANA zone of the station: days of the archive, and cameras whose clock shows local time."),
		newSetting("data_dir", "/var/lib/custodock", pathValue(), func(c *config) *string { return &c.DataDir },
			"Folder of the archive, the catalog and the control socket."),
		newSetting("cameras.roots", []any{"/run/custodock/cameras"}, pathsValue(), func(c *config) *[]string { return &c.Cameras.Roots },
			"Folders in which each direct sub-folder, mounted or plain, is a docked camera."),
		newSetting("cameras.settle", "2s", durationValue(0), func(c *config) *time.Duration { return &c.Cameras.Settle },
			"A plain sub-folder counts as docked when nothing in it has changed for this long; a mount counts at once."),
		newSetting("cameras.profiles", "", optionalPathValue(), func(c *config) *string { return &c.Cameras.Profiles },
			"Folder of camera profiles (YAML) that come before the built-in ones; none when empty."),
		newSetting("usb.enabled", true, boolValue(), func(c *config) *bool { return &c.USB.Enabled },
			"Serve MTP cameras over USB."),
		newSetting("bays", []any{}, baysValue(), func(c *config) *[]bay { return &c.Bays },
			"Numbered places, each with a usb_port or a folder; cameras elsewhere get the next free number."),
		newSetting("deadline.window", "24h", durationValue(time.Millisecond), func(c *config) *time.Duration { return &c.Deadline.Window },
			"From the end of a recording to its storage (Article 15)."),
		newSetting("deadline.due_soon", "4h", durationValue(time.Millisecond), func(c *config) *time.Duration { return &c.Deadline.DueSoon },
			"How long before it is due a clip counts as due soon."),
		newSetting("deadline.clock_tolerance", "2m", toleranceValue(), func(c *config) *time.Duration { return &c.Deadline.ClockTolerance },
			"How far a camera's clock may be out, or two statements of it apart, and still be believed."),
		newSetting("ingest.parallel", 0, wholeValue(0, 256), func(c *config) *int { return &c.Ingest.Parallel },
			"Cameras copied at the same time; 0 lets the program choose."),
		newSetting("ingest.readback", true, boolValue(), func(c *config) *bool { return &c.Ingest.Readback },
			"Read each stored clip back from the disk, past the page cache, before it counts as stored."),
		newSetting("archive.reserve", "5%", reserveValue(), func(c *config) *reserve { return &c.Archive.Reserve },
			"Free space of the archive's disk never used for clips: a share such as 5% or a size such as 20GiB."),
		newSetting("camera.release", releaseNever, oneOfValue(releaseNever, releaseStored), func(c *config) *string { return &c.Camera.Release },
			"never, or stored: remove a clip from its camera once it is stored and a second read of it gave the same SHA-256."),
		newSetting("camera.set_clock", false, boolValue(), func(c *config) *bool { return &c.Camera.SetClock },
			"Set the camera's clock after its offset was measured."),
		newSetting("http.listen", "127.0.0.1:8420", listenValue(), func(c *config) *string { return &c.HTTP.Listen },
			"Address and port of the page, the API and the metrics."),
		newSetting("http.tls_cert", "", optionalPathValue(), func(c *config) *string { return &c.HTTP.TLSCert },
			"Certificate of the station with those that vouch for it (PEM): with http.tls_key, all is served over TLS alone; none when empty."),
		newSetting("http.tls_key", "", optionalPathValue(), func(c *config) *string { return &c.HTTP.TLSKey },
			"The certificate's private key (PEM)."),
		newSetting("log.level", "info", levelValue(), func(c *config) *slog.Level { return &c.Log.Level },
			"Least serious messages that are logged: debug, info, warn or error."),
		newSetting("log.format", logText, oneOfValue(logText, logJSON), func(c *config) *string { return &c.Log.Format },
			"How log lines look: text or json."),
	}
}

// yaml returns the effective configuration as a file that loadConfig reads.
func (c *config) yaml() ([]byte, error) {
	root := &yaml.Node{Kind: yaml.MappingNode}
	groups := map[string]*yaml.Node{"": root}
	for _, s := range configSchema() {
		group, name := splitKey(s.key)
		if groups[group] == nil {
			groups[group] = &yaml.Node{Kind: yaml.MappingNode}
			root.Content = append(root.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: group}, groups[group])
		}
		value := new(yaml.Node)
		if err := value.Encode(s.get(c)); err != nil {
			return nil, err
		}
		if value.Kind == yaml.SequenceNode {
			value.Style = yaml.FlowStyle // one line a key
		}
		groups[group].Content = append(groups[group].Content,
			&yaml.Node{Kind: yaml.ScalarNode, Value: name, HeadComment: s.doc}, value)
	}
	return yaml.Marshal(root)
}

// splitKey cuts "deadline.window" into its group and its name in the group;
// the group of "data_dir" is empty.
func splitKey(key string) (group, name string) {
	if group, name, ok := strings.Cut(key, "."); ok {
		return group, name
	}
	return "", key
}
