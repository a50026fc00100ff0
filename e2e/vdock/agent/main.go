// Command agent runs shell commands in the guest of a virtual dock. A request
// is POST /; its body is the command's input, the answer is what it prints,
// while it prints it, and a trailer has its exit status. When the caller goes,
// the command is killed.
package main

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// inputDelay is how long the end of a command waits for what belongs to it: an
// input that goes on, and nobody reads any more.
const inputDelay = 10 * time.Second

func main() {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if len(os.Args) != 2 {
		log.Error("usage: agent ADDRESS")
		return
	}
	log.Error("serve", "err", http.ListenAndServe(os.Args[1], http.HandlerFunc(serve)))
}

func serve(w http.ResponseWriter, r *http.Request) {
	// Without this a body that is still to be read would stop what is printed.
	if err := http.NewResponseController(w).EnableFullDuplex(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	script, err := url.QueryUnescape(r.Header.Get("Script"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	cmd := exec.CommandContext(r.Context(), "/bin/sh", "-c", script)
	cmd.Stdin = r.Body
	cmd.WaitDelay = inputDelay
	out := flusher{w}
	cmd.Stdout, cmd.Stderr = out, out
	w.Header().Set("Trailer", "Exit-Status")
	w.WriteHeader(http.StatusOK)
	w.Header().Set("Exit-Status", strconv.Itoa(status(cmd.Run())))
}

// status is -1 for what could not be run or was killed.
func status(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -1
}

// flusher sends on at once what a command prints.
type flusher struct{ w http.ResponseWriter }

func (f flusher) Write(p []byte) (int, error) {
	n, err := f.w.Write(p)
	if err == nil {
		err = http.NewResponseController(f.w).Flush()
	}
	return n, err
}
