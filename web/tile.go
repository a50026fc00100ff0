package web

import (
	"cmp"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"custodock/ingest"
	"custodock/store"
)

// showPulled is what an empty bay shows whose camera was taken too early; all
// else that it shows are the states of ingest.
const showPulled = "pulled"

// tile is one bay as it is shown.
type tile struct {
	Bay     int
	Show    string // a state of ingest, or showPulled
	Need    string // of attention
	Message string // in English, for a need that there are no words for
	Camera  string // serial
	Holder  string // name, or badge

	Percent int           // of what is to be copied; -1 when that is not known
	Left    int           // clips to be stored
	Wait    time.Duration // until they are, rounded up to minutes; 0 when that is not known
	Stored  int
	Known   int // stored at an earlier docking
	Failed  int
	Late    int
	Overdue int
	Unsure  int // undecidable

	Receipt  string    // code
	Asked    string    // how the reason stands that was given for the docking; see askedOf
	LeftSize int64     // of showPulled: bytes still on the camera
	Unlisted bool      // of showPulled: there may be more on it
	Since    time.Time // of showPulled

	docking string
	battery float64 // 0 to 1; negative when it is not known
}

func tileOf(b ingest.BayStatus) tile {
	t := tile{
		Bay: b.Bay, Show: b.State, Need: b.Need, Message: b.Message, Camera: b.Camera, Holder: cmp.Or(b.Officer, b.Badge),
		Percent: percentOf(b), Left: b.Left, Stored: b.Stored, Known: b.Known, Failed: b.Failed,
		Late: b.Late, Unsure: b.Undecidable, Receipt: b.Receipt, docking: b.Docking, battery: -1,
	}
	if b.Pulled != nil {
		t.pulled(b.Pulled)
	}
	if b.SecondsLeft != nil {
		t.Wait = waitFor(*b.SecondsLeft)
	}
	if b.Battery != nil {
		t.battery = math.Round(*b.Battery*100) / 100
	}
	return t
}

// pulled is what an empty bay says of the camera that left it too early.
func (t *tile) pulled(p *ingest.Pulled) {
	t.Show, t.Camera, t.Holder = showPulled, p.Camera, cmp.Or(p.Officer, p.Badge)
	t.Left, t.LeftSize, t.Unlisted, t.Since = p.Left, roundBytes(p.LeftBytes), p.Unlisted, p.At
}

// maxWait is the longest time that a tile names: beyond it the speed is none.
const maxWait = 99 * time.Hour

// waitFor rounds up: it is better to wait too long than to come too early.
func waitFor(left float64) time.Duration {
	if left >= maxWait.Seconds() {
		return 0
	}
	return seconds(left).Truncate(time.Minute) + time.Minute
}

// percentOf is how much of what is to be copied at this docking is copied; all
// of it only when nothing is left.
func percentOf(b ingest.BayStatus) int {
	done := b.StoredBytes
	for _, c := range b.Copying {
		done += min(c.Done, c.Size)
	}
	if b.Left == 0 || done+b.LeftBytes == 0 {
		return -1
	}
	return int(min(done*100/(done+b.LeftBytes), 99))
}

// Battery is what the part of that name takes.
func (t tile) Battery() *float64 {
	if t.battery < 0 {
		return nil
	}
	return &t.battery
}

// shortName is how many characters of a serial's end tell cameras of one dock
// apart; longer ones are shown by them alone.
const (
	shortName = 6
	fullName  = 9
)

// Short is the end of a long serial: the beginning is the maker's.
func (t tile) Short() string {
	n := utf8.RuneCountInString(t.Camera)
	if n <= fullName {
		return t.Camera
	}
	runes := []rune(t.Camera)
	return "…" + string(runes[n-shortName:])
}

// icons of what a tile shows.
var icons = map[string]string{
	ingest.BayEmpty: "empty", ingest.BayReading: "read", ingest.BayCopying: "copy",
	ingest.BayDone: "done", ingest.BayAttention: "warning", showPulled: "pulled",
}

// Icon is the name of its state's picture.
func (t tile) Icon() string { return icons[t.Show] }

// Care reports whether somebody should look at what is docked here.
func (t tile) Care() bool { return t.Late+t.Overdue+t.Unsure+t.Failed > 0 }

// MayAsk reports whether a reason can be given here, by touch.
func (t tile) MayAsk() bool {
	return t.docking != "" && t.Late+t.Overdue > 0 && (t.Asked == "" || t.Asked == store.Refused)
}

// List is the warnings, as a template ranges over them.
func (h head) List() []string { return strings.Fields(h.Warnings) }
