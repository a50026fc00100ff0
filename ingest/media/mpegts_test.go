package media

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"
)

// tsOne makes one packet of the stream pid, which begins a picture or sound
// (id is that of its PES packet) at a time, or is plain payload if id is 0.
func tsOne(prefix int, pid uint16, id byte, at uint64, withPCR bool) []byte {
	b := make([]byte, prefix, prefix+tsPacket)
	b = append(b, tsSync)
	start := uint16(0)
	if id != 0 {
		start = 0x4000
	}
	b = binary.BigEndian.AppendUint16(b, pid|start)
	if withPCR {
		b = append(b, 0x30, 7, 0x10)
		b = binary.BigEndian.AppendUint32(b, uint32(at>>1))
		b = append(b, byte(at&1)<<7, 0)
	} else {
		b = append(b, 0x10)
	}
	if id != 0 {
		b = append(b, 0, 0, 1, id, 0, 0, 0x80, 0x80, 5,
			byte(at>>30&7)<<1|0x21, byte(at>>22), byte(at>>15)<<1|1, byte(at>>7), byte(at)<<1|1)
	}
	return append(b, bytes.Repeat([]byte{0xaa}, prefix+tsPacket-len(b))...)
}

// tsClip makes a stream of pictures from one time to another, a second apart.
func tsClip(prefix int, from, to uint64) []byte {
	var b []byte
	for at := from; at <= to; at += tsClock {
		b = append(b, tsOne(prefix, 256, 0xe0, at%tsWrap, false)...)
		for range 10 {
			b = append(b, tsOne(prefix, 256, 0, 0, false)...)
		}
	}
	return b
}

func TestMPEGTS(t *testing.T) {
	plain := tsClip(0, 0, 6*tsClock)
	filler := bytes.Repeat(tsOne(0, 256, 0, 0, false), 2000) // more than a block
	start, end := tsOne(0, 256, 0xe0, 0, false), tsOne(0, 256, 0xe0, 6*tsClock, false)
	for _, tt := range []struct {
		what     string
		clip     []byte
		kind     string
		want     string
		duration time.Duration
	}{
		{"plain", plain, KindVideo, "ok", 6 * time.Second},
		{"M2TS", tsClip(4, 0, 6*tsClock), KindVideo, "ok", 6 * time.Second},
		{"over the wrap", tsClip(0, tsWrap-2*tsClock, tsWrap+4*tsClock), KindVideo, "ok", 6 * time.Second},
		{"over the highest bits", tsClip(0, 1<<32-2*tsClock, 1<<32+4*tsClock), KindVideo, "ok", 6 * time.Second},
		{"over the lowest bits", tsClip(0, 1<<15-1, 1<<15-1+6*tsClock), KindVideo, "ok", 6 * time.Second},
		{"long pictures", cat(filler, start, filler, end, filler), KindVideo, "ok", 6 * time.Second},
		{"clock alone", cat(tsOne(0, 9, 0, 0, true), filler, tsOne(0, 9, 0, 5*tsClock+1, true)), KindVideo, "ok", 5*time.Second + 11111},
		{"sound alone", cat(tsOne(0, 9, 0xc0, 0, false), filler, tsOne(0, 9, 0xc0, 5*tsClock, false)), KindAudio, "ok", 5 * time.Second},
		{"sound first", cat(tsOne(0, 9, 0xc0, 0, false), plain), KindVideo, "ok", 6 * time.Second},
		{"pictures out of order", cat(tsOne(0, 256, 0xe0, 100, false), tsOne(0, 256, 0xe0, 40, false), filler), KindVideo, "ok", 0},
		{"no time stamps", filler, KindVideo, "ok", 0},
		{"zeros behind", cat(plain, make([]byte, 3_000_001)), KindVideo, "ok", 6 * time.Second},
		{"cut in a packet", plain[:len(plain)-1], KindVideo, "damaged truncated", 6 * time.Second},
		{"other bytes from the middle on", cat(plain, bytes.Repeat([]byte("x"), 5000)), KindVideo, "damaged lost-sync", 6 * time.Second},
		{"one packet", plain[:tsPacket], KindVideo, "ok", 0},
	} {
		info := probe(t, tt.clip, "A.ts")
		if info.Format != FormatMPEGTS || info.Kind != tt.kind || verdict(info) != tt.want || info.Duration != tt.duration {
			t.Errorf("%s: %q %q %s, %v (%s); want %q %s, %v", tt.what, info.Format, info.Kind, verdict(info), info.Duration,
				info.Detail, tt.kind, tt.want, tt.duration)
		}
	}
	// One packet is too little to tell by, where no name says so.
	if info := probe(t, plain[:tsPacket], "A.XYZ"); info.Format != "" {
		t.Errorf("one packet: format %q", info.Format)
	}
}

func TestPTS(t *testing.T) {
	for want, b := range map[uint64][]byte{
		0:              {0x21, 0x00, 0x01, 0x00, 0x01},
		1:              {0x21, 0x00, 0x01, 0x00, 0x03},
		1 << 15:        {0x21, 0x00, 0x03, 0x00, 0x01},
		1 << 30:        {0x23, 0x00, 0x01, 0x00, 0x01},
		1<<33 - 1:      {0x2f, 0xff, 0xff, 0xff, 0xff},
		5<<30 | 3<<15:  {0x2b, 0x00, 0x07, 0x00, 0x01},
		tsClock * 3600: {0x21, 0x4d, 0x3f, 0xb2, 0x01},
	} {
		if got := pts(b); got != want {
			t.Errorf("pts(% x) = %d, want %d", b, got, want)
		}
	}
}
