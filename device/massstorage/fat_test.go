package massstorage

import "testing"

func TestWallClock(t *testing.T) {
	for _, tt := range []struct {
		fsType, options string
		minutesWest     int
		want            bool
	}{
		{"vfat", "rw,fmask=0022,dmask=0022,codepage=437,iocharset=ascii,shortname=mixed,tz=UTC,errors=remount-ro", 0, true},
		{"vfat", "rw,tz=UTC", -480, true},
		{"msdos", "ro,tz=UTC", 0, true},
		{"vfat", "ro,time_offset=0", -480, true},
		{"vfat", "ro,time_offset=480", 0, false},
		{"vfat", "ro,time_offset=-60,errors=remount-ro", 0, false},
		{"vfat", "rw,errors=remount-ro", 0, true},
		{"vfat", "rw,errors=remount-ro", -480, false},
		{"exfat", "rw,tz=UTC", 0, false},
		{"ext4", "rw", 0, false},
		{"tmpfs", "", 0, false},
	} {
		if got := wallClock(tt.fsType, tt.options, tt.minutesWest); got != tt.want {
			t.Errorf("wallClock(%s, %s, %d) = %v, want %v", tt.fsType, tt.options, tt.minutesWest, got, tt.want)
		}
	}
}
