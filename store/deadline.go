package store

import "time"

// Deadline is how a clip stands against Article 15: stored within the window
// (24 hours) after the recording ended.
type Deadline string

// The values of a deadline.
const (
	Pending     Deadline = "pending"
	DueSoon     Deadline = "due_soon"
	Overdue     Deadline = "overdue"
	OnTime      Deadline = "on_time"
	Late        Deadline = "late"
	Excused     Deadline = "excused"
	Undecidable Deadline = "undecidable"
	NoDeadline  Deadline = "none"
)

// Rule is the deadline as configured.
type Rule struct {
	Window  time.Duration // from the end of a recording to its storage; 24 hours
	DueSoon time.Duration // before due, from which a clip is due soon
}

// Judge says how c stands at now. The recording ended somewhere in
// [EndEarliest, EndLatest]; a zero EndEarliest means that nothing bounds it
// from below, a zero EndLatest is not allowed for kinds with a deadline.
// A stored clip is judged by StoredAt, an unstored one by now. Nobody is
// accused who may have been in time, and nothing is called in time that may
// have been late: between the two a clip is undecidable. What an extension
// excuses is late still, and says so; a decision counts only between the two.
func (r Rule) Judge(c *Clip, now time.Time) Deadline {
	if !c.StoredAt.IsZero() {
		return r.judge(c, c.StationClock, c.StoredAt)
	}
	return r.judge(c, nil, now)
}

// judge is Judge by a clock that may be doubtful.
func (r Rule) judge(c *Clip, clock *StationClock, now time.Time) Deadline {
	if !c.Kind.HasDeadline() {
		return NoDeadline
	}
	from, to := clock.Around(now)
	d := r.plain(c, from, to)
	if e := c.Extension; d == Late && e != nil {
		switch {
		case !to.After(e.DueAt):
			return Excused
		case !from.After(e.DueAt):
			return c.decided(Excused) // late for certain; whether in time for the extension, a person says
		}
	}
	return d
}

// decided is what a person decided of a clip whose deadline is open: good or
// late.
func (c *Clip) decided(good Deadline) Deadline {
	switch {
	case c.Decision == nil:
		return Undecidable
	case c.Decision.Deadline == Late:
		return Late
	}
	return good
}

// plain is Judge by the first sentence of Article 15 alone: a clip was stored, or
// it is now, between from and to.
func (r Rule) plain(c *Clip, from, to time.Time) Deadline {
	stored := !c.StoredAt.IsZero()
	latest := c.EndLatest.Add(r.Window)
	late := from.After(latest)
	if !late && (c.EndEarliest.IsZero() || to.After(c.EndEarliest.Add(r.Window))) {
		if c.Decision == nil {
			return Undecidable
		}
		late = c.Decision.Deadline == Late
	}
	switch {
	case late && stored:
		return Late
	case late:
		return Overdue
	case stored:
		return OnTime
	case to.After(latest.Add(-r.DueSoon)):
		return DueSoon
	default:
		return Pending
	}
}

// ruleOf returns the rule by which a clip with a row was judged: the window may
// have been another one than now.
func ruleOf(c *Clip) Rule { return Rule{Window: c.DueAt.Sub(c.EndLatest)} }

// settle judges a stored clip. Plain lateness stays visible when it is excused.
func (c *Clip) settle(r Rule, now time.Time) {
	c.Deadline, c.LateBy = r.Judge(c, c.StoredAt), 0
	if c.Deadline != Late && c.Deadline != Excused {
		return
	}
	if c.StoredAt.After(c.DueAt) {
		c.LateBy = c.StoredAt.Sub(c.DueAt).Seconds()
		c.missed(now, "stored after "+c.DueAt.Format(time.RFC3339))
	} else { // by how much is not known
		c.missed(now, "stored late, as was decided")
	}
}

// missed marks a clip as missed, once.
func (c *Clip) missed(now time.Time, why string) {
	if c.MissedAt.IsZero() {
		c.MissedAt = stamp(now)
		c.note(now, "missed", why)
	}
}

// Due returns the instant by which c must be stored, zero without a deadline.
func (r Rule) Due(c *Clip) time.Time {
	if !c.Kind.HasDeadline() || c.EndLatest.IsZero() {
		return time.Time{}
	}
	return c.EndLatest.Add(r.Window)
}
