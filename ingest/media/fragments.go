package media

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// Flags of tfhd and trun (ISO/IEC 14496-12, 8.8.7 and 8.8.8).
const (
	tfhdBaseOffset  = 0x1
	tfhdDescription = 0x2
	tfhdDuration    = 0x8
	tfhdSize        = 0x10

	trunDataOffset = 0x1
	trunFirstFlags = 0x4
	trunDuration   = 0x100
	trunSize       = 0x200
	trunFlags      = 0x400
	trunShift      = 0x800
)

// sampleDefaults hold for the samples of a run that says nothing else.
type sampleDefaults struct{ duration, size uint32 }

// fragmentTime is how much of a track is in fragments, in ticks of its scale.
type fragmentTime struct {
	defaults   sampleDefaults // by trex
	begun      bool
	first, end uint64
}

// inFragments returns the length of the fragments. Live recordings do not
// start from zero, so it is the span that counts.
func (t *fragmentTime) inFragments() uint64 { return t.end - min(t.first, t.end) }

// defaults reads trex.
func (m *movie) defaults(f *file, b box) error {
	h := f.head(b, 20)
	if h == nil {
		return errSizes
	}
	if t := m.track(binary.BigEndian.Uint32(h[4:])); t != nil {
		t.defaults = sampleDefaults{binary.BigEndian.Uint32(h[12:]), binary.BigEndian.Uint32(h[16:])}
	}
	return nil
}

// track returns the track of that id, nil if there is none.
func (m *movie) track(id uint32) *track {
	for _, t := range m.tracks {
		if t.id == id {
			return t
		}
	}
	return nil
}

// fragment reads the moof box b.
func (m *movie) fragment(f *file, b box) error {
	m.fragmented = true
	return f.each(b, func(part box) error {
		if part.kind != "traf" {
			return nil
		}
		r := trackRun{movie: m, moof: b.start}
		return f.each(part, func(b box) error { return r.visit(f, b) })
	})
}

// trackRun is the reading of one traf box.
type trackRun struct {
	movie    *movie
	moof     int64
	base     int64  // from which data offsets count
	track    *track // nil before tfhd, and for a track that moov does not know
	defaults sampleDefaults
}

func (r *trackRun) visit(f *file, b box) error {
	switch {
	case b.kind == "tfhd":
		return r.header(f, b)
	case r.track == nil:
		return nil
	case b.kind == "tfdt":
		start, err := f.versioned(b, 4)
		if err != nil {
			return err
		}
		if !r.track.begun {
			r.track.begun, r.track.first = true, start
		}
		r.track.end = max(r.track.end, start)
		return nil
	case b.kind == "trun":
		return r.run(f, b)
	}
	return nil
}

// header reads tfhd, whose fields are there or not, by its flags.
func (r *trackRun) header(f *file, b box) error {
	h := f.peek(b.body, int(min(b.end-b.body, 40)))
	if len(h) < 8 {
		return errSizes
	}
	t := r.movie.track(binary.BigEndian.Uint32(h[4:]))
	r.base = r.moof
	if t != nil {
		r.track, r.defaults = t, t.defaults
	}
	o := optional{flags: binary.BigEndian.Uint32(h), b: h[8:]}
	if v := o.take(tfhdBaseOffset, 8); v != nil {
		r.base = int64(min(binary.BigEndian.Uint64(v), math.MaxInt64/2))
	}
	o.take(tfhdDescription, 4)
	if v := o.take(tfhdDuration, 4); v != nil {
		r.defaults.duration = binary.BigEndian.Uint32(v)
	}
	if v := o.take(tfhdSize, 4); v != nil {
		r.defaults.size = binary.BigEndian.Uint32(v)
	}
	if o.short {
		return errSizes
	}
	return nil
}

// optional is the fields of a box that are there when a flag says so.
type optional struct {
	flags uint32
	b     []byte
	short bool // a field was to be there and was not
}

// take returns the next field, of width bytes, nil if it is not there.
func (o *optional) take(flag uint32, width int) []byte {
	if o.flags&flag == 0 || len(o.b) < width {
		o.short = o.short || o.flags&flag != 0
		return nil
	}
	v := o.b[:width]
	o.b = o.b[width:]
	return v
}

// run reads trun: how long its samples last and where their data end.
func (r *trackRun) run(f *file, b box) error {
	h := f.peek(b.body, int(min(b.end-b.body, 12)))
	if len(h) < 8 {
		return errSizes
	}
	count := binary.BigEndian.Uint32(h[4:])
	o := optional{flags: binary.BigEndian.Uint32(h), b: h[8:]}
	at, from := b.body+8, int64(-1)
	if v := o.take(trunDataOffset, 4); v != nil {
		from = r.base + int64(int32(binary.BigEndian.Uint32(v)))
		at += 4
	}
	if o.flags&trunFirstFlags != 0 {
		at += 4
	}
	ticks, bytes, err := r.samples(f, b, at, o.flags, count)
	if err != nil || o.short {
		return errSizes
	}
	r.track.begun = true
	r.track.end = add(r.track.end, ticks)
	if from >= 0 { // else the data follow those of the run before
		r.movie.dataEnd = max(r.movie.dataEnd, behind(from, bytes))
	}
	return nil
}

// samples adds up the durations and sizes of count samples. Their entries start
// at at and have the fields that flags names, in the order of the flags.
func (r *trackRun) samples(f *file, b box, at int64, flags, count uint32) (ticks, bytes uint64, err error) {
	width := 4 * bits.OnesCount32(flags&(trunDuration|trunSize|trunFlags|trunShift))
	if at+int64(count)*int64(width) > b.end {
		return 0, 0, errSizes
	}
	timed, sized := flags&trunDuration != 0, flags&trunSize != 0
	if !timed {
		ticks = uint64(count) * uint64(r.defaults.duration)
	}
	if !sized {
		bytes = uint64(count) * uint64(r.defaults.size)
	}
	if !timed && !sized {
		return ticks, bytes, nil
	}
	for range count {
		e := f.peek(at, width)
		if e == nil {
			break
		}
		at += int64(width)
		if timed {
			ticks = add(ticks, uint64(binary.BigEndian.Uint32(e)))
			e = e[4:]
		}
		if sized {
			bytes = add(bytes, uint64(binary.BigEndian.Uint32(e)))
		}
	}
	return ticks, bytes, nil
}

// add adds, and stays at the largest number where that would go over.
func add(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}
