package usbpipe

import (
	"sync/atomic"

	"github.com/google/gousb"
)

const (
	// maxTransfer is what one transfer moves. Larger ones gain nothing that
	// can be measured; what is in flight counts against usbfs_memory_mb,
	// which is 16 MiB for all cameras together, and a dock has 16. It is as
	// much as mtp reads at a time.
	maxTransfer = 513 << 10

	// minTransfer is what is still tried when that memory is used up.
	minTransfer = 16 << 10

	// growAfter is after how many transfers a larger one is tried again.
	growAfter = 64
)

// sizer says how much to move in one transfer.
type sizer struct {
	size atomic.Int64
	good atomic.Int64 // transfers that went well since the size was changed
}

func (s *sizer) now() int { return int(s.size.Load()) }

// moved says that a transfer went well.
func (s *sizer) moved() {
	if s.good.Add(1) >= growAfter && s.now() < maxTransfer {
		s.size.Store(min(2*s.size.Load(), maxTransfer))
		s.good.Store(0)
	}
}

// refused says that a transfer of size bytes ended with err, and reports
// whether it is to be tried anew with fewer: usbfs had no memory for it.
func (s *sizer) refused(size int, err error) (again bool) {
	if !isLibusb(err, gousb.ErrorNoMem) || size <= minTransfer {
		return false
	}
	s.size.Store(max(int64(size)/2&^1023, minTransfer)) // a multiple of every packet size
	s.good.Store(0)
	return true
}
