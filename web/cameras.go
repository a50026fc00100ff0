package web

import (
	"context"
	"time"

	"custodock/ingest"
	"custodock/store"
)

// listedDockings is how many of a camera's dockings are shown with it.
const listedDockings = 20

// CameraStatus is a camera and where it is now. It is exported because huma
// describes no fields of embedded types that are not.
type CameraStatus struct {
	store.Camera
	Docked bool `json:"docked"`
	Bay    int  `json:"bay,omitempty" doc:"The bay it is in; absent when it is in none."`
}

// cameraHistory is a camera with its last dockings, newest first.
type cameraHistory struct {
	CameraStatus
	Dockings []store.Docking `json:"dockings" doc:"The last 20, newest first."`
}

func (s *server) listCameras(ctx context.Context, _ *struct{}) (*body[[]CameraStatus], error) {
	rows, err := s.store.Cameras()
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	bays := s.occupied()
	list := make([]CameraStatus, len(rows))
	for i, row := range rows {
		row.History = nil
		list[i] = inBay(row, bays, time.Now())
	}
	return &body[[]CameraStatus]{list}, nil
}

type cameraPath struct {
	Serial string `path:"serial" doc:"The camera's serial."`
}

func (s *server) getCamera(ctx context.Context, p *cameraPath) (*body[cameraHistory], error) {
	row, err := s.store.Camera(p.Serial)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	dockings, err := s.store.Dockings(p.Serial, listedDockings)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	addProgress(dockings, s.station.Bays())
	return &body[cameraHistory]{cameraHistory{inBay(*row, s.occupied(), time.Now()), dockings}}, nil
}

// addProgress brings the books of a docking that lasts up to date: the catalog
// closes them at its end.
func addProgress(dockings []store.Docking, bays []ingest.BayStatus) {
	for i := range dockings {
		for _, b := range bays {
			if d := &dockings[i]; b.Docking == d.ID && d.Closed == "" {
				d.Stored, d.Unstored, d.UnstoredBytes = b.Stored, b.Left, b.LeftBytes
				d.Failed, d.FailedInArchive = b.Failed, b.FailedInArchive
			}
		}
	}
}

// occupied returns the bays of the docked cameras by serial; of two cameras
// with one serial, the lower one.
func (s *server) occupied() map[string]int {
	bays := make(map[string]int)
	for _, b := range s.station.Bays() {
		if _, taken := bays[b.Camera]; b.Camera != "" && !taken {
			bays[b.Camera] = b.Bay
		}
	}
	return bays
}

func inBay(row store.Camera, bays map[string]int, now time.Time) CameraStatus {
	row.Present(now)
	bay, docked := bays[row.Serial]
	return CameraStatus{row, docked, bay}
}
