//go:build e2e

package vdock

import "testing"

func TestBoot(t *testing.T) {
	m := boot(t)
	out, err := m.Run(t.Context(), "uname -a; lsusb; mount; id; cat /proc/uptime; ls -l /dev/bus/usb /sys/bus/usb/devices; type mount findmnt sh")
	t.Log(out, err)
}
