package ingest

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Visits counts dockings and how they went.
type Visits struct {
	Dockings int
	Errors   int // in which the camera, or a clip on it, could not be read
	Broken   int // that ended before everything was stored
}

func (v *Visits) add(one *visit) {
	v.Dockings++
	v.Errors += int(oneIf(one.errors))
	v.Broken += int(oneIf(one.broken))
}

func (v *Visits) plus(o Visits) {
	v.Dockings, v.Errors, v.Broken = v.Dockings+o.Dockings, v.Errors+o.Errors, v.Broken+o.Broken
}

// worse reports whether errors are a TellingFactor more frequent than in o, even
// if o had one more: none in twenty does not yet mean that there never is one.
func (v *Visits) worse(o Visits) bool {
	return v.Errors*max(o.Dockings, 1) >= TellingFactor*(o.Errors+1)*v.Dockings
}

// BayVisits is how it went in one bay: with one camera, and with all others.
type BayVisits struct {
	Bay         int
	Own, Others Visits
}

// Suspicion is what the dockings of a camera say about its read errors.
type Suspicion struct {
	Since   time.Time   // what was before is not counted
	Bays    []BayVisits // those that the camera was in
	Own     Visits      // in all of them
	Verdict Verdict
	Bay     int    // of VerdictBay and VerdictMove
	Where   Visits // of the camera, where it had errors
	Others  Visits // of the other cameras in these bays
}

// Verdict says whether it is the camera or the bay.
type Verdict string

// The verdicts.
const (
	VerdictFew    Verdict = "few"    // too few dockings with errors to say anything
	VerdictOpen   Verdict = "open"   // the figures do not tell
	VerdictCamera Verdict = "camera" // it has errors in several bays where others have hardly any
	VerdictBay    Verdict = "bay"    // it has errors in one bay alone, and others have them there, too
	VerdictMove   Verdict = "move"   // it was hardly ever in another bay: dock it elsewhere to find out
)

// From when on figures count for anything: with fewer, chance alone makes such
// differences too often.
const (
	LeastErrors    = 3  // dockings with errors
	LeastOthers    = 20 // dockings of other cameras, to compare with
	LeastElsewhere = 5  // dockings of the camera in other bays
	TellingFactor  = 3  // between two shares
)

// Suspicion compares a camera with others in the bays that it was in.
func (st *Station) Suspicion(serial string, now time.Time) (*Suspicion, error) {
	all, since, err := st.fleet.all(st.opt.Store, now)
	if err != nil {
		return nil, err
	}
	s := &Suspicion{Since: since}
	bays := countVisits(all, serial, s.Since)
	for _, bay := range slices.SortedFunc(maps.Values(bays), func(a, b *BayVisits) int { return cmp.Compare(a.Bay, b.Bay) }) {
		if bay.Own.Dockings > 0 {
			s.Bays = append(s.Bays, *bay)
			s.Own.plus(bay.Own)
		}
	}
	s.judge(bays)
	return s, nil
}

// countVisits counts by bay. It goes through all that is remembered, maxVisits
// or so, which takes less than a millisecond.
func countVisits(all []*craft, serial string, start time.Time) map[int]*BayVisits {
	bays, since := make(map[int]*BayVisits), start.UnixMilli()
	for _, c := range all {
		for i := range c.visits {
			v := &c.visits[i]
			if v.at < since || !v.closed {
				continue
			}
			bay := bays[v.bay]
			if bay == nil {
				bay = &BayVisits{Bay: v.bay}
				bays[v.bay] = bay
			}
			if c.Serial == serial {
				bay.Own.add(v)
			} else {
				bay.Others.add(v)
			}
		}
	}
	return bays
}

// judge has a simple rule: what is blamed has errors in at least TellingFactor
// times as large a share of dockings as what it is compared with.
func (s *Suspicion) judge(bays map[int]*BayVisits) {
	var with int // bays in which the camera had errors
	var rest Visits
	for _, bay := range s.Bays {
		if bay.Own.Errors == 0 {
			continue
		}
		with++
		s.Bay = bay.Bay
		s.Where.plus(bay.Own)
		s.Others.plus(bay.Others)
	}
	for n, bay := range bays {
		if n != s.Bay {
			rest.plus(bay.Others)
		}
	}
	elsewhere := s.Own.Dockings - s.Where.Dockings
	compared := s.Others.Dockings >= LeastOthers
	badCamera := compared && s.Where.worse(s.Others)
	badBay := compared && rest.Dockings >= LeastOthers && s.Others.Errors >= LeastErrors && s.Others.worse(rest)
	switch {
	case s.Where.Errors < LeastErrors:
		s.Verdict = VerdictFew
	case with > 1 && badCamera:
		s.Verdict = VerdictCamera
	case with == 1 && badBay:
		s.Verdict = VerdictBay
	case with == 1 && elsewhere < LeastElsewhere:
		s.Verdict = VerdictMove
	default:
		s.Verdict = VerdictOpen
	}
}
