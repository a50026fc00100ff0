package mtpcam

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"custodock/device"
	"custodock/device/mtp"
)

// camera is a docked camera over MTP.
type camera struct {
	info    device.Info
	line    *line
	changed chan struct{}

	shelf   shelf    // used by the line's operations alone
	refused refusals // used by the line's operations alone
	ends    clipEnds // used by the line's operations alone
	index   *index   // used by the line's operations alone; nil until one needs it
}

var (
	_ device.Camera       = (*camera)(nil)
	_ device.Releaser     = (*camera)(nil)
	_ device.HealthReader = (*camera)(nil)
	_ device.ClockSetter  = (*camera)(nil)
)

// errNoStorage is returned when a camera shows no storage at all.
var errNoStorage = fmt.Errorf("%w; unlock it, or choose file transfer on it", device.ErrNoStorage)

// Open makes a camera of a device that was found: dial connects to it, now and
// whenever the conversation has to be begun anew. A device that speaks no MTP
// is device.ErrNotCamera.
func Open(ctx context.Context, found Found, dial Dial, log *slog.Logger) (device.Camera, error) {
	c := &camera{changed: make(chan struct{}, 1)}
	var err error
	if c.line, err = openLine(ctx, dial, c.tellChanged, atRest{c.shelf.lookAgain, c.look}, log); err != nil {
		return nil, err
	}
	c.info, err = ask(ctx, c.line, func(ctx context.Context, s *mtp.Session) (device.Info, error) {
		return info(ctx, s, found)
	})
	if err != nil {
		c.line.close()
		return nil, err
	}
	return c, nil
}

// info adds to what USB knows what the camera says of itself.
func info(ctx context.Context, s *mtp.Session, found Found) (device.Info, error) {
	i, said := found.Info(), s.Info()
	if serial := strings.TrimSpace(said.SerialNumber); serial != "" && !found.SerialKnown() {
		i.Serial = device.SerialName(serial)
		i.DeviceID += device.EscapeName(serial)
	}
	if model := strings.TrimSpace(said.Manufacturer + " " + said.Model); model != "" {
		i.Model = device.EscapeName(model)
	}
	if version := strings.TrimSpace(said.DeviceVersion); version != "" {
		i.Firmware = device.EscapeName(version)
	}
	var err error
	i.ReadOnly, err = isReadOnly(ctx, s)
	return i, err
}

// isReadOnly reports whether no storage lets objects be deleted.
func isReadOnly(ctx context.Context, s *mtp.Session) (bool, error) {
	if !s.Supports(mtp.OpDeleteObject) {
		return true, nil
	}
	all, err := storages(ctx, s)
	writable := slices.ContainsFunc(all, func(st storage) bool { return st.AccessCapability != mtp.AccessReadOnly })
	return len(all) > 0 && !writable, err
}

func (c *camera) Info() device.Info { return c.info }

// Changed receives when the camera says that it has more, or less, than it
// was listed with.
func (c *camera) Changed() <-chan struct{} { return c.changed }

func (c *camera) tellChanged() {
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// look has the camera listed again if its storages are others than when it was
// listed last, or the conversation is: what it said in between, nobody heard.
// Many cameras say so in an event; some have none, and those of QEMU's never
// arrive on xHCI. It is asked for nothing else, so that one that sleeps is not
// woken for more.
func (c *camera) look(ctx context.Context, s *mtp.Session) error {
	if c.shelf.session == 0 {
		return nil // it is going to be listed
	}
	ids, err := storageIDs(ctx, s)
	if err == nil && c.shelf.isStale(ids, c.line.session(), time.Now()) {
		c.shelf.session = 0
		c.tellChanged()
	}
	return err
}

func (c *camera) Close() error {
	c.line.close()
	return nil
}

// there says whether the camera can be asked anything.
func (c *camera) there(ctx context.Context) error {
	select {
	case <-c.line.done:
		return os.ErrClosed
	default:
		return ctx.Err()
	}
}
