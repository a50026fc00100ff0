package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"custodock/store"
)

// testClip is a clip of a station that tests look at.
type testClip struct {
	camera, path string
	kind         store.Kind
	ended        time.Duration // before now
	doubt        bool          // nothing bounds the end from below
	media        string
	content      string // empty: it is not stored
	failure      string // why not
}

// testClips are one of each kind: on time, late, undecidable, damaged, a log,
// not stored yet, overdue, failing; with names that people do not choose.
var testClips = []testClip{
	{camera: "CAM0001", path: "DCIM/100MEDIA/A0001.MP4", kind: store.KindVideo, ended: time.Hour, media: "ok", content: "on time"},
	{camera: "CAM0001", path: "DCIM/100MEDIA/A0002.MP4", kind: store.KindVideo, ended: 30 * time.Hour, media: "ok", content: "late"},
	{camera: "CAM0001", path: "DCIM/100MEDIA/A0003.MP4", kind: store.KindVideo, ended: time.Hour, doubt: true, content: "undecidable"},
	{camera: "CAM0001", path: "DCIM/执法记录仪_二零二六年十一月二十四日_北门.MP4", kind: store.KindVideo, ended: 2 * time.Hour, media: "damaged", content: "damaged"},
	{camera: "CAM0001", path: "=1+2.WAV", kind: store.KindAudio, ended: 2 * time.Hour, content: "formula"},
	{camera: "CAM0001", path: "GPS/line%0Abreak.log", kind: store.KindLog, content: "log"},
	{camera: "CAM0002", path: "DCIM/B0001.MP4", kind: store.KindVideo, ended: 48 * time.Hour},
	{camera: "CAM0002", path: "DCIM/B0002.MP4", kind: store.KindVideo, ended: 22 * time.Hour},
	{camera: "CAM0002", path: "DCIM/B0003.MP4", kind: store.KindVideo, ended: time.Hour, failure: "read \x1b[31mred\u202e: input/output error"},
}

// makeData fills dir with the clips of testClips and returns their ids by
// content, or by path where they are not stored.
func makeData(dir string) (ids map[string]string, err error) {
	s, err := store.Open(store.Options{Dir: dir})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	now := time.Now()
	if _, err := s.Assign("CAM0001", store.Holder{Badge: "012345", Name: "王伟", Unit: "三中队"}, now.Add(-72*time.Hour)); err != nil {
		return nil, err
	}
	ids = make(map[string]string)
	for _, serial := range []string{"CAM0001", "CAM0002"} {
		var clips []testClip
		for _, c := range testClips {
			if c.camera == serial {
				clips = append(clips, c)
			}
		}
		if err := dockAndStore(s, serial, clips, now, ids); err != nil {
			return nil, err
		}
	}
	_, err = s.MissDue(now)
	return ids, err
}

func dockAndStore(s *store.Store, serial string, clips []testClip, now time.Time, ids map[string]string) error {
	half := 0.5
	d, _, err := s.Dock(store.Docking{Camera: serial, Bay: 1, Transport: "folder", Battery: &half}, "DSJ-1", "", now)
	if err != nil {
		return err
	}
	inv, err := s.Inventory(d.ID, now)
	if err != nil {
		return err
	}
	files := make([]store.File, len(clips))
	for i, c := range clips {
		files[i] = store.File{Path: c.path, Size: int64(len(c.content)), ModTime: now.Add(-c.ended)}
	}
	listed, err := inv.Add(files, func(i int, row *store.Clip) {
		row.Kind, row.EndLatest = clips[i].kind, now.Add(-clips[i].ended)
		row.TimeSource, row.Clock = store.SourceDocking, store.ClockSuspect
		if !clips[i].doubt {
			row.EndEarliest, row.RecordedEnd = row.EndLatest, row.EndLatest
			row.TimeSource, row.Clock = store.SourceModTime, store.ClockTrusted
			row.Sources = []store.Source{{From: store.SourceModTime, End: row.EndLatest, Note: "as UTC"}}
		}
	})
	if err != nil {
		return err
	}
	skipped := []store.Skipped{{Path: "DCIM/link", Reason: "symlink"}}
	if _, err := inv.Close(true, skipped, 1, ""); err != nil {
		return err
	}
	for i, c := range clips {
		if err := storeClip(s, c, listed[i].Clip.ID, ids, now); err != nil {
			return err
		}
	}
	return s.UpdateDocking(d.ID, "undocked", now, func(d *store.Docking, cam *store.Camera) {
		for _, c := range clips {
			if c.content != "" {
				d.Stored++
				d.Unstored--
			}
		}
		cam.Battery = &half
		store.CloseDocking(d, cam, now)
	})
}

func storeClip(s *store.Store, c testClip, id string, ids map[string]string, now time.Time) error {
	if c.content == "" {
		ids[c.path] = id
		if c.failure == "" {
			return nil
		}
		_, err := s.Fail(id, errors.New(c.failure), now)
		return err
	}
	ids[c.content] = id
	_, err := s.Put(context.Background(), store.Copy{
		ID: id,
		Open: func(_ context.Context, offset int64) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader([]byte(c.content)[offset:])), nil
		},
		Describe: func(row *store.Clip, _ io.ReaderAt) { row.Media = c.media },
	})
	return err
}

// testData is makeData in a folder of the test's.
func testData(t *testing.T) (dir string, ids map[string]string) {
	t.Helper()
	dir = t.TempDir()
	ids, err := makeData(dir)
	if err != nil {
		t.Fatal(err)
	}
	return dir, ids
}
