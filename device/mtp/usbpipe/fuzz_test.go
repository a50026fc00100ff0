package usbpipe

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// FuzzOSString holds that a string descriptor is Microsoft's, to the letter, or
// none.
func FuzzOSString(f *testing.F) {
	f.Add(osString(0x42))
	f.Add(osString(0)[:17])
	f.Add(append(osString(1), 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		vendor, ok := parseOSString(b)
		var units []uint16
		for i := 2; i+1 < min(len(b), 16); i += 2 {
			units = append(units, binary.LittleEndian.Uint16(b[i:]))
		}
		want := len(b) == 18 && b[0] == 18 && b[1] == 3 && slices.Equal(units, utf16.Encode([]rune("MSFT100")))
		if ok != want || ok && vendor != b[16] || !ok && vendor != 0 {
			t.Errorf("%x is a Microsoft OS string: %v, with request %#x", b, ok, vendor)
		}
	})
}

// FuzzCompatIDs holds that the interfaces that are MTP are those whose record
// says so, and is there: within the bytes, the length and the count.
func FuzzCompatIDs(f *testing.F) {
	f.Add(compatIDs(map[byte]string{0: "MTP", 3: "WINUSB"}))
	f.Add(compatIDs(map[byte]string{0: "MTP\x00X", 1: "XMTP", 2: "MTPMTPMT", 7: "MTP"}))
	f.Add(compatIDs(map[byte]string{2: "MTP"})[:39])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		want := map[int]bool{}
		if len(b) >= 16 && string(b[4:8]) == "\x00\x01\x04\x00" {
			end := min(int64(binary.LittleEndian.Uint32(b)), int64(len(b)))
			for i := range int64(b[8]) {
				at := 16 + 24*i
				if at+24 > end {
					break
				}
				if r := b[at : at+24]; strings.TrimRight(string(r[2:10]), "\x00") == "MTP" {
					want[int(r[0])] = true
				}
			}
		}
		if got := parseCompatIDs(b); !maps.Equal(got, want) {
			t.Errorf("interfaces %v are MTP, want %v", got, want)
		}
	})
}

// run is the settings of interface descriptors with one number that follow
// each other.
type run struct {
	number   byte
	settings []byte
}

// runs are those of each configuration in descriptors as sysfs has them.
func runs(b []byte) (configs [][]run) {
	for b = b[min(len(b), 18):]; len(b) >= 2 && b[0] >= 2 && int(b[0]) <= len(b); b = b[b[0]:] {
		if b[1] == 2 {
			configs = append(configs, nil)
			continue
		}
		if b[1] != 4 || b[0] < 9 || len(configs) == 0 {
			continue
		}
		c := &configs[len(configs)-1]
		if n := len(*c); n == 0 || (*c)[n-1].number != b[2] {
			*c = append(*c, run{number: b[2]})
		}
		last := &(*c)[len(*c)-1]
		last.settings = append(last.settings, b[3])
	}
	return configs
}

// FuzzSenseless holds that devices are blamed of which an interface has no
// setting but such as an interface before had, and no others.
func FuzzSenseless(f *testing.F) {
	f.Add(descriptors([][2]byte{{0, 0}, {1, 0}, {1, 1}}))
	f.Add(descriptors([][2]byte{{0, 0}, {1, 0}, {0, 0}, {2, 0}}, [][2]byte{{0, 0}}))
	f.Add(descriptors([][2]byte{{0, 0}, {1, 0}, {0, 1}, {1, 0}}))
	f.Add(append(descriptors([][2]byte{{0, 0}}), 0, 4, 0, 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		want := false
		for _, config := range runs(b) {
			before := map[[2]byte]bool{}
			for _, r := range config {
				news := false
				for _, s := range r.settings {
					news = news || !before[[2]byte{r.number, s}]
					before[[2]byte{r.number, s}] = true
				}
				want = want || !news
			}
		}
		if got := isSenseless(b); got != want {
			t.Errorf("senseless: %v, want %v", got, want)
		}
	})
}
