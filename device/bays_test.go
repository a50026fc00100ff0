package device

import (
	"slices"
	"sync"
	"testing"
)

func TestBaysTake(t *testing.T) {
	sysfs := peerSysfs(t)
	configured := []Bay{{Number: 1, USBPort: "1-4.3"}, {Number: 3, Folder: "cam3"}, {Number: 4, USBPort: "1-2"}}
	for _, tt := range []struct {
		name   string
		docked []Info
		want   []int
	}{
		{"by port", []Info{{Port: "1-4.3"}, {Port: "1-2"}}, []int{1, 4}},
		{"by the port's other name", []Info{{Port: "2-1.3"}}, []int{1}},
		{"by folder", []Info{{Folder: "cam3"}}, []int{3}},
		{"unknown ones get the free numbers", []Info{{Folder: "x"}, {Port: "1-9"}, {}}, []int{2, 5, 6}},
		{"two claim one", []Info{{Port: "1-4.3"}, {Port: "2-1.3"}, {Folder: "cam3"}, {Folder: "cam3"}}, []int{1, 2, 3, 5}},
		{"a folder is no port", []Info{{Folder: "1-2"}}, []int{2}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bays := NewBays(configured, sysfs)
			var got []int
			for _, info := range tt.docked {
				got = append(got, bays.Take(info))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("bays %v, want %v", got, tt.want)
			}
		})
	}
}

func TestBaysFree(t *testing.T) {
	bays := NewBays([]Bay{{Number: 2, Folder: "a"}}, t.TempDir())
	first, other := bays.Take(Info{Folder: "a"}), bays.Take(Info{Folder: "b"})
	bays.Free(first)
	bays.Free(other)
	if got := bays.Take(Info{Folder: "a"}); got != 2 {
		t.Errorf("its own bay, free again: got %d, want 2", got)
	}
	if got := bays.Take(Info{Folder: "c"}); got != other {
		t.Errorf("the lowest free number: got %d, want %d", got, other)
	}
}

func TestBaysConfigured(t *testing.T) {
	bays := NewBays([]Bay{{Number: 7, Folder: "a"}, {Number: 2, Folder: "b"}, {Number: 7, USBPort: "1-1"}}, "")
	if got, want := bays.Configured(), []int{2, 7}; !slices.Equal(got, want) {
		t.Errorf("Configured() = %v, want %v", got, want)
	}
}

func TestBaysConcurrent(t *testing.T) {
	bays := NewBays(nil, t.TempDir())
	var mu sync.Mutex
	seen := make(map[int]int)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			n := bays.Take(Info{})
			mu.Lock()
			seen[n]++
			mu.Unlock()
		})
	}
	wg.Wait()
	for n := 1; n <= 50; n++ {
		if seen[n] != 1 {
			t.Errorf("bay %d was given %d times", n, seen[n])
		}
	}
}
