package mtpcam

import (
	"testing"

	"custodock/device/mtp"
)

// A camera is listed anew when it says that there is more, and when it says that
// whatever is known of it may be wrong (MTP 1.1, G.2.15).
func TestNews(t *testing.T) {
	for code, want := range map[mtp.EventCode]bool{
		mtp.EventObjectAdded:       true,
		mtp.EventStoreAdded:        true,
		mtp.EventStoreRemoved:      true,
		mtp.EventUnreportedStatus:  true,
		mtp.EventObjectRemoved:     false, // that is the release of clips
		mtp.EventDevicePropChanged: false,
	} {
		if got := isNews(code); got != want {
			t.Errorf("%v: %t, want %t", code, got, want)
		}
	}
}
