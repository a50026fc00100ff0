package ingest

import (
	"fmt"
	"math"
	"time"

	"golang.org/x/sys/unix"
)

// clockSynchronized reports whether the kernel follows a time source: ntpd,
// chronyd and systemd-timesyncd tell it (adjtimex(2), STA_UNSYNC).
func clockSynchronized() bool {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	return err == nil && state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0
}

// maxDrift is how far a camera's clock may drift in a day and still be the
// same clock: quartz keeps within a few seconds.
const maxDrift = 10 * time.Second

// contradicts says in words why an offset just measured cannot follow from
// the last one, or nothing when it can: the clock was set or reset in
// between, and when is not known. Offsets are in seconds.
func contradicts(last *float64, offset float64, from, to time.Time, tolerance time.Duration) string {
	if last == nil {
		return ""
	}
	days := max(to.Sub(from).Hours()/24, 0)
	if from.IsZero() {
		days = 0
	}
	allowed := tolerance.Seconds() + days*maxDrift.Seconds()
	if jump := math.Abs(offset - *last); jump > allowed {
		return fmt.Sprintf("the camera's clock jumped: it was %.0f s off at the last docking and is %.0f s off now", *last, offset)
	}
	return ""
}
