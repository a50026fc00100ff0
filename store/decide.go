package store

import (
	"fmt"
	"time"
)

// Decision is what a person says of a clip that is undecidable: which end of
// the interval in which the recording ended counts. What is certain without it
// stays as it is.
type Decision struct {
	Deadline Deadline  `json:"deadline"` // OnTime or Late
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	Note     string    `json:"note"` // why
}

// What a decision does to a clip, in its history.
const (
	whatDecided   = "decided"
	whatUndecided = "decision taken back"
)

// Decide settles an undecidable clip as OnTime or Late. Undecidable takes an
// earlier decision back. A clip that needs no decision is a *FieldError, and
// one that is being published just now is ErrCopying: try again.
func (s *Store) Decide(id string, as Deadline, by, note string, now time.Time) (*Clip, error) {
	if err := s.lock(); err != nil {
		return nil, fmt.Errorf("decide clip %.40q: %w", id, err)
	}
	defer s.unlock()
	if s.isPublishing(id) {
		return nil, fmt.Errorf("decide clip %.40q: %w", id, ErrCopying)
	}
	c, err := s.clip(id)
	if err != nil {
		return nil, err
	}
	now = stamp(now)
	is := c.Deadline
	if c.State != Stored {
		is = s.opt.Rule.judge(c, s.clock.Load(), now)
	}
	if err := checkDecision(c, is, as); err != nil {
		return nil, fmt.Errorf("decide clip %.40q: %w", id, err)
	}
	entry := Entry{At: now, What: whatDecided, By: by, Note: because(string(as), note)}
	if as == Undecidable {
		c.Decision, entry.What, entry.Note = nil, whatUndecided, note
	} else {
		c.Decision = &Decision{Deadline: as, At: now, By: by, Note: note}
	}
	c.History = append(c.History, entry)
	s.opt.Rule.resettle(c, now)
	if err := s.commit(event{At: now, What: entry.What, Clip: c}); err != nil {
		return nil, fmt.Errorf("decide clip %.40q: %w", id, err)
	}
	return c, nil
}

// checkDecision refuses a decision that there is no need for.
func checkDecision(c *Clip, is, as Deadline) error {
	switch {
	case as != OnTime && as != Late && as != Undecidable:
		return fieldErrorf("deadline", "%q is none of on_time, late", as)
	case as == Undecidable && c.Decision == nil:
		return fieldErrorf("id", "there is no decision to take back: the clip is %s", is)
	case as != Undecidable && c.Decision != nil:
		return fieldErrorf("id", "%s decided %s already; take that back first, as undecidable", c.Decision.By, c.Decision.Deadline)
	case as != Undecidable && is != Undecidable:
		return fieldErrorf("id", "the clip needs no decision: it is %s", is)
	}
	return nil
}

// resettle judges a clip anew after somebody decided. A miss is never undone.
func (r Rule) resettle(c *Clip, now time.Time) {
	if c.State == Stored {
		c.settle(ruleOf(c), now)
		return
	}
	c.Deadline = "" // of clips that are not stored, the row only says that they are overdue
	if r.Judge(c, now) == Overdue {
		c.Deadline = Overdue
		c.missed(now, "not stored in time, as was decided")
	}
}

func because(text, reason string) string {
	if reason == "" {
		return text
	}
	return text + ": " + reason
}

func (s *Store) isPublishing(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.publishing[id]
}
