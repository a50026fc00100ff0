package main

import (
	"fmt"
	"strings"

	"custodock/e2e/vdock"
)

// table is what all programs took for one load on one camera.
type table struct {
	costs  map[string][]cost
	failed map[string]error
}

func (t table) add(program string, took cost, err error) {
	if err != nil {
		t.failed[program] = err
		return
	}
	t.costs[program] = append(t.costs[program], took)
}

// least is of each figure the least disturbed: what else the machine does only
// ever adds.
func (t table) least(program string) (least cost) {
	for i, c := range t.costs[program] {
		if i == 0 {
			least = c
		}
		least = cost{min(least.seconds, c.seconds), min(least.cpu, c.cpu)}
	}
	return least
}

func (t table) print() {
	fmt.Println("| program | s | CPU s | our reading ÷ this, s | CPU s |\n| --- | --- | --- | --- | --- |")
	rows := []string{wholeWay, oneHash, copier.Name}
	for _, p := range vdock.Peers {
		rows = append(rows, p.Name)
	}
	ours := t.least(copier.Name)
	for i, name := range rows {
		took := t.least(name)
		switch {
		case t.failed[name] != nil:
			reason, _, _ := strings.Cut(t.failed[name].Error(), "\n")
			fmt.Printf("| %s | failed: %s | | | |\n", name, reason)
		case took.seconds == 0:
		case i < 2:
			fmt.Printf("| %s | %.2f | %.2f | | |\n", name, took.seconds, took.cpu)
		default:
			fmt.Printf("| %s | %.2f | %.2f | %.2f | %.2f |\n", name, took.seconds, took.cpu, ours.seconds/took.seconds, ours.cpu/took.cpu)
		}
	}
}
