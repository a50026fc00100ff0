// Package simcam is simulated cameras with scripted faults, for tests and for
// `custodock demo`.
//
// A Camera is the thing an officer carries: files, health, and what is going
// to go wrong with it. Dock puts it into a bay, which gives a device.Docked;
// Undock pulls it, and it can be docked again. Dock as a type is a whole
// station's worth of bays: a device.Watcher that tests and the demo command.
//
// A Responder is what such a thing looks like to those who speak MTP with it.
// Dock plugs it into USB, as an mtp.Pipe that keeps transfer boundaries. The
// tests of this package put it into a network too (PTP/IP), so that programs of
// others can be asked what they make of it. How a kind of responder behaves is
// a Profile, which is data.
//
// Everything is in memory and safe for concurrent use.
package simcam

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"syscall"
	"time"

	"custodock/device"
)

// File is a file on a simulated camera. Path may be as odd as it likes.
type File struct {
	Path      string
	Size      int64
	ModTime   time.Time
	LocalTime bool
	Token     string
	Protected bool // a Responder says so, and does not delete it

	// Content holds Size bytes. Nil is a pattern made from Seed, which takes
	// no memory however big the file is.
	Content io.ReaderAt
	Seed    uint64
}

func (f *File) content() io.ReaderAt {
	if f.Content != nil {
		return f.Content
	}
	return Pattern(f.Seed)
}

// Options describe a camera.
type Options struct {
	Info    device.Info      // Transport is TransportFolder unless set
	Files   []File           // in the order in which they are listed
	Skipped []device.Skipped // reported with every listing
	Health  device.Health
	Rate    int64 // bytes a second that a read gives; 0 is no limit
}

// Camera is a simulated camera.
type Camera struct {
	info    device.Info
	skipped []device.Skipped
	rate    int64

	script

	mu     sync.Mutex
	files  []File
	health device.Health
	stay   *stay // nil while it is not docked
}

// New returns a camera that is not docked.
func New(o Options) *Camera {
	if o.Info.Transport == "" {
		o.Info.Transport = device.TransportFolder
	}
	if o.Info.Location == "" {
		o.Info.Location = "simulated " + o.Info.Serial
	}
	return &Camera{
		info:    o.Info,
		skipped: slices.Clone(o.Skipped),
		rate:    o.Rate,
		files:   slices.Clone(o.Files),
		health:  o.Health,
	}
}

// Info is that of every docking.
func (c *Camera) Info() device.Info { return c.info }

// Dock puts the camera into a bay, out of the one it was in if it was docked.
// Every docking has its own device.Camera: the one of an earlier docking stays
// gone.
func (c *Camera) Dock() device.Docked {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pull()
	c.stay = &stay{camera: c, gone: make(chan struct{}), changed: make(chan struct{}, 1)}
	return device.Docked{Camera: c.stay, Gone: c.stay.gone, Changed: c.stay.changed}
}

// Undock pulls the camera. What is being read fails with device.ErrGone.
func (c *Camera) Undock() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pull()
}

func (c *Camera) pull() {
	if c.stay != nil {
		close(c.stay.gone)
		c.stay = nil
	}
}

// Put adds a file, or replaces the one with its path, as if the camera had
// recorded on; a docked camera says that it changed.
func (c *Camera) Put(f File) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := c.find(f.Path); i >= 0 {
		c.files[i] = f
	} else {
		c.files = append(c.files, f)
	}
	c.tellChanged()
}

// Remove deletes a file from the camera, if it is there.
func (c *Camera) Remove(path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := c.find(path); i >= 0 {
		c.files = slices.Delete(c.files, i, i+1)
		c.tellChanged()
	}
}

// Paths returns what is on the camera now.
func (c *Camera) Paths() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var paths []string
	for _, f := range c.files {
		paths = append(paths, f.Path)
	}
	return paths
}

// SetHealth changes what the camera says of itself from now on.
func (c *Camera) SetHealth(h device.Health) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.health = h
}

func (c *Camera) find(path string) int {
	return slices.IndexFunc(c.files, func(f File) bool { return f.Path == path })
}

func (c *Camera) tellChanged() {
	if c.stay == nil {
		return
	}
	select {
	case c.stay.changed <- struct{}{}:
	default:
	}
}

// file returns the file that a listed clip is, or device.ErrChanged.
func (c *Camera) file(clip device.Clip) (File, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := c.find(clip.Path)
	if i < 0 {
		return File{}, fmt.Errorf("%w: it is not there any more", device.ErrChanged)
	}
	f := c.files[i]
	if f.Size != clip.Size || !f.ModTime.Equal(clip.ModTime) || clip.Token != "" && f.Token != clip.Token {
		return File{}, fmt.Errorf("%w: it is another file now", device.ErrChanged)
	}
	return f, nil
}

func (f *File) clip() device.Clip {
	return device.Clip{Path: f.Path, Size: f.Size, ModTime: f.ModTime, LocalTime: f.LocalTime, Token: f.Token}
}

// errMedium is what a bad card gives.
var errMedium = fmt.Errorf("simulated read error: %w", syscall.EIO)
