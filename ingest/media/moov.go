package media

import (
	"encoding/binary"
	"errors"
	"time"
)

// Bounds on the description of a recording; real ones have a handful of tracks
// and boxes six deep.
const (
	maxTracks = 64
	maxNested = 8
)

// macEpoch is where the clocks of MP4 and QuickTime start, in seconds before 1970.
const macEpoch = 2_082_844_800

// Why a description cannot be read.
var (
	errSizes  = errors.New("the sizes of its boxes do not add up")
	errNested = errors.New("its boxes are nested too deep")
	errTracks = errors.New("it has too many tracks")
	errNoMvhd = errors.New("it gives no time scale")
	errNoTrak = errors.New("it has no tracks")
)

// movie is what a moov box says.
type movie struct {
	header   timeHeader
	tracks   []*track
	extended uint64 // length of a fragmented movie, by mehd
	dataEnd  int64  // behind the last byte of any sample that was looked at

	fragmented bool // mvex: samples are in fragments too
	compressed bool // cmov
}

// track is what a trak box says.
type track struct {
	id      uint32
	header  timeHeader
	handler string

	sizes, chunks, runs box // stsz or stz2, stco or co64, stsc
	entries             box // stsd
	samples             uint32

	fragmentTime
}

// timeHeader is what mvhd and mdhd have in common.
type timeHeader struct {
	created, scale, duration uint64
}

// each calls visit for the boxes in parent.
func (f *file) each(parent box, visit func(box) error) error {
	for at := parent.body; at < parent.end; {
		if parent.end-at < 8 {
			return nil // QuickTime ends some lists with four zero bytes
		}
		b, ok := f.box(at, parent.end)
		if !ok || b.end > parent.end || b.toFilesEnd {
			return errSizes
		}
		if err := visit(b); err != nil {
			return err
		}
		at = b.end
	}
	return nil
}

// read reads the moov box b.
func (m *movie) read(f *file, b box) error {
	if err := m.enter(f, b, nil, 0); err != nil {
		return err
	}
	switch {
	case m.compressed:
		return nil
	case m.header.scale == 0:
		return errNoMvhd
	case len(m.tracks) == 0:
		return errNoTrak
	}
	for _, t := range m.tracks {
		if err := m.measure(f, t); err != nil {
			return err
		}
	}
	return nil
}

// enter reads the boxes in parent, which belong to the track t if that is not nil.
func (m *movie) enter(f *file, parent box, t *track, depth int) error {
	if depth > maxNested {
		return errNested
	}
	return f.each(parent, func(b box) error {
		switch b.kind {
		case "trak":
			if len(m.tracks) == maxTracks {
				return errTracks
			}
			own := &track{}
			m.tracks = append(m.tracks, own)
			return m.enter(f, b, own, depth+1)
		case "mvex":
			m.fragmented = true
			return m.enter(f, b, t, depth+1)
		case "mdia", "minf", "stbl":
			return m.enter(f, b, t, depth+1)
		case "cmov":
			m.compressed = true
			return nil
		}
		if t != nil {
			return t.visit(f, b)
		}
		return m.visit(f, b)
	})
}

// visit reads the boxes that belong to no track.
func (m *movie) visit(f *file, b box) (err error) {
	switch b.kind {
	case "mvhd":
		m.header, err = f.timeHeader(b)
	case "mehd":
		m.extended, err = f.versioned(b, 4)
	case "trex":
		err = m.defaults(f, b)
	}
	return err
}

// visit reads the boxes of the track.
func (t *track) visit(f *file, b box) (err error) {
	switch b.kind {
	case "tkhd":
		at := 12
		if h := f.head(b, 1); h != nil && h[0] == 1 {
			at = 20
		}
		h := f.head(b, at+4)
		if h == nil {
			return errSizes
		}
		t.id = binary.BigEndian.Uint32(h[at:])
	case "mdhd":
		t.header, err = f.timeHeader(b)
	case "hdlr":
		// QuickTime has a second one, of the data and not of the media.
		if h := f.head(b, 12); h != nil && string(h[4:8]) != "dhlr" {
			t.handler = string(h[8:12])
		}
	case "stsd":
		t.entries = b
	case "stsz", "stz2":
		t.sizes = b
	case "stco", "co64":
		t.chunks = b
	case "stsc":
		t.runs = b
	}
	return err
}

// timeHeader reads the head of an mvhd or mdhd box.
func (f *file) timeHeader(b box) (t timeHeader, err error) {
	h := f.head(b, 20)
	if h == nil {
		return t, errSizes
	}
	if h[0] == 0 {
		t.created = uint64(binary.BigEndian.Uint32(h[4:]))
		t.scale = uint64(binary.BigEndian.Uint32(h[12:]))
		t.duration = uint64(binary.BigEndian.Uint32(h[16:]))
		if t.duration == 1<<32-1 {
			t.duration = 0 // all ones: not known
		}
		return t, nil
	}
	if h = f.head(b, 32); h == nil {
		return t, errSizes
	}
	t.created = binary.BigEndian.Uint64(h[4:])
	t.scale = uint64(binary.BigEndian.Uint32(h[20:]))
	t.duration = binary.BigEndian.Uint64(h[24:])
	return t, nil
}

// versioned reads a number at off in a box that is 32 bits in version 0 and 64
// bits in later ones.
func (f *file) versioned(b box, off int) (uint64, error) {
	h := f.head(b, off+4)
	if h == nil {
		return 0, errSizes
	}
	if h[0] == 0 {
		return uint64(binary.BigEndian.Uint32(h[off:])), nil
	}
	if h = f.head(b, off+8); h == nil {
		return 0, errSizes
	}
	return binary.BigEndian.Uint64(h[off:]), nil
}

// describe puts into info what the movie says of the recording.
func (m *movie) describe(info *Info) {
	created := m.header.created
	var video, audio bool
	for _, t := range m.tracks {
		if created == 0 {
			created = t.header.created
		}
		video = video || t.handler == "vide"
		audio = audio || t.handler == "soun"
	}
	switch {
	case video:
		info.Kind = KindVideo
	case audio:
		info.Kind = KindAudio
	}
	info.Duration = m.length()
	if created == 0 || created > macEpoch+1<<38 { // about the year 10680
		return
	}
	info.Created = time.Unix(int64(created)-macEpoch, 0).UTC()
	if created < macEpoch {
		// No MP4 is older than 1970: this is a camera that counts from there.
		info.Created = time.Unix(int64(created), 0).UTC()
		info.remark("the creation time counts from 1970, against the standard")
	}
}

// hasSamples reports whether any track has samples outside of fragments.
func (m *movie) hasSamples() bool {
	for _, t := range m.tracks {
		if t.samples > 0 {
			return true
		}
	}
	return false
}

// length returns how long the movie is.
func (m *movie) length() time.Duration {
	var longest time.Duration
	for _, t := range m.tracks {
		ticks := t.inFragments()
		if t.samples > 0 || !m.fragmented {
			ticks = add(ticks, t.header.duration)
		}
		longest = max(longest, length(ticks, t.header.scale))
	}
	whole := length(m.header.duration, m.header.scale) // edits are taken into account
	switch {
	case !m.fragmented && whole > 0:
		return whole
	case longest > 0:
		return longest
	}
	return max(whole, length(m.extended, m.header.scale))
}
