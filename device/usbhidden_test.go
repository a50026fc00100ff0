package device

import (
	"slices"
	"strings"
	"testing"
)

// descriptors are a device's, with configurations of interfaces: number,
// setting, class, subclass, protocol.
func descriptors(configurations ...[][5]byte) string {
	b := append([]byte{18, 1}, make([]byte, 16)...)
	for i, interfaces := range configurations {
		b = append(b, 9, configDescriptor, 0, 0, byte(len(interfaces)), byte(i+1), 0, 0x80, 50)
		for _, d := range interfaces {
			b = append(b, 9, interfaceDescriptor, d[0], d[1], 2, d[2], d[3], d[4], 0)
			b = append(b, 7, 5, 0x81, 2, 0, 2, 0, 7, 5, 0x01, 2, 0, 2, 0)
		}
	}
	return string(b)
}

func TestFindHiddenMTP(t *testing.T) {
	still, disk, vendor := [5]byte{0, 0, 6, 1, 1}, [5]byte{0, 0, 8, 6, 0x50}, [5]byte{0, 0, 0xFF, 0, 0}
	alternate := [5]byte{1, 2, 6, 1, 1}
	one := func(d ...[5]byte) [][5]byte { return d }
	for name, tt := range map[string]struct {
		descriptors, active string
		want                HiddenMTP
		found               bool
	}{
		"nothing":                         {descriptors(one(disk)), "1\n", HiddenMTP{}, false},
		"shown":                           {descriptors(one(still)), "1\n", HiddenMTP{}, false},
		"another configuration":           {descriptors(one(disk), one(disk, still)), "1\n", HiddenMTP{Configuration: 2, Active: 1}, true},
		"the one that is active":          {descriptors(one(disk), one(disk, still)), "2\n", HiddenMTP{}, false},
		"none is active":                  {descriptors(one(still)), "\n", HiddenMTP{Configuration: 1}, true},
		"another setting":                 {descriptors(one(disk, vendor, alternate)), "1\n", HiddenMTP{Configuration: 1, Active: 1, Interface: 1, Setting: 2}, true},
		"a vendor's class says nothing":   {descriptors(one(disk), one(vendor)), "1\n", HiddenMTP{}, false},
		"cut off":                         {descriptors(one(disk), one(still))[:50], "1\n", HiddenMTP{}, false},
		"a length of 0":                   {descriptors(one(disk)) + "\x00\x04" + descriptors(one(still)), "1\n", HiddenMTP{}, false},
		"too short to be a configuration": {"\x02\x02\x05\x04\x00\x00\x00", "1\n", HiddenMTP{}, false},
		"empty":                           {"", "1\n", HiddenMTP{}, false},
	} {
		sysfs := makeSysfs(t, map[string]string{testPort + "/descriptors": tt.descriptors, testPort + "/bConfigurationValue": tt.active}, nil)
		got, ok := FindHiddenMTP(sysfs, "1-1.3")
		if got != tt.want || ok != tt.found {
			t.Errorf("%s: %+v, %v; want %+v, %v", name, got, ok, tt.want, tt.found)
		}
	}
	for _, port := range []string{"1-9", "", "../x"} {
		if got, ok := FindHiddenMTP(makeSysfs(t, nil, nil), port); ok {
			t.Errorf("nobody at %q: %+v", port, got)
		}
	}
}

func TestHiddenMTPSays(t *testing.T) {
	got := []string{
		HiddenMTP{Configuration: 2, Active: 1}.String(),
		HiddenMTP{Configuration: 1, Active: 1, Interface: 3, Setting: 2}.String(),
	}
	if !slices.Equal(got, []string{"in configuration 2, and 1 is active", "in setting 2 of interface 3, which starts as another kind"}) {
		t.Errorf("said %s", strings.Join(got, "; "))
	}
}

func FuzzStillImages(f *testing.F) {
	f.Add([]byte(descriptors([][5]byte{{0, 0, 8, 6, 0x50}}, [][5]byte{{0, 1, 6, 1, 1}})))
	f.Add([]byte{9, 4, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if n := len(stillImages(b)); n > len(b)/interfaceDescriptorLength {
			t.Errorf("%d interfaces in %d bytes", n, len(b))
		}
	})
}
