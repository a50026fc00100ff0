package media

import (
	"encoding/binary"
	"sort"
)

// Facts of MPEG-2 transport streams (ISO/IEC 13818-1).
const (
	tsSync   = 0x47
	tsPacket = 188
	tsPrefix = 4 // bytes before each packet in M2TS: its time of arrival
	tsClock  = 90_000
	tsWrap   = 1 << 33 // the clock starts anew after 26.5 hours

	// tsCertain is how many packets in a row make a stream of a file whose
	// name promises none.
	tsCertain = 5
	// tsSpan is how much of either end is searched for time stamps; the
	// pictures of a camera are far smaller.
	tsSpan = 2 << 20
	// tsReorder is how far a picture may stand before one that is shown earlier.
	tsReorder = 10 * tsClock
	// maxPIDs is how many streams of one file are told apart.
	maxPIDs = 32
)

// packets are the packets of a transport stream: step bytes from one to the
// next, of which the first prefix bytes are not the packet's.
type packets struct {
	f            *file
	prefix, step int64
	count        int64 // whole ones
}

// layout returns how the packets of the file lie, with M2TS or without.
func (f *file) layout(prefix int64) packets {
	p := packets{f: f, prefix: prefix, step: prefix + tsPacket}
	p.count = f.size / p.step
	return p
}

// packet returns the nth packet, nil if what is there is none.
func (p packets) packet(n int64) []byte {
	b := p.f.peek(n*p.step+p.prefix, tsPacket)
	if b == nil || b[0] != tsSync {
		return nil
	}
	return b
}

// starts reports whether the file begins with packets: with several of them,
// or with one if its name promises as much.
func (p packets) starts(promised string) bool {
	need := int64(tsCertain)
	if promised == FormatMPEGTS {
		need = max(1, min(need, p.count))
	}
	for n := range need {
		if p.packet(n) == nil {
			return false
		}
	}
	return true
}

// recognisePackets knows a transport stream by its packets.
func (f *file) recognisePackets(info *Info, promised string) bool {
	if !f.layout(0).starts(promised) && !f.layout(tsPrefix).starts(promised) {
		return false
	}
	info.Format, info.Kind = FormatMPEGTS, KindVideo
	return true
}

// mpegTS looks into a transport stream. It has no end of its own: a file that
// was cut between two packets cannot be told from a whole one.
func (f *file) mpegTS(info *Info) {
	p := f.layout(0)
	if !p.starts(FormatMPEGTS) {
		p = f.layout(tsPrefix)
	}
	// Behind the last packet there may be gigabytes that were allocated in
	// advance, so its place is found by bisection.
	whole := p.count
	if p.packet(whole-1) == nil {
		whole = int64(sort.Search(int(p.count), func(n int) bool { return p.packet(int64(n)) == nil }))
	}
	end := whole * p.step
	switch {
	case end == f.size || f.zeros(end):
		f.trailer(info, end)
		info.passed()
	case whole == p.count:
		info.damage(ReasonTruncated, "the file ends within a packet")
	default:
		info.damage(ReasonLostSync, "from byte %d on there are no packets", end)
	}
	p.count = whole
	p.measure(info)
}

// stampOf is what a time stamp is of.
type stampOf struct {
	pid   uint16
	clock bool // PCR, not PTS
}

// stamps are the time stamps of a part of the stream: one for each stream and
// one for each clock.
type stamps struct {
	times        map[stampOf]uint64
	last         bool // each is the last of the part, not the first
	video, audio bool
}

// measure finds the length of the recording by the time stamps at its ends.
func (p packets) measure(info *Info) {
	block, span := blockSize/p.step, tsSpan/p.step
	first := stamps{times: map[stampOf]uint64{}}
	for n := int64(0); n < min(span, p.count) && !first.video; n += block {
		p.scan(n, n+block, &first)
	}
	if first.audio && !first.video {
		info.Kind = KindAudio
	}
	for end := p.count; end > max(0, p.count-span); end -= block {
		last := stamps{times: map[stampOf]uint64{}, last: true}
		p.scan(max(0, end-block), end, &last)
		if ticks, ok := last.since(&first); ok {
			info.Duration = length(ticks, tsClock)
			return
		}
	}
}

// since returns the longest span from a stamp in first to that of the same
// stream in s, or of the same clock where no stream is in both.
func (s *stamps) since(first *stamps) (ticks uint64, ok bool) {
	var pictures, clock uint64
	for of, to := range s.times {
		from, known := first.times[of]
		if !known {
			continue
		}
		ok = true
		apart := (to - from) % tsWrap
		switch {
		case apart > tsWrap-tsReorder: // shown before the first one
		case of.clock:
			clock = max(clock, apart)
		default:
			pictures = max(pictures, apart)
		}
	}
	if pictures > 0 {
		return pictures, ok
	}
	return clock, ok
}

// scan notes the time stamps of the packets from n to before end.
func (p packets) scan(n, end int64, s *stamps) {
	end = min(end, p.count)
	b := p.f.peek(n*p.step, int((end-n)*p.step))
	for ; int64(len(b)) >= p.step; b = b[p.step:] {
		s.read(b[p.prefix:p.step])
	}
}

// read notes the time stamps of one packet.
func (s *stamps) read(b []byte) {
	if b[0] != tsSync {
		return
	}
	pid := binary.BigEndian.Uint16(b[1:]) & 0x1fff
	payload := b[4:]
	if b[3]&0x20 != 0 { // adaptation field
		size := int(payload[0])
		if size > len(payload)-1 {
			return
		}
		if size >= 7 && payload[1]&0x10 != 0 {
			s.note(stampOf{pid, true}, uint64(binary.BigEndian.Uint32(payload[2:]))<<1|uint64(payload[6]>>7))
		}
		payload = payload[1+size:]
	}
	starts, hasPayload := b[1]&0x40 != 0, b[3]&0x10 != 0
	if !starts || !hasPayload || len(payload) < 14 || string(payload[:3]) != "\x00\x00\x01" {
		return
	}
	switch id := payload[3]; {
	case id >= 0xe0 && id <= 0xef:
		s.video = true
	case id >= 0xc0 && id <= 0xdf, id == 0xbd: // the latter is AC-3 and its like
		s.audio = true
	default:
		return
	}
	if payload[7]&0x80 != 0 {
		s.note(stampOf{pid, false}, pts(payload[9:14]))
	}
}

func (s *stamps) note(of stampOf, at uint64) {
	if _, known := s.times[of]; known && !s.last || len(s.times) >= maxPIDs && !known {
		return
	}
	s.times[of] = at
}

// pts reads 33 bits that are spread over five bytes, between marker bits.
func pts(b []byte) uint64 {
	return uint64(b[0]>>1&7)<<30 | uint64(binary.BigEndian.Uint16(b[1:])>>1)<<15 | uint64(binary.BigEndian.Uint16(b[3:])>>1)
}
