package simcam

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"custodock/device"
)

// reader reads one clip of one docking.
type reader struct {
	stay    *stay
	clip    device.Clip
	content io.ReaderAt
	at      int64
	end     int64 // where the faults let it end

	there  func() error // these know the context of Open
	strike func(*Fault) error
	pause  func(n int) error
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.read(p, r.at)
	r.at += int64(n)
	return n, err
}

// ReadAt meets the same faults as Read.
func (r *reader) ReadAt(p []byte, offset int64) (int, error) {
	done := 0
	for done < len(p) {
		n, err := r.read(p[done:], offset+int64(done))
		done += n
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// read stops short of the next fault, and meets it when it lies right at
// offset.
func (r *reader) read(p []byte, offset int64) (int, error) {
	if err := r.there(); err != nil {
		return 0, fmt.Errorf("read %q: %w", r.clip.Path, err)
	}
	f := r.nextFault(offset)
	if f != nil && f.At == offset {
		if err := r.strike(f); err != nil {
			return 0, fmt.Errorf("read %q at byte %d: %w", r.clip.Path, offset, err)
		}
		f = r.nextFault(offset + 1)
	}
	if offset >= r.end {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), r.end-offset)]
	if f != nil {
		p = p[:min(int64(len(p)), f.At-offset)]
	}
	n, err := r.content.ReadAt(p, offset)
	if n < len(p) && errors.Is(err, io.EOF) {
		clear(p[n:]) // past the listed size of real bytes: a file that grew
		n, err = len(p), nil
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if err == nil {
		err = r.pause(n)
	}
	return n, err
}

func (r *reader) nextFault(at int64) *Fault {
	return r.stay.camera.next(r.clip.Path, at, ReadError, Pull, Stall)
}

// Close says what a file system would: the file is no longer the listed one.
func (r *reader) Close() error {
	if err := r.there(); errors.Is(err, device.ErrGone) {
		return fmt.Errorf("close %q: %w", r.clip.Path, err)
	}
	if _, err := r.stay.camera.file(r.clip); err != nil || r.end != r.clip.Size {
		return fmt.Errorf("close %q: %w", r.clip.Path, device.ErrChanged)
	}
	return nil
}

// Pattern is endless bytes made from a seed, the same at every reading.
type Pattern uint64

// ReadAt never fails.
func (seed Pattern) ReadAt(p []byte, offset int64) (int, error) {
	var word [8]byte
	start := mix(uint64(seed))
	for i := 0; i < len(p); {
		at := uint64(offset) + uint64(i)
		binary.LittleEndian.PutUint64(word[:], mix(start+at/8))
		i += copy(p[i:], word[at%8:])
	}
	return len(p), nil
}

// mix is SplitMix64's output function: neighbours give unrelated words.
func mix(x uint64) uint64 {
	x *= 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
