package ingest

import "time"

// Verified records and counts a verification of the archive that ended at now:
// ok, or with so many problems, or broken off with none.
func (st *Station) Verified(ok bool, problems int, now time.Time) error {
	if !ok {
		st.opt.Metrics.verifyErrors.Add(float64(max(problems, 1)))
	}
	return st.opt.Store.Verified(ok, now)
}

// BackedUp records that the catalog was backed up.
func (st *Station) BackedUp(now time.Time) error { return st.opt.Store.BackedUp(now) }
