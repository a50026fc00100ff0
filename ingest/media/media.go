// Package media looks into a clip's bytes and says what it is, when it was
// recorded, for how long, and whether it is whole. It decodes nothing: it reads
// the boxes, chunks and packets that hold the pictures and the sound.
//
// A clip comes from a camera, and a camera is hostile until proven otherwise.
// So every look is on a budget of reads, bytes and boxes, nothing is allocated
// by a size that the file claims, and what was not checked is never called ok.
package media

import (
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"
)

// Status is whether a clip is whole.
type Status string

// The values of a status.
const (
	OK      Status = "ok"      // whole, as far as its container tells
	Damaged Status = "damaged" // cut, unfinished or not what its name says
	Unknown Status = "unknown" // not looked at, or in a format that is only recognised
)

// The reasons of [Damaged]. They are few and fixed: they serve as labels.
const (
	ReasonEmpty     = "empty"      // no bytes, or a container without a recording
	ReasonTruncated = "truncated"  // the file ends before what it declares
	ReasonNoMoov    = "no-moov"    // MP4 that was never closed
	ReasonBadMoov   = "bad-moov"   // MP4 whose description cannot be read
	ReasonBadMoof   = "bad-moof"   // the same of one fragment
	ReasonBadHeader = "bad-header" // the same of AVI, WAV, JPEG
	ReasonNoIndex   = "no-index"   // AVI that declares an index and has none
	ReasonLostSync  = "lost-sync"  // MPEG-TS with other bytes between its packets
	ReasonNotMP4    = "not-mp4"    // named so, and the bytes are nothing known
	ReasonNotAVI    = "not-avi"
	ReasonNotWAV    = "not-wav"
	ReasonNotJPEG   = "not-jpeg"
	ReasonNotPNG    = "not-png"
	ReasonNotMPEGTS = "not-mpegts"
)

// maxDuration is the longest recording that is believed: no card holds more,
// and a length beyond it is a field that was never filled in.
const maxDuration = 10 * 24 * time.Hour

// Info is what a look into a clip's bytes said.
type Info struct {
	Format   string        // one of the Format constants, empty when not recognised
	Kind     string        // KindVideo, KindAudio or KindPhoto by content, or empty
	Created  time.Time     // the container's own creation time, read as if UTC; zero when absent
	Duration time.Duration // zero when unknown, at most ten days
	Status   Status
	Reason   string // one of the Reason constants, empty unless Damaged
	Detail   string // for a person to read, empty if there is nothing to say

	// ZoneOffset is the zone that the clip gives for Created, east of UTC: the
	// instant is Created minus ZoneOffset. Nil where the clip names no zone.
	ZoneOffset *time.Duration
}

// Probe looks into a clip of size bytes. It reads little, whatever the clip
// says, and what it says of the clip is always usable: when r fails, the error
// is returned, the status is Unknown, and Detail says why.
func Probe(r io.ReaderAt, size int64, name string) (Info, error) {
	info := Info{Status: Unknown}
	if size <= 0 {
		switch KindOf(name) {
		case KindVideo, KindAudio, KindPhoto:
			info.damage(ReasonEmpty, "the file has no bytes")
		}
		return info, nil
	}
	f := newFile(r, size)
	f.recognise(&info, name)
	f.look(&info, name)
	if f.err == nil {
		return info, nil
	}
	// What the clip is and when it was made stands, but half a look settles
	// neither its length nor whether it is whole.
	info.Status, info.Reason, info.Detail, info.Duration = Unknown, "", f.err.Error(), 0
	if errors.Is(f.err, errBudget) {
		return info, nil
	}
	return info, f.err
}

// look reads on in the formats that can be checked.
func (f *file) look(info *Info, name string) {
	promised := promisedFormat(name)
	if info.Format != "" && promised != "" && family(info.Format) != promised {
		info.remark("the name ends in %s, but the bytes are %s", strings.ToLower(path.Ext(name)), info.Format)
	}
	switch info.Format {
	case FormatMP4, FormatMOV:
		f.mp4(info)
	case FormatHEIC, FormatAVIF, FormatCR3:
		f.boxedPhoto(info)
	case FormatAVI:
		f.avi(info)
	case FormatWAV:
		f.wav(info)
	case FormatJPEG:
		f.jpeg(info)
	case FormatPNG:
		f.png(info)
	case FormatMPEGTS:
		f.mpegTS(info)
	case "":
		f.unrecognised(info, promised)
	}
}

// unrecognised says so of a clip whose name promises a format that is always
// recognised: a file that was allocated and never written is all zeros.
func (f *file) unrecognised(info *Info, promised string) {
	reason := map[string]string{
		FormatMP4: ReasonNotMP4, FormatAVI: ReasonNotAVI, FormatWAV: ReasonNotWAV,
		FormatJPEG: ReasonNotJPEG, FormatPNG: ReasonNotPNG, FormatMPEGTS: ReasonNotMPEGTS,
	}[promised]
	switch {
	case reason == "":
	case f.zeros(0):
		info.damage(reason, "the file holds zeros where %s should begin: it was never written", promised)
	default:
		info.damage(reason, "the bytes are not %s, nor any other format known here", promised)
	}
}

// damage marks the clip as damaged. The first reason found stands.
func (i *Info) damage(reason, format string, args ...any) {
	if i.Status == Damaged {
		return
	}
	i.Status, i.Reason = Damaged, reason
	i.remark(format, args...)
}

// passed marks a clip that was checked to its end as ok, unless it is damaged.
func (i *Info) passed() {
	if i.Status != Damaged {
		i.Status = OK
	}
}

// remark adds to the detail.
func (i *Info) remark(format string, args ...any) {
	if i.Detail != "" {
		i.Detail += "; "
	}
	i.Detail += fmt.Sprintf(format, args...)
}

// length converts ticks, of which perSecond make one second, and gives zero for
// what cannot be a recording's length.
func length(ticks, perSecond uint64) time.Duration {
	if perSecond == 0 || perSecond > 1<<33 || ticks/perSecond > uint64(maxDuration/time.Second)-1 {
		return 0
	}
	whole := time.Duration(ticks/perSecond) * time.Second
	return whole + time.Duration(ticks%perSecond*uint64(time.Second)/perSecond)
}
