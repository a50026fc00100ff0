package mtp

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// umtprd is what uMTP-Responder 1.3.10 sent, which are seeds of fuzz tests.
func umtprd(t *testing.T, target, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata/fuzz", target, "umtprd-1.3.10-"+name))
	if err != nil {
		t.Fatal(err)
	}
	_, quoted, _ := strings.Cut(string(b), "[]byte(")
	s, err := strconv.Unquote(strings.TrimSuffix(quoted, ")\n"))
	if err != nil {
		t.Fatal(err)
	}
	return []byte(s)
}

func TestUmtprdObjects(t *testing.T) {
	for _, tt := range []struct {
		seed   string
		name   string
		folder bool
		size   uint32
		parent ObjectHandle
	}{
		{"folder", "DCIM", true, 4096, 0},
		{"file", "A0001.MP4", false, 15, 3},
		{"5-GiB-wrapped", "BIG.MP4", false, 1 << 30, 0},
	} {
		i, err := ParseObjectInfo(umtprd(t, "FuzzObjectInfo", tt.seed))
		if err != nil || i.Filename != tt.name || i.IsFolder() != tt.folder || i.ObjectCompressedSize != tt.size || i.ParentObject != tt.parent {
			t.Errorf("%s: %+v, %v", tt.seed, i, err)
		}
		if d, err := ParseDateTime(i.DateModified); err != nil || d.HasZone || d.String() != "20260301T123015" {
			t.Errorf("%s: written %q, %v", tt.seed, i.DateModified, err)
		}
	}
}

// Its properties know the size that its ObjectInfo wraps, and a name of any
// script.
func TestUmtprdProps(t *testing.T) {
	for _, tt := range []struct {
		seed, name string
		size       int64
	}{
		{"5-GiB", "BIG.MP4", 5 << 30},
		{"file", "影像 é.TXT", 1},
	} {
		list, err := ParseObjectPropList(umtprd(t, "FuzzObjectPropList", tt.seed))
		var o description
		for _, p := range list {
			o.set(p)
		}
		if err != nil || o.name != tt.name || o.Size != tt.size || o.isFolder() || !o.complete() {
			t.Errorf("%s: %+v, %v", tt.seed, o, err)
		}
	}
}

// It describes its battery as empty, and tells 0x8000 when it is asked for the
// value itself.
func TestUmtprdBattery(t *testing.T) {
	d, err := ParseDevicePropDesc(umtprd(t, "FuzzDevicePropDesc", "battery"))
	if err != nil || d.DevicePropertyCode != DevicePropBatteryLevel || d.CurrentValue != UintValue(TypeUint16, 0) {
		t.Errorf("described as %+v, %v", d, err)
	}
	d.CurrentValue, err = ParseValue(d.DataType, umtprd(t, "FuzzValue", "battery"))
	if level, ok := batteryLevel(d); err != nil || ok {
		t.Errorf("%v is a level of %v, %v", d.CurrentValue, level, err)
	}
}
