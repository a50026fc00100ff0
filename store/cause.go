package store

import "time"

// Cause is a reason as a fixed word and its values, beside the English sentence
// that says the same: pages say it in their own language. Which values there are
// is up to the word. Times are UTC, cut to milliseconds.
type Cause struct {
	What    string    `json:"what"`                     // one of the Cause constants
	Source  string    `json:"source,omitempty"`         // which source At is of: one of the Source constants
	At      time.Time `json:"at,omitzero"`              // the time that it is about
	Other   string    `json:"other,omitempty"`          // the source that OtherAt is of
	OtherAt time.Time `json:"other_at,omitzero"`        // the time that At does not go with
	Before  float64   `json:"before_seconds,omitempty"` // by how much a clock was fast before
	Seconds float64   `json:"seconds,omitempty"`        // by how much; of a clock, by how much it is fast

	// Station says that the station's own clock was set or in doubt besides.
	Station bool `json:"station,omitempty"`
}

// Why a camera's clock is suspect, or was corrected.
const (
	CauseNoTime   = "no-time"    // the camera gives none
	CauseReset    = "reset"      // At is from a clock that had been reset
	CauseBirthday = "birthday"   // At is near OtherAt, at which the clock restarts
	CauseFuture   = "future"     // by At the recording ended so many seconds after it was docked, at OtherAt
	CauseDisagree = "disagree"   // At and OtherAt are too far apart
	CauseLacked   = "lacked"     // by At it had ended when the camera was docked without it, at OtherAt
	CauseJumped   = "jumped"     // the clock was Before fast at one docking and Seconds at the next
	CauseNowhere  = "nowhere"    // the clock cannot have shown that time
	CauseStart    = "start-only" // only the start, At, is known
	CauseTwice    = "twice"      // the clock was put back and showed At twice
	CauseSet      = "set"        // At fits before the station set the clock, and after
	CauseOffset   = "offset"     // it was so many seconds fast when it was docked
	CauseDrift    = "drift"      // it was Before fast at the recording, Seconds at the docking
)

// Why the station's clock is in doubt.
const (
	CauseUnfollowed = "unfollowed"    // it follows no time source
	CauseForwards   = "jump-forwards" // it jumped by so many seconds
	CauseBack       = "jump-back"     // likewise
	CauseWentBack   = "went-back"     // by so many seconds at least, while the daemon was stopped
)

// Causes are all that there are.
var Causes = []string{
	CauseNoTime, CauseReset, CauseBirthday, CauseFuture, CauseDisagree, CauseLacked, CauseJumped, CauseNowhere,
	CauseStart, CauseTwice, CauseSet, CauseOffset, CauseDrift,
	CauseUnfollowed, CauseForwards, CauseBack, CauseWentBack,
}
