package web

import (
	"html/template"
	"time"

	"custodock/store"
)

// why is how a clip stands and how that came about, for somebody who knows
// nothing of clips: the verdict, what happened in plain sentences, and what it
// came down to.
type why struct {
	Verdict string
	Story   []string
	Cause   string
	Clock   template.HTML // why the camera's clock is not believed
}

// why tells of a clip that was presented (store.Present), from its row and the
// dockings of its camera.
func (f format) why(c *store.Clip, s stays, now time.Time) why {
	t := teller{format: f, clip: c, stays: s, now: now}
	w := why{Verdict: t.verdict()}
	t.recording()
	switch c.Deadline {
	case store.NoDeadline:
		t.say("why.no_deadline")
		t.storing()
	case store.Undecidable:
		t.storing()
		w.Clock = f.reason(c.ClockReason, c.ClockCause)
		w.Cause = t.undecided()
	default:
		t.storing()
		w.Cause = t.cause()
	}
	t.decision()
	t.extension()
	w.Story = t.told
	return w
}

// short is why in a few words, for a row of a table; empty where nothing needs
// them.
func (f format) short(c *store.Clip, s stays) string {
	switch what := causeOf(c, s); {
	case c.Deadline == store.Excused && c.Extension != nil:
		return f.words.say("reason." + string(c.Extension.Reason))
	case c.Deadline == store.Undecidable && c.StationClock != nil && c.Clock != store.ClockSuspect:
		return f.words.say("why.short_station")
	case c.Deadline == store.Undecidable:
		return f.words.say("why.short_clock")
	case c.State == store.Gone:
		return f.words.say("why.short_gone")
	case what != causeNone:
		return f.words.say("why.short_" + string(what))
	case c.Decision != nil:
		return f.words.say("why.short_decided")
	case c.State == store.Failed:
		return f.words.say("why.short_failed")
	}
	return ""
}

// teller tells one clip's story.
type teller struct {
	format
	clip  *store.Clip
	stays stays
	now   time.Time

	told []string
	last time.Time // what the sentence spoke of last: of the same day only the hour is said
}

// say adds a sentence, and what follows begins anew.
func (t *teller) say(key string, pairs ...any) {
	t.told, t.last = append(t.told, t.words.say(key, pairs...)), time.Time{}
}

// on is a time in a sentence, such as "on 25 Nov at 15:58", or "at 16:00" on the
// day that was spoken of last.
func (t *teller) on(at time.Time) string {
	day, hour := t.layout(at, "2 Jan", "1月2日"), t.layout(at, "15:04", "15:04")
	same := !t.last.IsZero() && t.dateText(t.last) == t.dateText(at)
	t.last = at
	switch {
	case same:
		return t.words.say("why.at_hour", "hour", hour)
	case at.In(t.zone).Year() != t.now.In(t.zone).Year():
		day = t.dateText(at)
	}
	return t.words.say("why.on_day", "day", day, "hour", hour)
}

// verdict is how the clip stands, with by how much.
func (t *teller) verdict() string {
	c := t.clip
	key, span := "why.verdict_"+string(c.Deadline), seconds(c.LateBy)
	if c.State == store.Gone && c.Kind.HasDeadline() {
		return t.words.say("why.verdict_gone")
	}
	switch c.Deadline {
	case store.Late, store.Overdue:
		if c.LateBy == 0 {
			return t.words.say(key + "_decided")
		}
	case store.OnTime:
		if span = c.DueAt.Sub(c.StoredAt); c.Decision != nil {
			return t.words.say("why.verdict_on_time_decided")
		}
	case store.Pending, store.DueSoon:
		span = c.DueAt.Sub(t.now)
	}
	return t.words.say(key, "span", t.spanWhole(span))
}

// spanWhole is span with its minutes, be they none, where the language has it
// so: "6 h 0 min" leaves no doubt that nothing was cut off.
func (t *teller) spanWhole(d time.Duration) string {
	d = d.Abs().Truncate(time.Minute)
	if d >= time.Hour && d < 24*time.Hour && d%time.Hour == 0 {
		return t.span(d) + t.words.say("why.no_minutes")
	}
	return t.span(d)
}

// recording tells when it ended and what follows from that.
func (t *teller) recording() {
	c := t.clip
	switch {
	case c.DueAt.IsZero():
	case c.EndEarliest.Equal(c.EndLatest):
		key := "why.ended"
		if c.DueAt.After(t.now) && c.StoredAt.IsZero() {
			key = "why.ended_is_due"
		}
		t.say(key, "end", t.on(c.EndLatest), "due", t.on(c.DueAt))
	case c.EndEarliest.IsZero():
		t.say("why.ended_by", "latest", t.atText(c.EndLatest))
	default:
		t.say("why.ended_between", "earliest", t.atText(c.EndEarliest), "latest", t.atText(c.EndLatest))
	}
}

// storing tells when the camera came and the clip was stored.
func (t *teller) storing() {
	c, arrived := t.clip, t.stays.arrived(t.clip)
	switch {
	case c.State == store.Gone:
		t.say("why.docked_gone", "docked", t.on(arrived), "gone", t.on(lastOf(c, "gone")))
	case !c.StoredAt.IsZero():
		t.say("why.docked_stored", "docked", t.on(arrived), "stored", t.on(c.StoredAt))
	default:
		t.say("why.docked_unstored", "docked", t.on(arrived))
	}
}

// lastOf is when something happened to a clip last.
func lastOf(c *store.Clip, what string) (at time.Time) {
	for _, e := range c.History {
		if e.What == what {
			at = e.At
		}
	}
	return at
}

// cause tells what it came down to, of a clip that was not in time.
func (t *teller) cause() string {
	c := t.clip
	what := causeOf(c, t.stays)
	key := "why.cause_" + string(what)
	switch what {
	case causeNone, causeDecided:
		return ""
	case causeFailed:
		if c.Attempts > 0 {
			return t.words.say("why.cause_failed_times", "n", c.Attempts)
		}
		return t.words.say(key, "at", t.on(firstFailure(c, c.DueAt).At))
	case causeFull:
		return t.words.say(key, "at", t.on(t.stays.full(c).NoRoomAt))
	case causeUnlisted:
		return t.words.say(key, "at", t.on(t.stays.unlisted(c).DockedAt))
	case causePulled, causeStopped:
		ended, next := t.stays.pulled(c)
		switch {
		case ended == nil:
			return t.words.say("why.cause_pulled_some_time")
		case next == nil:
			return t.words.say(key, "at", t.on(endOf(ended)))
		}
		return t.words.say(key+"_back", "at", t.on(endOf(ended)), "back", t.on(next.DockedAt))
	}
	return t.words.say(key)
}

// undecided says between what the truth lies, of a clip that may have been in
// time or not.
func (t *teller) undecided() string {
	c := t.clip
	switch {
	case c.StationClock != nil && c.Clock != store.ClockSuspect:
		return t.words.say("why.cause_station_clock")
	case c.EndEarliest.IsZero():
		return t.words.say("why.cause_open", "due", t.atText(c.DueAt))
	}
	first := c.DueAt.Add(c.EndEarliest.Sub(c.EndLatest))
	return t.words.say("why.cause_interval", "earliest", t.on(first), "due", t.on(c.DueAt))
}

// decision tells who settled what was open.
func (t *teller) decision() {
	if d := t.clip.Decision; d != nil {
		t.say("why.decided", "by", d.By, "at", t.on(d.At), "deadline", t.words.say("deadline."+string(d.Deadline)))
	}
}

// extension tells what an extension does to the clip, if one covers it.
func (t *teller) extension() {
	e := t.clip.Extension
	if e == nil {
		return
	}
	key := "why.extension"
	switch {
	case t.clip.Deadline == store.Excused:
		key = "why.extension_excuses"
	case t.clip.Deadline == store.Late:
		key = "why.extension_ended"
	}
	t.say(key, "reason", t.words.say("reason."+string(e.Reason)), "returned", t.on(e.Returned), "due", t.atText(e.DueAt), "by", e.By)
}
