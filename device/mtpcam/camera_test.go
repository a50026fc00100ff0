package mtpcam

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"go.uber.org/goleak"

	"custodock/device"
	"custodock/device/devicetest"
	"custodock/device/mtp"
	"custodock/device/simcam"
)

// docked is a camera over a responder, as the watcher opens one.
type docked struct {
	device.Camera
	responder *simcam.Responder
}

func dockResponder(t *testing.T, o simcam.ResponderOptions) docked {
	t.Helper()
	r := simcam.NewResponder(o)
	r.Unlock()
	return docked{dockAs(t, r), r}
}

func dockAs(t *testing.T, r *simcam.Responder) device.Camera {
	t.Helper()
	plug := r.Dock(512)
	return dockBy(t, func(context.Context) (mtp.Transport, error) {
		return mtp.NewUSBTransport(plug, mtp.USBOptions{}), nil
	})
}

// dockBy opens a camera over what dial gives.
func dockBy(t *testing.T, dial Dial) device.Camera {
	t.Helper()
	found := Found{USB: device.USB{
		USBAddress: device.USBAddress{Port: "1-1.3", Bus: 1, Number: 7}, Serial: "USB0001", VendorID: "1234", ProductID: "5678",
	}}
	c, err := Open(t.Context(), found, dial, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func file(path string, f devicetest.File) simcam.File {
	return simcam.File{Path: path, Size: int64(len(f.Data)), ModTime: f.ModTime, Content: bytes.NewReader(f.Data)}
}

func TestSuite(t *testing.T) {
	for _, p := range simcam.Profiles() {
		t.Run(p.Name, func(t *testing.T) {
			devicetest.TestCamera(t, func(t *testing.T, files map[string]devicetest.File) devicetest.Subject {
				var all []simcam.File
				for path, f := range files {
					all = append(all, file(path, f))
				}
				d := dockResponder(t, simcam.ResponderOptions{Profile: p, Storages: []simcam.Storage{{Files: all}}})
				return devicetest.Subject{
					Camera: d,
					Write: func(path string, f devicetest.File) {
						d.responder.Remove(path)
						d.responder.Put(0, file(path, f))
					},
					Remove: d.responder.Remove,
					Pull:   d.responder.Undock,
				}
			}, func(path string) bool { return canHave(p, path) })
		})
	}
}

// canHave says whether a responder can have a path: its names are UTF-16, of
// at most 254 units.
func canHave(p simcam.Profile, path string) bool {
	for name := range strings.SplitSeq(path, "/") {
		if !utf8.ValidString(name) || len(utf16.Encode([]rune(name))) > 254 ||
			p.HideDotFiles && strings.HasPrefix(name, ".") ||
			p.OnlyASCII && strings.ContainsFunc(name, func(r rune) bool { return r > unicode.MaxASCII }) {
			return false
		}
	}
	return true
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
