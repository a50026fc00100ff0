package ingest

import (
	"testing"

	"custodock/store/storetest"
)

func TestSuspicion(t *testing.T) {
	v := func(dockings, errors int) Visits { return Visits{Dockings: dockings, Errors: errors} }
	for _, test := range []struct {
		name string
		bays []BayVisits
		want Verdict
		bay  int
	}{
		{"nothing happened", []BayVisits{{1, v(30, 0), v(200, 0)}}, VerdictFew, 0},
		{"twice is chance", []BayVisits{{1, v(30, 1), v(200, 0)}, {2, v(30, 1), v(200, 0)}}, VerdictFew, 0},
		{"in two bays where others have none", []BayVisits{{1, v(10, 2), v(100, 0)}, {2, v(12, 2), v(100, 1)}}, VerdictCamera, 0},
		{"in two bays where others have as many", []BayVisits{{1, v(10, 2), v(100, 20)}, {2, v(12, 2), v(100, 14)}}, VerdictOpen, 0},
		{"hardly anybody else was there", []BayVisits{{1, v(10, 2), v(9, 0)}, {2, v(12, 2), v(10, 0)}}, VerdictOpen, 0},
		{"as seldom as one among few others", []BayVisits{{1, v(30, 2), v(10, 0)}, {2, v(30, 1), v(10, 0)}}, VerdictOpen, 0},
		{"in one bay, as others", []BayVisits{{1, v(20, 0), v(200, 1)}, {5, v(8, 3), v(60, 12)}}, VerdictBay, 5},
		{"in one bay, as others, and never elsewhere", []BayVisits{{1, v(0, 0), v(200, 1)}, {5, v(8, 3), v(60, 12)}}, VerdictBay, 5},
		{"in one bay, all bays alike", []BayVisits{{1, v(20, 0), v(200, 40)}, {5, v(8, 3), v(60, 12)}}, VerdictOpen, 0},
		{"in the only bay it was in", []BayVisits{{1, v(4, 0), v(200, 1)}, {5, v(40, 4), v(60, 0)}}, VerdictMove, 5},
		{"in one bay of several, alone", []BayVisits{{1, v(20, 0), v(200, 1)}, {5, v(20, 4), v(60, 0)}}, VerdictOpen, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			bays := make(map[int]*BayVisits)
			s := Suspicion{}
			for _, b := range test.bays {
				bays[b.Bay] = &b
				if b.Own.Dockings > 0 {
					s.Bays = append(s.Bays, b)
					s.Own.plus(b.Own)
				}
			}
			s.judge(bays)
			if s.Verdict != test.want || test.bay != 0 && s.Bay != test.bay {
				t.Errorf("%s, bay %d; want %s, bay %d", s.Verdict, s.Bay, test.want, test.bay)
			}
		})
	}
}

func TestSuspicionOfFleet(t *testing.T) {
	st := withPast(t, storetest.Fleet{Now: fleetNow, Cameras: 24, Bays: 8, Days: 90, PerDay: 1, Seed: 7})
	s, err := st.Suspicion(storetest.Serial(storetest.Faulty), fleetNow)
	if err != nil || s.Verdict != VerdictCamera {
		t.Fatalf("%+v, %v", s, err)
	}
	var all Visits
	for _, b := range s.Bays {
		all.plus(b.Own)
	}
	n, err := st.Store().CountDockings(storetest.Serial(storetest.Faulty))
	if err != nil || all != s.Own || all.Dockings < n-3 || all.Dockings > n { // but for those at the edge of the window
		t.Errorf("%d dockings in the bays, %+v in all, %d in the catalog, %v", all.Dockings, s.Own, n, err)
	}
}
