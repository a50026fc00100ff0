package media

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// What a look for the streams may cost: it is made while somebody waits for a
// page, and the description of a recording is small.
const (
	streamReads = 400
	streamBytes = 4 << 20
	streamBoxes = 4_000
)

// Streams is what a player has to understand of a clip.
type Streams struct {
	Format string // one of the Format constants, empty when not recognised
	Kind   string // as in Info

	// Video and Audio are the codecs of the first stream of either sort, as the
	// container names them: avc1, hvc1, mp4a in MP4; pcm, alaw, mulaw, or the
	// number of the format, such as 0x11, in WAV. Empty when that is not known.
	Video, Audio string
}

// LookAtStreams says how a clip of size bytes is encoded. As with [Probe] it
// reads little, whatever the clip says; the codecs are read of MP4, MOV and WAV,
// which are all that players agree on.
func LookAtStreams(r io.ReaderAt, size int64, name string) (Streams, error) {
	if size <= 0 {
		return Streams{}, nil
	}
	f := newFile(r, size)
	f.reads, f.bytes, f.boxes = streamReads, streamBytes, streamBoxes
	var info Info
	f.recognise(&info, name)
	s := Streams{Format: info.Format, Kind: info.Kind}
	switch info.Format {
	case FormatMP4, FormatMOV:
		f.movieStreams(&s)
	case FormatWAV:
		f.soundFormat(&s)
	}
	if f.err != nil && !errors.Is(f.err, errBudget) {
		return s, fmt.Errorf("look at the streams: %w", f.err)
	}
	return s, nil
}

// movieStreams finds moov, wherever it stands, and reads what its tracks hold.
func (f *file) movieStreams(s *Streams) {
	for at := int64(0); at < f.size; {
		b, ok := f.box(at, f.size)
		if !ok || !printable(b.kind) {
			return
		}
		if b.kind == "moov" {
			m := movie{}
			if m.enter(f, b, nil, 0) == nil {
				f.trackStreams(s, m.tracks)
			}
			return
		}
		at = b.end
	}
}

func (f *file) trackStreams(s *Streams, tracks []*track) {
	for _, t := range tracks {
		switch codec := f.sampleEntry(t.entries); {
		case t.handler == "vide" && s.Video == "":
			s.Video = codec
		case t.handler == "soun" && s.Audio == "":
			s.Audio = codec
		}
	}
}

// sampleEntry is the name of the first entry of an stsd box, which follows a
// version, flags and a count.
func (f *file) sampleEntry(stsd box) string {
	if stsd.kind == "" {
		return ""
	}
	h := f.head(stsd, 16)
	if h == nil || binary.BigEndian.Uint32(h[4:]) == 0 || !printable(string(h[12:16])) {
		return ""
	}
	return string(h[12:16])
}

// waveFormats are the formats of WAV that players know (RFC 2361).
var waveFormats = map[uint16]string{1: "pcm", 3: "pcm", 6: "alaw", 7: "mulaw"}

// waveExtensible says that the format stands in the extension, first in its
// identifier.
const waveExtensible = 0xfffe

func (f *file) soundFormat(s *Streams) {
	f.chunks(12, f.size, func(c chunk) bool {
		if c.id != "fmt " {
			return c.id != "data"
		}
		h := f.chunkHead(c, 16)
		if h == nil {
			return false
		}
		format := binary.LittleEndian.Uint16(h)
		if h = f.chunkHead(c, 26); format == waveExtensible && h != nil {
			format = binary.LittleEndian.Uint16(h[24:])
		}
		if s.Audio = waveFormats[format]; s.Audio == "" {
			s.Audio = fmt.Sprintf("%#x", format)
		}
		return false
	})
}
