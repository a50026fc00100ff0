package mtp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"custodock/device/mtp"
	"custodock/device/simcam"
)

// recorded is when the files of these tests were.
var recorded = time.Date(2024, 2, 29, 23, 59, 58, 0, time.UTC)

// counter is a [mtp.Transport] that counts what is asked for.
type counter struct {
	mtp.Transport
	asked map[mtp.OperationCode]int
	all   int
}

func (c *counter) SendRequest(ctx context.Context, r mtp.Request) error {
	c.asked[r.Operation]++
	c.all++
	return c.Transport.SendRequest(ctx, r)
}

// dock docks a responder and opens a session with it.
func dock(t *testing.T, r *simcam.Responder, o mtp.Options) (*mtp.Session, *counter) {
	t.Helper()
	c := &counter{mtp.NewUSBTransport(r.Dock(512), mtp.USBOptions{}), map[mtp.OperationCode]int{}, 0}
	s, err := mtp.Open(t.Context(), c, o)
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

func responder(p simcam.Profile, storages ...simcam.Storage) *simcam.Responder {
	p.Locked = false
	return simcam.NewResponder(simcam.ResponderOptions{
		Profile: p, Manufacturer: "Acme", Model: "Cam", Serial: "S-1", Storages: storages, Battery: 40,
	})
}

func file(path string, size int64) simcam.File {
	return simcam.File{Path: path, Size: size, ModTime: recorded, Seed: uint64(size)}
}

// walk returns the sizes of all files, by storage and path, and what was skipped.
func walk(t *testing.T, s *mtp.Session) (map[string]mtp.Object, []mtp.Skipped) {
	t.Helper()
	found := make(map[string]mtp.Object)
	var skipped []mtp.Skipped
	err := s.Walk(t.Context(), func(o mtp.Object) error {
		path := fmt.Sprintf("%d:%s", o.Storage&0xF, strings.Join(o.Path, "/"))
		if o.Folder {
			path += "/"
		}
		if _, twice := found[path]; twice {
			t.Errorf("%s is there twice", path)
		}
		found[path] = o
		return nil
	}, func(k mtp.Skipped) { skipped = append(skipped, k) })
	if err != nil {
		t.Fatal(err)
	}
	return found, skipped
}

func TestEveryProfile(t *testing.T) {
	for _, p := range simcam.Profiles() {
		t.Run(p.Name, func(t *testing.T) {
			p.OnlyASCII, p.HideDotFiles = false, false
			r := responder(p, simcam.Storage{
				Capacity: 1 << 40, Free: 1 << 39,
				Files: []simcam.File{
					file("A.MP4", 100), file("DCIM/100/B.MP4", 500), file("DCIM/100/执法.MP4", 1<<20),
					file("DCIM/empty.MP4", 0), file("DCIM/whole packets.MP4", 1012), file(".hidden", 7),
				},
			})
			s, _ := dock(t, r, mtp.Options{})
			checkListing(t, s)
			checkReading(t, s)
			if s.Info().SerialNumber != "S-1" {
				t.Errorf("info %+v", s.Info())
			}
			ids, err := s.GetStorageIDs(t.Context())
			if err != nil || len(ids) != 1 {
				t.Fatalf("storages %v, %v", ids, err)
			}
			if i, err := s.GetStorageInfo(t.Context(), ids[0]); err != nil || i.MaxCapacity != 1<<40 || i.FreeSpaceInBytes != 1<<39 {
				t.Errorf("storage %+v, %v", i, err)
			}
			if err := s.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func checkListing(t *testing.T, s *mtp.Session) {
	t.Helper()
	found, skipped := walk(t, s)
	want := map[string]int64{
		"1:A.MP4": 100, "1:DCIM/": 0, "1:DCIM/100/": 0, "1:DCIM/100/B.MP4": 500, "1:DCIM/100/执法.MP4": 1 << 20,
		"1:DCIM/empty.MP4": 0, "1:DCIM/whole packets.MP4": 1012, "1:.hidden": 7,
	}
	for path, o := range found {
		if size, ok := want[path]; !ok || !o.Folder && o.Size != size {
			t.Errorf("%s has %d bytes, want %d", path, o.Size, size)
		}
		if !o.Folder && !o.Modified.Time.Equal(recorded) {
			t.Errorf("%s is from %v", path, o.Modified.Time)
		}
	}
	if len(found) != len(want) || len(skipped) != 0 {
		t.Errorf("found %v, skipped %v", slices.Sorted(maps.Keys(found)), skipped)
	}
}

// checkReading reads every file whole and in parts.
func checkReading(t *testing.T, s *mtp.Session) {
	t.Helper()
	found, _ := walk(t, s)
	for path, o := range found {
		if o.Folder {
			continue
		}
		want := make([]byte, o.Size)
		if _, err := simcam.Pattern(uint64(o.Size)).ReadAt(want, 0); err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		var whole bytes.Buffer
		if n, err := s.GetObject(t.Context(), o.Handle, o.Size, &whole); err != nil || n != o.Size || !bytes.Equal(whole.Bytes(), want) {
			t.Errorf("%s: %d of %d bytes, %v", path, n, o.Size, err)
		}
		if !s.CanReadParts(o.Size) {
			continue
		}
		var parts bytes.Buffer
		for {
			n, err := s.ReadPart(t.Context(), o.Handle, int64(parts.Len()), 300_000, &parts)
			if err != nil {
				t.Fatalf("%s at %d: %v", path, parts.Len(), err)
			}
			if n < 300_000 {
				break
			}
		}
		if !bytes.Equal(parts.Bytes(), want) {
			t.Errorf("%s in parts: %d of %d bytes", path, parts.Len(), o.Size)
		}
	}
}

// A listing takes as few transactions as the responder allows.
func TestListingTransactions(t *testing.T) {
	const folders, files = 20, 50
	var all []simcam.File
	for i := range folders * files {
		all = append(all, file(fmt.Sprintf("DCIM/%03d/%04d.MP4", i/files, i), int64(i)))
	}
	for _, tt := range []struct {
		profile simcam.Profile
		most    int
	}{
		{simcam.Android(), 2*(folders+2) + 10},
		{simcam.Umtprd(), folders*files + 2*folders + 20},
		{simcam.BarePTP(), folders*files + 2*folders + 20},
		{simcam.QEMU(), 2*folders*files + 2*folders + 20},
	} {
		s, c := dock(t, responder(tt.profile, simcam.Storage{Files: all}), mtp.Options{})
		found, skipped := walk(t, s)
		if len(found) != folders*files+folders+1 || len(skipped) != 0 || c.all > tt.most {
			t.Errorf("%s: %d objects in %d transactions, at most %d wanted: %v", tt.profile.Name, len(found), c.all, tt.most, c.asked)
		}
	}
}

func TestTwoStorages(t *testing.T) {
	for _, p := range simcam.Profiles() {
		if p.OneStorage {
			continue
		}
		t.Run(p.Name, func(t *testing.T) {
			p.FirstStorage, p.StorageStep = 0x10001, 1 // told apart by walk
			s, _ := dock(t, responder(p,
				simcam.Storage{Files: []simcam.File{file("A.MP4", 1), file("DCIM/B.MP4", 2)}},
				simcam.Storage{Files: []simcam.File{file("A.MP4", 3), file("DCIM/B.MP4", 4)}},
			), mtp.Options{})
			found, skipped := walk(t, s)
			for path, size := range map[string]int64{"1:A.MP4": 1, "1:DCIM/B.MP4": 2, "2:A.MP4": 3, "2:DCIM/B.MP4": 4} {
				if o, ok := found[path]; !ok || o.Size != size {
					t.Errorf("%s: %v, %d bytes, want %d", path, ok, o.Size, size)
				}
			}
			if len(found) != 6 || len(skipped) != 0 {
				t.Errorf("found %v, skipped %v", slices.Sorted(maps.Keys(found)), skipped)
			}
		})
	}
}

// 4 GiB and more: the size is right wherever it can be had, and unknown, never
// wrong, where not; the container's length cannot say it.
func TestFiveGibibytes(t *testing.T) {
	const size = 5 << 30
	for _, tt := range []struct {
		profile simcam.Profile
		want    int64
	}{
		{simcam.Android(), size}, {simcam.Umtprd(), size}, {simcam.QEMU(), size}, {simcam.BarePTP(), mtp.SizeUnknown},
	} {
		t.Run(tt.profile.Name, func(t *testing.T) {
			s, _ := dock(t, responder(tt.profile, simcam.Storage{Files: []simcam.File{file("BIG.MP4", size), file("B.MP4", 1)}}), mtp.Options{})
			found, _ := walk(t, s)
			o := found["1:BIG.MP4"]
			if o.Size != tt.want {
				t.Errorf("size %d, want %d", o.Size, tt.want)
			}
			if got, err := s.ObjectSize(t.Context(), o.Handle); got != tt.want || err != nil {
				t.Errorf("alone: size %d, %v, want %d", got, err, tt.want)
			}
			var tail bytes.Buffer
			n, err := s.ReadPart(t.Context(), o.Handle, size-3, 100, &tail)
			if s.Supports(mtp.OpGetPartialObject64) {
				if n != 3 || err != nil {
					t.Errorf("the end: %d bytes, %v", n, err)
				}
			} else if !errors.Is(err, mtp.ErrUnsupported) {
				t.Errorf("the end: %d bytes, %v, want ErrUnsupported", n, err)
			}
		})
	}
}

// Advertised is not implemented: what is refused is dropped, and another way
// is gone.
func TestAdvertisedIsNotImplemented(t *testing.T) {
	p := simcam.Android()
	files := []simcam.File{file("DCIM/A.MP4", 1000), file("DCIM/B.MP4", 2000)}
	for _, lacks := range [][]mtp.OperationCode{
		{mtp.OpGetObjectPropList},
		{mtp.OpGetObjectPropList, mtp.OpGetObjectPropValue},
		{mtp.OpGetPartialObject64},
		{mtp.OpGetDevicePropDesc},
	} {
		p.Unimplemented = lacks
		s, c := dock(t, responder(p, simcam.Storage{Files: files}), mtp.Options{})
		for range 2 {
			found, _ := walk(t, s)
			o := found["1:DCIM/B.MP4"]
			var got bytes.Buffer
			if n, err := s.ReadPart(t.Context(), o.Handle, 1990, 100, &got); o.Size != 2000 || n != 10 || err != nil {
				t.Errorf("without %v: size %d, read %d, %v", lacks, o.Size, n, err)
			}
			if _, _, err := s.BatteryLevel(t.Context()); err != nil {
				t.Errorf("without %v: battery: %v", lacks, err)
			}
		}
		for _, op := range lacks {
			if s.Supports(op) || c.asked[op] != 1 {
				t.Errorf("%v was asked for %d times", op, c.asked[op])
			}
		}
	}
}

// A session that another program left open is closed, or taken over.
func TestSessionAlreadyOpen(t *testing.T) {
	for _, p := range simcam.Profiles() {
		r := responder(p, simcam.Storage{Files: []simcam.File{file("A.MP4", 1)}})
		c := &counter{mtp.NewUSBTransport(r.Dock(512), mtp.USBOptions{}), map[mtp.OperationCode]int{}, 0}
		for i := range 3 {
			s, err := mtp.Open(t.Context(), c, mtp.Options{})
			if err != nil {
				t.Fatalf("%s: %v", p.Name, err)
			}
			if closed := c.asked[mtp.OpCloseSession]; closed != i {
				t.Errorf("%s: closed %d sessions that were left open, want %d", p.Name, closed, i)
			}
			if found, _ := walk(t, s); len(found) != 1 {
				t.Errorf("%s: %d objects", p.Name, len(found))
			}
		}
	}
}

func TestDelete(t *testing.T) {
	r := responder(simcam.Android(), simcam.Storage{Files: []simcam.File{file("A.MP4", 1), file("B.MP4", 2)}})
	s, _ := dock(t, r, mtp.Options{})
	found, _ := walk(t, s)
	h := found["1:A.MP4"].Handle
	if err := s.DeleteObject(t.Context(), h); err != nil {
		t.Fatal(err)
	}
	if got := r.Paths(); !slices.Equal(got, []string{"B.MP4"}) {
		t.Errorf("left: %v", got)
	}
	err := s.DeleteObject(t.Context(), h)
	if !errors.Is(err, mtp.RespInvalidObjectHandle) || err.Error() != "DeleteObject: InvalidObjectHandle: there is no such object" {
		t.Errorf("again: %v", err)
	}
}

func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct {
			profile simcam.Profile
			zone    bool
		}{{simcam.Android(), true}, {simcam.BarePTP(), false}} {
			r := simcam.NewResponder(simcam.ResponderOptions{Profile: tt.profile, ClockOffset: time.Hour})
			s, _ := dock(t, r, mtp.Options{})
			c, ok, err := s.DateTime(t.Context())
			if err != nil || !ok || !c.Settable || c.HasZone != tt.zone || c.Fraction != tt.zone {
				t.Fatalf("%s: %+v, %v, %v", tt.profile.Name, c, ok, err)
			}
			if got := time.Until(c.Time); got != time.Hour {
				t.Errorf("%s: ahead by %v", tt.profile.Name, got)
			}
			if err := s.SetDateTime(t.Context(), c, time.Now().UTC()); err != nil {
				t.Fatal(err)
			}
			if got := r.ClockOffset(); got != 0 {
				t.Errorf("%s: still ahead by %v", tt.profile.Name, got)
			}
		}
		s, _ := dock(t, responder(simcam.QEMU()), mtp.Options{})
		if c, ok, err := s.DateTime(t.Context()); ok || err != nil {
			t.Errorf("QEMU's clock: %v, %v", c, err)
		}
	})
}

func TestBattery(t *testing.T) {
	for _, tt := range []struct {
		profile simcam.Profile
		want    float64
		ok      bool
	}{{simcam.Android(), 0.4, true}, {simcam.Umtprd(), 0, false}, {simcam.QEMU(), 0, false}} {
		s, _ := dock(t, responder(tt.profile), mtp.Options{})
		if got, ok, err := s.BatteryLevel(t.Context()); got != tt.want || ok != tt.ok || err != nil {
			t.Errorf("%s: %v, %v, %v, want %v, %v", tt.profile.Name, got, ok, err, tt.want, tt.ok)
		}
	}
}
