package simcam

import (
	"bytes"
	"embed"
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// clips are real recordings, a few seconds each, written by FFmpeg.
//
//go:embed clips
var clips embed.FS

// Clip returns one of the sample clips: h264.mp4, h265.mp4, fragmented.mp4,
// h264.mov, mjpeg.avi, h264.ts, audio.wav, photo.jpg, truncated-no-moov.mp4.
func Clip(name string) ([]byte, error) { return clips.ReadFile("clips/" + name) }

// epoch1904 is where MP4 and QuickTime count seconds from (ISO/IEC 14496-12,
// 8.2.2).
var epoch1904 = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)

// Recorded returns an MP4 or MOV as if it had been recorded at another time:
// its movie header says that it was created at start.
func Recorded(clip []byte, start time.Time) ([]byte, error) {
	clip = bytes.Clone(clip)
	i := bytes.Index(clip, []byte("mvhd"))
	if i < 0 || len(clip) < i+16 || clip[i+4] != 0 {
		return nil, fmt.Errorf("set the time of a clip: it has no movie header of version 0")
	}
	seconds := uint32(start.Sub(epoch1904) / time.Second)
	binary.BigEndian.PutUint32(clip[i+8:], seconds)
	binary.BigEndian.PutUint32(clip[i+12:], seconds)
	return clip, nil
}

// RecordedFile is a sample clip under a path, as if its recording, of a few
// seconds, had ended at end; clips without a time of their own have it as file.
func RecordedFile(path, sample string, end time.Time) (File, error) {
	data, err := Clip(sample)
	if err != nil {
		return File{}, err
	}
	end = end.Truncate(time.Second)
	if timed, err := Recorded(data, end.Add(-6*time.Second)); err == nil {
		data = timed
	}
	return File{Path: path, Size: int64(len(data)), ModTime: end, Content: bytes.NewReader(data), Token: path + end.String()}, nil
}

// Padded makes an MP4 or MOV size bytes long with a free box behind it, so
// that it takes its time to copy and not its size in memory.
func Padded(clip []byte, size int64) (io.ReaderAt, error) {
	free := size - int64(len(clip))
	if free < 8 || free > 1<<32-1 {
		return nil, fmt.Errorf("pad a clip to %d bytes: there is no room for a box of %d", size, free)
	}
	head := binary.BigEndian.AppendUint32(bytes.Clone(clip), uint32(free))
	return zeroTail(append(head, "free"...)), nil
}

// zeroTail is bytes and zeros without end.
type zeroTail []byte

func (z zeroTail) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	if off < int64(len(z)) {
		n = copy(p, z[off:])
	}
	clear(p[n:])
	return len(p), nil
}
