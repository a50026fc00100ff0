package main

import (
	"net"
	"strings"
	"testing"
)

func TestListenWhereAnotherProgramDoes(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	cfg := config{DataDir: t.TempDir()}
	cfg.HTTP.Listen = taken.Addr().String()
	if err := new(stationDaemon).listen(cfg); err == nil || !strings.Contains(hintFor(err), "http.listen") {
		t.Errorf("got %v with the hint %q; want what to do", err, hintFor(err))
	}
}
