package device

import (
	"slices"
	"sync"
)

// Bay is a numbered place for a camera as configured: known by the USB port
// that is wired to it, or by a folder's name for cameras that have no port.
type Bay struct {
	Number  int
	USBPort string // such as "1-1.3"; either name of a USB 3 socket
	Folder  string // matched against Info.Folder
}

// Bays gives docked cameras their bay numbers. It is safe for concurrent use.
type Bays struct {
	configured []Bay
	sysfs      string

	mu    sync.Mutex
	taken map[int]bool
}

// NewBays returns the bays of a station, all of them free. An empty sysfs is
// DefaultSysfs.
func NewBays(configured []Bay, sysfs string) *Bays {
	if sysfs == "" {
		sysfs = DefaultSysfs
	}
	return &Bays{configured: slices.Clone(configured), sysfs: sysfs, taken: make(map[int]bool)}
}

// Take returns the bay of a camera that has docked: the one configured for its
// port or folder if nobody is in it, else the lowest number that is neither
// configured nor taken. The number is the camera's until Free.
func (b *Bays) Take(info Info) int {
	var peer string
	if info.Port != "" {
		peer = PeerPort(b.sysfs, info.Port)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, bay := range b.configured {
		if bay.is(info, peer) && !b.taken[bay.Number] {
			b.taken[bay.Number] = true
			return bay.Number
		}
	}
	n := 1
	for b.taken[n] || b.isConfigured(n) {
		n++
	}
	b.taken[n] = true
	return n
}

// Free gives a number back when its camera was undocked.
func (b *Bays) Free(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.taken, n)
}

// Configured returns the configured numbers, sorted, each once.
func (b *Bays) Configured() []int {
	var numbers []int
	for _, bay := range b.configured {
		numbers = append(numbers, bay.Number)
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}

func (b *Bays) isConfigured(n int) bool {
	return slices.ContainsFunc(b.configured, func(bay Bay) bool { return bay.Number == n })
}

// is reports whether the bay was configured for a camera, whose socket's other
// name is peer.
func (bay Bay) is(info Info, peer string) bool {
	if bay.USBPort != "" && (bay.USBPort == info.Port || bay.USBPort == peer) {
		return true
	}
	return bay.Folder != "" && bay.Folder == info.Folder
}
