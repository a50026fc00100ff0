package device

import (
	"os"
	"path/filepath"
	"testing"
)

const testPort = "bus/usb/devices/1-1.3"

func TestUSBAddress(t *testing.T) {
	sysfs := makeSysfs(t, map[string]string{testPort + "/busnum": "1\n", testPort + "/devnum": "7\n"}, nil)
	a, ok := USBAt(sysfs, "1-1.3")
	if !ok || a.Port != "1-1.3" || a.Bus != 1 || a.Number != 7 || a.Inode == 0 {
		t.Fatalf("USBAt = %+v, %v", a, ok)
	}
	if !a.Present(sysfs) {
		t.Error("it is said to have left")
	}
	folder := filepath.Join(sysfs, testPort)
	for _, tt := range []struct {
		name   string
		happen func() error
	}{
		{"another number", func() error { return os.WriteFile(filepath.Join(folder, "devnum"), []byte("8\n"), 0o600) }},
		{"the same number in another folder", func() error {
			if err := os.Rename(folder, folder+" away"); err != nil {
				return err
			}
			return os.CopyFS(folder, os.DirFS(folder+" away"))
		}},
		{"unplugged", func() error { return os.RemoveAll(folder) }},
	} {
		a, _ := USBAt(sysfs, "1-1.3")
		if err := tt.happen(); err != nil {
			t.Fatal(err)
		}
		if a.Present(sysfs) {
			t.Errorf("%s: it is said to be there still", tt.name)
		}
	}
}

func TestUSBAtNobody(t *testing.T) {
	sysfs := makeSysfs(t, map[string]string{
		"bus/usb/devices/1-1/busnum":     "1\n", // half of it is gone already
		"bus/usb/devices/1-2/busnum":     "one\n",
		"bus/usb/devices/1-2/devnum":     "2\n",
		"bus/usb/devices/usb1/busnum":    "1\n",
		"bus/usb/devices/usb1/devnum":    "1\n",
		"bus/usb/devices/1-3:1.0/devnum": "1\n",
	}, nil)
	for _, port := range []string{"1-1", "1-2", "1-9", "usb1", "1-3:1.0", "../devices/usb1", ""} {
		if a, ok := USBAt(sysfs, port); ok {
			t.Errorf("USBAt(%q) = %+v, want nobody", port, a)
		}
	}
}

func TestMTPSign(t *testing.T) {
	like := USBInterface{Class: 0xFF, BulkIn: 1, BulkOut: 1, InterruptIn: 1, Endpoints: 3}
	with := func(change func(*USBInterface)) USBInterface {
		i := like
		change(&i)
		return i
	}
	for _, tt := range []struct {
		name string
		i    USBInterface
		want MTPSign
	}{
		{"still image", USBInterface{Class: 6, SubClass: 1, Protocol: 1}, SaysMTP},
		{"still image, held by a program", USBInterface{Class: 6, SubClass: 1, Protocol: 1, Driver: "usbfs"}, SaysMTP},
		{"Android", with(func(i *USBInterface) { i.SubClass, i.Name = 0xFF, "MTP" }), SaysMTP},
		{"a name in other letters", with(func(i *USBInterface) { i.Name = "Body Camera mtp" }), SaysMTP},
		{"shaped like it", like, MaybeMTP},
		{"shaped like it, held by a program", with(func(i *USBInterface) { i.Driver = "usbfs" }), MaybeMTP},
		{"image class of another kind", with(func(i *USBInterface) { i.Class, i.SubClass = 6, 0 }), MaybeMTP},
		{"serial adapter with a driver", with(func(i *USBInterface) { i.Driver = "pl2303" }), NoMTP},
		{"debug bridge", with(func(i *USBInterface) { i.SubClass, i.Protocol, i.InterruptIn, i.Endpoints = 0x42, 1, 0, 2 }), NoMTP},
		{"one endpoint more", with(func(i *USBInterface) { i.Endpoints++ }), NoMTP},
		{"disk", USBInterface{Class: 8, SubClass: 6, Protocol: 0x50, BulkIn: 1, BulkOut: 1, Endpoints: 2}, NoMTP},
		{"keyboard whose name says MTP", USBInterface{Class: 3, Name: "MTP"}, NoMTP},
		{"hub", USBInterface{Class: 9}, NoMTP},
		{"nothing known", USBInterface{}, NoMTP},
	} {
		if got := tt.i.MTP(); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestUSBInterfaces(t *testing.T) {
	const mtp, disk = testPort + "/1-1.3:1.0/", testPort + "/1-1.3:1.1/"
	files := map[string]string{
		testPort + "/busnum": "1\n", testPort + "/devnum": "7\n", testPort + "/ep_00/type": "Control\n",
		mtp + "bInterfaceNumber": "00\n", mtp + "bInterfaceClass": "ff\n", mtp + "bInterfaceSubClass": "ff\n",
		mtp + "bInterfaceProtocol": "00\n", mtp + "bNumEndpoints": "03\n", mtp + "interface": "MTP\n",
		mtp + "ep_81/type": "Bulk\n", mtp + "ep_81/direction": "in\n",
		mtp + "ep_01/type": "Bulk\n", mtp + "ep_01/direction": "out\n",
		disk + "bInterfaceNumber": "01\n", disk + "bInterfaceClass": "08\n", disk + "bNumEndpoints": "00\n",
	}
	sysfs := makeSysfs(t, files, map[string]string{disk + "driver": "../../../drivers/usb-storage"})
	all, settled := USBInterfaces(sysfs, "1-1.3")
	if settled || len(all) != 2 {
		t.Errorf("an endpoint is missing: settled %v, %d interfaces", settled, len(all))
	}
	files[mtp+"ep_82/type"], files[mtp+"ep_82/direction"] = "Interrupt\n", "in\n"
	sysfs = makeSysfs(t, files, map[string]string{disk + "driver": "../../../drivers/usb-storage"})
	all, settled = USBInterfaces(sysfs, "1-1.3")
	want := []USBInterface{
		{Number: 0, Class: 0xFF, SubClass: 0xFF, Name: "MTP", BulkIn: 1, BulkOut: 1, InterruptIn: 1, Endpoints: 3},
		{Number: 1, Class: 8, Driver: "usb-storage"},
	}
	if !settled || len(all) != 2 || all[0] != want[0] || all[1] != want[1] {
		t.Errorf("USBInterfaces = %+v, %v; want %+v", all, settled, want)
	}
	if MTPSigns(all) != SaysMTP || !all[1].Disk() || all[0].Disk() {
		t.Error("the camera is not seen for what it is")
	}
	if all, settled := USBInterfaces(sysfs, "1-9"); settled || all != nil {
		t.Errorf("nobody's interfaces: %+v, %v", all, settled)
	}
}
