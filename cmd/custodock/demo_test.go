package main

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"custodock/device/simcam"
)

// The demo says nothing of the clock of the computer that it runs on, whether
// that follows a time source or not.
func TestDemoDoesNotWarnOfTheClock(t *testing.T) {
	t.Parallel()
	opt := demoOptions(simcam.NewDock())
	if opt.ClockSynchronized == nil || !opt.ClockSynchronized() {
		t.Error("the demo asks the kernel for its time source")
	}
	cfg, err := loadConfig("", []string{"CUSTODOCK_DATA_DIR=" + t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	d, err := newStation(cfg, log, nil, opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.station.Run(ctx) }()
	limit := time.After(time.Minute)
	for !d.station.Ready() {
		select {
		case <-time.After(time.Millisecond):
		case <-limit:
			t.Fatal("the station does not run")
		}
	}
	status, err := d.station.Status(time.Now())
	if err != nil || !status.Running || len(status.Warnings) != 0 {
		t.Errorf("running %v, warnings %+v, %v; want it to run without any", status.Running, status.Warnings, err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := d.close(log); err != nil {
		t.Error(err)
	}
}
