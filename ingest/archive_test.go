package ingest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"custodock/device"
	"custodock/store"
)

// A camera that is docked while nothing can be written down is served once
// that can be, and until then the station says what is wrong.
func TestDockedWhileTheArchiveCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	h := startStation(t, dir)
	var inTheWay []string
	for _, month := range []time.Time{time.Now().UTC(), time.Now().UTC().Add(time.Hour)} {
		file := filepath.Join(dir, "archive", "ledger", month.Format("2006-01")+".jsonl")
		if err := os.MkdirAll(file, 0o750); err != nil {
			t.Fatal(err)
		}
		inTheWay = append(inTheWay, file)
	}
	warned := func() bool {
		status, err := h.Status(time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(status.Warnings, func(w Warning) bool { return w.What == "archive-unwritable" })
	}
	h.dock.Dock(camera("CAM1", shot("A.MP4", 1000, time.Hour)))
	h.await("the station says so", warned)
	for _, file := range inTheWay {
		if err := os.RemoveAll(file); err != nil {
			t.Fatal(err)
		}
	}
	h.awaitState("CAM1/A.MP4", store.Stored)
	if warned() {
		t.Error("all is well and the station still warns")
	}
}

func TestNeedOfAListingThatFailed(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{device.ErrGone, NeedReinsert},
		{fmt.Errorf("list: %w", store.ErrUnwritable), NeedArchive},
		{fmt.Errorf("list: %w: %w", store.ErrUnwritable, store.ErrNoSpace), NeedRoom},
	} {
		got := needFor(tt.err)
		if got != tt.want || needWords[got] == "" {
			t.Errorf("after %q a person is to see to %q, %q; want %q", tt.err, got, needWords[got], tt.want)
		}
	}
}

func TestWhoseFaultItIsThatAllClipsFail(t *testing.T) {
	for _, tt := range []struct {
		reasons []string
		want    string
	}{
		{[]string{reasonArchive, reasonReadback}, NeedArchive},
		{[]string{reasonArchive, "read"}, NeedReading},
	} {
		s := &session{left: map[string]waiting{}, failed: map[string]string{}}
		for _, reason := range tt.reasons {
			s.left[reason], s.failed[reason] = waiting{size: 1}, reason
		}
		if _, need, message := s.state(); need != tt.want || message == "" {
			t.Errorf("clips that failed by %v: %q, %q; want %q", tt.reasons, need, message, tt.want)
		}
	}
}
