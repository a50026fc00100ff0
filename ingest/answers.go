package ingest

import "time"

// Zone returns the station's time zone.
func (st *Station) Zone() *time.Location { return st.opt.Zone }

// Bays returns every configured bay and every other one with a camera, as
// they stand at now. Unlike Status it asks nothing of the catalog.
func (st *Station) Bays(now time.Time) []BayStatus { return st.bayStatus(now) }
