package mtp_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"custodock/device/mtp"
	"custodock/device/simcam"
)

// examplePipe is a simulated camera's USB side. A real one's comes from
// usbpipe.Open.
func examplePipe() mtp.Pipe {
	return simcam.NewResponder(simcam.ResponderOptions{
		Manufacturer: "Acme", Model: "BC-1", Serial: "BC1-0042", Version: "1.0", Battery: 83,
		Storages: []simcam.Storage{{Files: []simcam.File{
			{Path: "DCIM/20260301/A0001.MP4", Size: 5 << 30},
			{Path: "DCIM/20260301/A0002.TXT", Size: 13, Content: strings.NewReader("14:02 stopped")},
		}}},
	}).Dock(512)
}

func ExampleOpen() {
	ctx := context.Background()
	transport := mtp.NewUSBTransport(examplePipe(), mtp.USBOptions{})
	defer transport.Close()
	s, err := mtp.Open(ctx, transport, mtp.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close(ctx)

	fmt.Println(s.Info().Manufacturer, s.Info().Model, s.Info().SerialNumber)
	if level, ok, err := s.BatteryLevel(ctx); err == nil && ok {
		fmt.Printf("battery at %.0f %%\n", 100*level)
	}
	// Output:
	// Acme BC-1 BC1-0042
	// battery at 83 %
}

// Folders come before what is in them. What cannot be listed is reported, and
// does not end the walk.
func ExampleSession_Walk() {
	ctx := context.Background()
	s, err := mtp.Open(ctx, mtp.NewUSBTransport(examplePipe(), mtp.USBOptions{}), mtp.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close(ctx)
	err = s.Walk(ctx, func(o mtp.Object) error {
		path := strings.Join(o.Path, "/")
		if o.Folder {
			fmt.Println(path + "/")
		} else {
			fmt.Println(path, o.Size, "bytes")
		}
		return nil
	}, func(left mtp.Skipped) {
		fmt.Println(left.Path, "is left out:", left.Reason, left.Err)
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// DCIM/
	// DCIM/20260301/
	// DCIM/20260301/A0001.MP4 5368709120 bytes
	// DCIM/20260301/A0002.TXT 13 bytes
}

// An object is known by its handle for as long as the session is open, and
// its size says whether all of it came.
func ExampleSession_GetObject() {
	ctx := context.Background()
	s, err := mtp.Open(ctx, mtp.NewUSBTransport(examplePipe(), mtp.USBOptions{}), mtp.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close(ctx)
	var note mtp.Object
	err = s.Walk(ctx, func(o mtp.Object) error {
		if !o.Folder && strings.HasSuffix(o.Path[len(o.Path)-1], ".TXT") {
			note = o
		}
		return nil
	}, func(mtp.Skipped) {})
	if err != nil {
		fmt.Println(err)
		return
	}
	n, err := s.GetObject(ctx, note.Handle, note.Size, os.Stdout)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("\n%d bytes of %d", n, note.Size)
	// Output:
	// 14:02 stopped
	// 13 bytes of 13
}
