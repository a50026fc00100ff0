package simcam_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"strings"
	"testing"

	"custodock/device/mtp"
	"custodock/device/simcam"
)

// open opens our session with a responder that was docked.
func open(t *testing.T, plug *simcam.Plug) *mtp.Session {
	t.Helper()
	s, err := mtp.Open(t.Context(), mtp.NewUSBTransport(plug, mtp.USBOptions{}), mtp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// walk lists everything, and what was left out.
func walk(t *testing.T, s *mtp.Session) (objects []mtp.Object, skipped []mtp.Skipped) {
	t.Helper()
	err := s.Walk(t.Context(),
		func(o mtp.Object) error { objects = append(objects, o); return nil },
		func(s mtp.Skipped) { skipped = append(skipped, s) })
	if err != nil {
		t.Fatal(err)
	}
	return objects, skipped
}

// sessionFiles is what our session lists and fetches, by storage and path.
func sessionFiles(t *testing.T, s *mtp.Session) map[string]content {
	t.Helper()
	files := map[string]content{}
	objects, skipped := walk(t, s)
	for _, o := range objects {
		if o.Folder {
			continue
		}
		path := fmt.Sprintf("store_%08x/%s", uint32(o.Storage), strings.Join(o.Path, "/"))
		file, err := fetch(t.Context(), s, o)
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if _, twice := files[path]; twice {
			t.Errorf("%s is listed twice", path)
		}
		files[path] = file
	}
	if len(skipped) > 0 {
		t.Errorf("left out: %+v", skipped)
	}
	return files
}

// fetch reads an object in one go, and once more in two halves if it can.
func fetch(ctx context.Context, s *mtp.Session, o mtp.Object) (content, error) {
	whole := sha256.New()
	n, err := s.GetObject(ctx, o.Handle, o.Size, whole)
	if err != nil || n != o.Size {
		return content{}, fmt.Errorf("fetched %d bytes of %d: %w", n, o.Size, err)
	}
	if s.CanReadParts(o.Size) {
		err = fetchHalves(ctx, s, o, sum(whole))
	}
	return content{n, sum(whole), o.Modified.Time.Unix()}, err
}

func fetchHalves(ctx context.Context, s *mtp.Session, o mtp.Object, want [sha256.Size]byte) error {
	half, parts := o.Size/2, sha256.New()
	first, err1 := s.ReadPart(ctx, o.Handle, 0, uint32(half), parts)
	second, err2 := s.ReadPart(ctx, o.Handle, half, uint32(o.Size-half+100), parts) // more than there is
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if first+second != o.Size || sum(parts) != want {
		return fmt.Errorf("in halves of %d and %d bytes it is another file", first, second)
	}
	return nil
}

func sum(h hash.Hash) [sha256.Size]byte { return [sha256.Size]byte(h.Sum(nil)) }

// TestSessionFindsWhatGphoto2Finds reads every kind of responder with our
// session, at every packet size, and with gphoto2.
func TestSessionFindsWhatGphoto2Finds(t *testing.T) {
	for _, p := range simcam.Profiles() {
		t.Run(p.Name, func(t *testing.T) {
			storages := tree(p.OnlyASCII)
			if p.OneStorage {
				storages = storages[:1]
			}
			bent := p
			bent.HangsOnBadStorage = false // gphoto2 asks for all storages first
			want := gphoto2Files(t, responder(bent, storages))
			compare(t, want, held(p, storages))
			for _, packet := range []int{64, 512, 1024} {
				compare(t, sessionFiles(t, open(t, responder(p, storages).Dock(packet))), want)
			}
		})
	}
}
