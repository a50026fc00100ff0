package simcam_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"custodock/device/simcam"
)

// gphoto2 runs Debian's gphoto2 on a responder, over PTP/IP, and returns what
// it wrote to its standard output.
func gphoto2(t *testing.T, r *simcam.Responder, args ...string) []byte {
	t.Helper()
	bin, err := exec.LookPath("gphoto2")
	if err != nil {
		t.Fatal("gphoto2 is missing, with which this test compares: `make test` installs it, by .ci/deps test")
	}
	address := servePTPIP(t, r)
	// The second port is that of the events, which would else be 15740.
	port := fmt.Sprintf("ptpip:%s:%d:%d", address.IP, address.Port, address.Port)
	cmd := exec.CommandContext(t.Context(), bin, append([]string{"--camera", "PTP/IP Camera", "--port", port}, args...)...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "LC_ALL=C.UTF-8", "TZ=UTC")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	// gphoto2 2.5.28 says this of a file of no bytes.
	said := strings.ReplaceAll(stderr.String(), "fwrite failed writing to stdout.\n", "")
	if err != nil || said != "" {
		t.Fatalf("gphoto2 %q: %v\n%s", args, err, said)
	}
	return out
}

// servePTPIP serves a responder until the test ends.
func servePTPIP(t *testing.T, r *simcam.Responder) *net.TCPAddr {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	served := make(chan error, 1)
	go func() { served <- r.ServePTPIP(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().(*net.TCPAddr)
}

// content is what is known of a file: its size, the hash of its bytes, and
// the second in which it was written.
type content struct {
	size    int64
	sum     [sha256.Size]byte
	written int64
}

var parsable = regexp.MustCompile(`^FILENAME='/(.*)' PERMS=\S+ FILESIZE= *(\d+) FILETYPE=\S+ FILEMTIME=(\d+)$`)

// gphoto2Files is what gphoto2 lists and fetches, by storage and path. It
// fetches in the order in which it lists.
func gphoto2Files(t *testing.T, r *simcam.Responder) map[string]content {
	t.Helper()
	files := map[string]content{}
	lines := gphoto2(t, r, "--list-files", "--parsable")
	data := bufio.NewReader(bytes.NewReader(gphoto2(t, r, "--get-all-files", "--stdout")))
	for line := range strings.Lines(string(lines)) {
		f := parsable.FindStringSubmatch(strings.TrimSpace(line))
		if f == nil {
			t.Fatalf("gphoto2 listed %q", line)
		}
		size, _ := strconv.ParseInt(f[2], 10, 64)
		written, _ := strconv.ParseInt(f[3], 10, 64)
		h := sha256.New()
		if _, err := io.CopyN(h, data, size); err != nil {
			t.Fatalf("gphoto2 fetched too little for %s: %v", f[1], err)
		}
		files[f[1]] = content{size, [sha256.Size]byte(h.Sum(nil)), written}
	}
	if n, _ := io.Copy(io.Discard, data); n > 0 {
		t.Errorf("gphoto2 fetched %d bytes more than it listed", n)
	}
	return files
}

// tree is two storages with what makes readers stumble: folders in folders,
// sizes about those of packets, nothing at all, names of other scripts (of
// 16 bits: libgphoto2 2.5.30 knows UCS-2 alone).
func tree(ascii bool) []simcam.Storage {
	at := time.Date(2026, 3, 1, 12, 30, 15, 0, time.UTC)
	var first []simcam.File
	for i, size := range []int64{0, 1, 51, 52, 53, 500, 501, 1012, 1<<16 - 1, 1 << 16, 1<<16 + 1, 300_000} {
		path := fmt.Sprintf("DCIM/20260301/A%07d.MP4", size)
		first = append(first, simcam.File{Path: path, Size: size, Seed: uint64(i), ModTime: at.Add(time.Duration(i) * time.Hour)})
	}
	first = append(first, simcam.File{Path: "A/B/C/D/E/deep.WAV", Size: 4096, Seed: 20, ModTime: at})
	if !ascii {
		first = append(first, simcam.File{Path: "DCIM/警用/影像 1 é.MP4", Size: 700, Seed: 21, ModTime: at})
	}
	second := []simcam.File{
		{Path: "ROOT.JPG", Size: 2048, Seed: 30, ModTime: at},
		{Path: "DCIM/20260301/A0000001.MP4", Size: 7, Seed: 31, ModTime: at},
	}
	return []simcam.Storage{
		{Files: first, Description: "internal", VolumeID: "1", Capacity: 64 << 30, Free: 32 << 30},
		{Files: second, Description: "card", VolumeID: "2", Capacity: 32 << 30, Free: 1 << 30},
	}
}

// held is what a responder with such storages holds.
func held(p simcam.Profile, storages []simcam.Storage) map[string]content {
	files := map[string]content{}
	for i, s := range storages {
		id := uint32(p.FirstStorage) + uint32(i)*uint32(p.StorageStep)
		for _, f := range s.Files {
			h := sha256.New()
			io.Copy(h, io.NewSectionReader(simcam.Pattern(f.Seed), 0, f.Size))
			files[fmt.Sprintf("store_%08x/%s", id, f.Path)] = content{f.Size, [sha256.Size]byte(h.Sum(nil)), f.ModTime.Unix()}
		}
	}
	return files
}

func responder(p simcam.Profile, storages []simcam.Storage) *simcam.Responder {
	r := simcam.NewResponder(simcam.ResponderOptions{
		Profile: p, Manufacturer: "custodock", Model: p.Name, Version: "1.0", Serial: "SIM0001", FriendlyName: "Unit 12",
		Storages: storages, Battery: 83,
	})
	r.Unlock()
	return r
}

func compare(t *testing.T, got, want map[string]content) {
	t.Helper()
	for path, w := range want {
		if g, ok := got[path]; !ok || g != w {
			t.Errorf("%s: got %d bytes %x of %d (found: %v), want %d bytes %x of %d",
				path, g.size, g.sum[:4], g.written, ok, w.size, w.sum[:4], w.written)
		}
	}
	for path := range maps.Keys(got) {
		if _, ok := want[path]; !ok {
			t.Errorf("%s is not on the camera", path)
		}
	}
}
