package web

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"custodock/ingest"
	"custodock/store"
)

// reasonForm is what the form shows, and keeps when it comes back with
// something wrong in it.
type reasonForm struct {
	Docking string
	Reasons []store.Reason
	Reason  string
	Returns []returnChoice
	Return  string // value of the choice; returnOther for Other
	Other   string // as datetime-local has it
	Min     string
	Max     string
	Phrases []string // keys of words
	Chosen  []string // of Phrases
	Note    string
	Wrong   map[string]string // field, or "form" → key of what is wrong

	first, now time.Time // the return lies between them
	zone       *time.Location

	// What was read.
	reason   store.Reason
	returned time.Time
	note     string
}

// returnChoice is a time of return that can be tapped.
type returnChoice struct {
	Value string
	Key   string // of its words
	N     int
	At    time.Time
}

const (
	returnOther = "other"
	localTime   = "2006-01-02T15:04" // of <input type=datetime-local>
)

// notePhrases are ready for the note.
var notePhrases = []string{"dock.phrase_shift", "dock.phrase_case", "dock.phrase_scene", "dock.phrase_emergency", "dock.phrase_road"}

func newReasonForm(b ingest.BayStatus, clips tardy, now time.Time, zone *time.Location) reasonForm {
	earliest := "" // nothing bounds it
	if !clips.ended.IsZero() {
		earliest = clips.ended.In(zone).Format(localTime)
	}
	return reasonForm{
		Docking: b.Docking, Reasons: store.Reasons, Phrases: notePhrases, Returns: returnChoices(b.DockedAt, clips.ended, now, zone),
		Min: earliest, Max: now.In(zone).Format(localTime), Wrong: make(map[string]string),
		first: clips.ended, now: now, zone: zone,
	}
}

// returnChoices are the usual times that can be true, the latest first.
func returnChoices(docked, first, now time.Time, zone *time.Location) (list []returnChoice) {
	year, month, day := now.In(zone).Date()
	at := func(days, hour int) time.Time { return time.Date(year, month, day-days, hour, 0, 0, 0, zone) }
	hours := func(n int) returnChoice {
		return returnChoice{Key: "dock.return_hours", N: n, At: now.Add(-time.Duration(n) * time.Hour)}
	}
	for _, c := range []returnChoice{
		{Key: "dock.return_docked", At: docked}, {Key: "dock.return_now", At: now},
		hours(1), hours(2), hours(4),
		{Key: "dock.return_today", At: at(0, 8)}, {Key: "dock.return_today", At: at(0, 12)}, {Key: "dock.return_today", At: at(0, 18)},
		{Key: "dock.return_yesterday", At: at(1, 8)}, {Key: "dock.return_yesterday", At: at(1, 18)},
	} {
		c.At = c.At.Truncate(time.Minute)
		c.Value = c.At.UTC().Format(time.RFC3339)
		taken := slices.ContainsFunc(list, func(o returnChoice) bool { return o.At.Equal(c.At) })
		if !taken && !c.At.Before(first) && !c.At.After(now) {
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(a, b returnChoice) int { return b.At.Compare(a.At) })
	return list
}

// read takes what was entered, and says in Wrong what cannot be.
func (f *reasonForm) read(sent url.Values, w *words) {
	f.Reason, f.Return = sent.Get("reason"), sent.Get("return")
	f.Other, f.Note = sent.Get("other"), strings.TrimSpace(sent.Get("note"))
	f.Chosen = slices.DeleteFunc(slices.Clone(notePhrases), func(key string) bool { return !slices.Contains(sent["phrase"], key) })
	f.keepReturn()
	f.readReason()
	f.readReturned()
	f.readNote(w)
}

// keepReturn keeps a choice in the form that time has moved on from.
func (f *reasonForm) keepReturn() {
	if f.Return == "" && f.Other != "" {
		f.Return = returnOther // without scripts nothing chooses it with the time
	}
	if f.Return == returnOther || slices.ContainsFunc(f.Returns, func(c returnChoice) bool { return c.Value == f.Return }) {
		return
	}
	if at, err := time.Parse(time.RFC3339, f.Return); err == nil {
		f.Return, f.Other = returnOther, at.In(f.zone).Format(localTime)
	}
}

func (f *reasonForm) readReason() {
	f.reason = store.Reason(f.Reason)
	if !slices.Contains(f.Reasons, f.reason) {
		f.Reason, f.Wrong["reason"] = "", "dock.wrong_reason"
	}
}

func (f *reasonForm) readReturned() {
	var err error
	switch f.Return {
	case "":
		f.Wrong["returned"] = "dock.wrong_no_time"
		return
	case returnOther:
		f.returned, err = time.ParseInLocation(localTime, f.Other[:min(len(f.Other), len(localTime))], f.zone)
	default:
		f.returned, err = time.Parse(time.RFC3339, f.Return)
	}
	switch {
	case err != nil:
		f.Wrong["returned"] = "dock.wrong_time"
	case f.returned.After(f.now):
		f.Wrong["returned"] = "dock.wrong_future"
	case f.returned.Before(f.first.Truncate(time.Minute)):
		f.Wrong["returned"] = "dock.wrong_early"
	case f.returned.Before(f.first):
		f.returned = f.first // the form knows minutes alone
	}
}

// readNote puts the note together in the language in which it was entered.
func (f *reasonForm) readNote(w *words) {
	var parts []string
	for _, key := range f.Chosen {
		parts = append(parts, w.say(key))
	}
	if f.Note != "" {
		parts = append(parts, f.Note)
	}
	f.note = strings.Join(parts, w.say("dock.phrase_between"))
	if checkText(f.note, false) != "" {
		f.Wrong["note"] = "dock.wrong_note"
	}
}

// refuse says at the right place that the store takes a field for wrong.
func (f *reasonForm) refuse(field string) {
	switch field {
	case "returned":
		f.Wrong["returned"] = "dock.wrong_early"
	case "note":
		f.Wrong["note"] = "dock.wrong_note"
	case "reason":
		f.Wrong["reason"] = "dock.wrong_reason"
	default:
		f.Wrong["form"] = "dock.wrong_form"
	}
}

func (f *reasonForm) wrong() bool { return len(f.Wrong) > 0 }

// Has reports whether a phrase was tapped.
func (f reasonForm) Has(phrase string) bool { return slices.Contains(f.Chosen, phrase) }
