package main

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// usbPort is a port as sysfs names it: bus, then port by port through hubs.
var usbPort = regexp.MustCompile(`^[0-9]+-[0-9]+(\.[0-9]+)*$`)

// baysValue is a list such as [{bay: 1, usb_port: "1-1.3"}, {bay: 2, folder: cam2}].
func baysValue() valueKind[[]bay] {
	return valueKind[[]bay]{
		parse: func(text string) (any, error) {
			var list any
			if err := yaml.Unmarshal([]byte(text), &list); err != nil {
				return nil, fmt.Errorf(`must be a list such as [{bay: 1, usb_port: "1-1.3"}]: %w`, yamlErrors(err))
			}
			return list, nil
		},
		decode: decodeBays,
		encode: func(v []bay) any {
			if v == nil {
				v = []bay{}
			}
			return v
		},
	}
}

func decodeBays(value any) ([]bay, error) {
	list, ok := value.([]any)
	if !ok {
		return nil, fmt.Errorf(`must be a list such as [{bay: 1, usb_port: "1-1.3"}], not %s`, showValue(value))
	}
	var (
		out   []bay
		errs  []error
		taken = map[string]int{} // by what must be there once, the entry that has it
	)
	for i, e := range list {
		b, err := decodeBay(e)
		for _, err := range unjoin(err) {
			if err != nil {
				errs = append(errs, fmt.Errorf("entry %d: %w", i+1, err))
			}
		}
		for _, what := range b.claims() {
			if first, double := taken[what]; double {
				errs = append(errs, fmt.Errorf("entries %d and %d both have %s", first, i+1, what))
				continue
			}
			taken[what] = i + 1
		}
		out = append(out, b)
	}
	return out, errors.Join(errs...)
}

// claims lists what no other bay may have: a camera would be in two of them.
func (b bay) claims() (out []string) {
	if b.Bay > 0 {
		out = append(out, fmt.Sprintf("bay %d", b.Bay))
	}
	if b.USBPort != "" {
		out = append(out, "usb_port "+b.USBPort)
	}
	if b.Folder != "" {
		out = append(out, "folder "+b.Folder)
	}
	return out
}

// decodeBay names every fault of one entry.
func decodeBay(value any) (b bay, err error) {
	entry, ok := value.(map[string]any)
	if !ok {
		return b, fmt.Errorf(`must look like {bay: 1, usb_port: "1-1.3"}, not %s`, showValue(value))
	}
	var errs []error
	note := func(key string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", key, err))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(entry)) {
		switch v := entry[k]; k {
		case "bay":
			b.Bay, err = wholeValue(1, 9999).decode(v)
			note(k, err)
		case "usb_port":
			b.USBPort, err = plainValue(validPort).decode(v)
			note(k, err)
		case "folder":
			b.Folder, err = plainValue(validFolder).decode(v)
			note(k, err)
		default:
			note(k, fmt.Errorf("no such key%s", didYouMean(k, []string{"bay", "usb_port", "folder"})))
		}
	}
	_, port := entry["usb_port"]
	_, folder := entry["folder"]
	if _, ok := entry["bay"]; !ok {
		errs = append(errs, errors.New("bay is missing: its number, 1 or more"))
	}
	if port == folder {
		errs = append(errs, errors.New("must have either usb_port or folder"))
	}
	return b, errors.Join(errs...)
}

// validPort does not ask whether the port is there: hubs may come later.
func validPort(s string) error {
	if usbPort.MatchString(s) {
		return nil
	}
	return fmt.Errorf("must be a port as in /sys/bus/usb/devices, such as 1-1.3, not %q", s)
}

func validFolder(s string) error {
	if s == "" || s == "." || s == ".." || strings.ContainsAny(s, "/\x00") {
		return fmt.Errorf("must be the name of a folder below one of cameras.roots, not %q", s)
	}
	return nil
}
