package ingest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"custodock/store"
)

// phrases are what the English sentence of a cause says.
var phrases = map[string]string{
	store.CauseNoTime: "gives no time", store.CauseReset: "had been reset", store.CauseBirthday: "restarts at",
	store.CauseFuture: "went on for", store.CauseDisagree: "apart, which no time zone explains", store.CauseLacked: "it was not on it then",
	store.CauseJumped: "clock jumped", store.CauseNowhere: "fits none of the times", store.CauseStart: "only the start",
	store.CauseTwice: "put back and showed", store.CauseSet: "the station set the camera's clock", store.CauseOffset: "when it was docked",
	store.CauseDrift: "it drifted to", store.CauseUnfollowed: "follows no time source", store.CauseForwards: "jumped forwards by",
	store.CauseBack: "jumped back by", store.CauseWentBack: "gone back while the daemon was stopped",
}

// checkCause makes sure that a cause says what its sentence says, by its word
// and by every value; none goes with no sentence.
func checkCause(t *testing.T, name, sentence string, c *store.Cause, zone *time.Location) {
	t.Helper()
	if c == nil {
		if sentence != "" {
			t.Errorf("%s: no cause for %q", name, sentence)
		}
		return
	}
	x := examiner{station: zone}
	said := []string{phrases[c.What]}
	switch c.What {
	case store.CauseReset, store.CauseBirthday, store.CauseFuture:
		said = append(said, sourceWords[c.Source]+" says "+x.say(c.At)+": ")
	case store.CauseDisagree:
		said = append(said, sourceWords[c.Source]+" says "+x.say(c.At)+" and "+sourceWords[c.Other]+" says "+x.say(c.OtherAt))
	case store.CauseLacked:
		said = append(said, sourceWords[c.Source]+" says ")
	}
	if !c.At.IsZero() && c.What != store.CauseSet {
		said = append(said, x.say(c.At))
	}
	switch {
	case c.What == store.CauseBirthday:
		said = append(said, c.OtherAt.Format(time.DateOnly))
	case !c.OtherAt.IsZero():
		said = append(said, x.say(c.OtherAt))
	}
	switch {
	case c.What == store.CauseJumped:
		said = append(said, fmt.Sprintf("was %.0f s off", c.Before), fmt.Sprintf("is %.0f s off", c.Seconds))
	case c.What == store.CauseOffset || c.What == store.CauseDrift:
		said = append(said, fastOrSlow(inSeconds(c.Seconds)))
	case c.Seconds != 0:
		said = append(said, roundSeconds(inSeconds(c.Seconds)))
	}
	if c.What == store.CauseDrift {
		said = append(said, fastOrSlow(inSeconds(c.Before)))
	}
	if c.Station {
		said = append(said, "the station's own clock was set or is in doubt")
	}
	for _, text := range said {
		if text == "" || strings.HasPrefix(text, " says ") || !strings.Contains(sentence, text) {
			t.Errorf("%s: the cause %+v has %q, which is not in %q", name, *c, text, sentence)
		}
	}
}
