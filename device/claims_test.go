package device

import "testing"

// A camera that is an MTP responder and a disk at once.
var both = USBAddress{"1-1.3", 1, 7, 99}

func TestClaims(t *testing.T) {
	type step struct {
		do   string
		want bool // of a take
	}
	for _, tt := range []struct {
		name  string
		steps []step
		left  int // devices remembered afterwards
	}{
		{"MTP first", []step{
			{"mtp takes", true}, {"disk takes", false}, {"disk takes", false}, {"mtp drops", false},
		}, 0},
		{"the disk is seen first", []step{
			{"disk takes", false}, {"mtp takes", true}, {"disk takes", false}, {"mtp drops", false}, {"disk takes", false},
		}, 0},
		{"MTP cannot", []step{
			{"mtp takes", true}, {"disk takes", false}, {"mtp yields", false}, {"disk takes", true},
			{"mtp takes", false}, {"disk takes", true}, {"disk drops", false}, {"mtp drops", false},
		}, 0},
		{"MTP cannot, and then can before the disk came", []step{
			{"mtp takes", true}, {"mtp yields", false}, {"mtp takes", true}, {"disk takes", false}, {"mtp drops", false},
		}, 0},
		{"the disk is unmounted, then MTP can", []step{
			{"mtp takes", true}, {"mtp yields", false}, {"disk takes", true}, {"disk drops", false}, {"mtp takes", true}, {"mtp drops", false},
		}, 0},
		{"MTP sees it leave before the disk does", []step{
			{"mtp takes", true}, {"mtp yields", false}, {"disk takes", true}, {"mtp drops", false}, {"disk drops", false},
		}, 0},
		{"nobody yields what is not theirs", []step{
			{"mtp takes", true}, {"mtp yields", false}, {"disk takes", true}, {"mtp yields", false}, {"mtp takes", false},
		}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := NewClaims()
			for i, s := range tt.steps {
				got := false
				switch s.do {
				case "mtp takes":
					got = c.Take(both, TransportMTP)
				case "disk takes":
					got = c.Take(both, TransportMassStorage)
				case "mtp yields":
					c.Yield(both)
				case "mtp drops":
					c.Drop(both, TransportMTP)
				case "disk drops":
					c.Drop(both, TransportMassStorage)
				}
				if got != s.want {
					t.Errorf("step %d, %s: %v, want %v", i, s.do, got, s.want)
				}
			}
			if len(c.turns) != tt.left {
				t.Errorf("%d devices remembered, want %d", len(c.turns), tt.left)
			}
		})
	}
}

func TestClaimsWake(t *testing.T) {
	for name, free := range map[string]func(*Claims){
		"yielded": func(c *Claims) { c.Yield(both) },
		"left":    func(c *Claims) { c.Drop(both, TransportMTP) },
	} {
		c := NewClaims()
		c.Take(both, TransportMTP)
		changed := c.Changed()
		select {
		case <-changed:
			t.Errorf("%s: woken before anything changed", name)
		default:
		}
		free(c)
		select {
		case <-changed:
		default:
			t.Errorf("%s: nobody was woken", name)
		}
	}
}

func TestNoClaims(t *testing.T) {
	var c *Claims
	if !c.Take(both, TransportMassStorage) || !c.Take(both, TransportMTP) {
		t.Error("without claims something cannot be taken")
	}
	c.Yield(both)
	c.Drop(both, TransportMTP)
	if c.Changed() != nil {
		t.Error("without claims something changes")
	}
}
