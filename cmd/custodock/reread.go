package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// rereadEvery is how often the configuration is looked at again.
const rereadEvery = time.Minute

// rereader finds a configuration with which the daemon would not start again,
// while it still runs with the old one: not at the next power cut. What was
// changed takes effect at the next start.
type rereader struct {
	load func() error
	tell func(ok bool)
	log  *slog.Logger
	bad  bool
}

// onHangup runs, and looks at each SIGHUP too.
func (r *rereader) onHangup(ctx context.Context) error {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	return r.run(ctx, hup)
}

// run looks every so often, and whenever it is asked, until ctx ends.
func (r *rereader) run(ctx context.Context, asked <-chan os.Signal) error {
	ticker := time.NewTicker(rereadEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-asked:
			r.look(true)
		case <-ticker.C:
			r.look(false)
		}
	}
}

// look reads the configuration, and logs what is news or was asked for.
func (r *rereader) look(asked bool) {
	err := r.load()
	switch {
	case err != nil && (asked || !r.bad):
		r.log.Error("the configuration is not valid: the daemon goes on with the one it has and will not start again with this one", "error", err)
	case err == nil && (asked || r.bad):
		r.log.Info("the configuration is valid; what was changed takes effect at the next start")
	}
	r.bad = err != nil
	r.tell(err == nil)
}
