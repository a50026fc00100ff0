// Package mtp speaks the Media Transfer Protocol with a camera, as the
// initiator: containers, datasets, and a session over a [Transport] that
// carries the phases of a transaction. It uses nothing but the standard
// library and knows nothing of USB libraries, of cameras as the program sees
// them, or of archives.
//
// The way in:
//
//	pipe, err := usbpipe.Open(ctx, opts) // or any other Pipe
//	transport := mtp.NewUSBTransport(pipe, mtp.USBOptions{})
//	defer transport.Close() // and the pipe
//	s, err := mtp.Open(ctx, transport, mtp.Options{})
//	defer s.Close(ctx)
//	err = s.Walk(ctx, func(o mtp.Object) error {
//		if o.Folder {
//			return nil
//		}
//		n, err := s.GetObject(ctx, o.Handle, o.Size, w) // all of it came if n == o.Size
//		return err
//	}, func(left mtp.Skipped) { report(left.Path, left.Reason) })
//
// ReadPart reads an object from anywhere, by whichever operation can.
//
// Every operation that matters here is a method of [Session], named after it;
// Transaction does any other one. Walk, Stat, ReadPart, BatteryLevel and DateTime
// find out which operations work. What can go wrong, and what works after it, is
// said beside [ErrDisconnected].
//
// Everything that a responder sends is hostile until checked: every length,
// count, string and date is bounded before memory is taken for it. So are the
// depth and the number of objects of a listing, the bytes and the time of a
// cancellation, and how long a responder may be silent. What is not bounded is
// what the caller gets through an [io.Writer]: GetObject and Transaction write
// what the responder sends, until the writer refuses it.
//
// Each ParseX reads the dataset at the start of its bytes, and does not look at
// what follows: responders send more than they should. Append is its inverse.
//
// Codes, datasets and their fields have the names that MTP 1.1 gives them, also
// where PTP has others: DeviceInfo's MTPVersion and MTPExtensions are PTP's
// VendorExtensionVersion and VendorExtensionDesc, ObjectInfo's DateCreated and
// DateModified its CaptureDate and ModificationDate.
//
// Sources, by name: "MTP 1.1" is the Media Transfer Protocol Specification,
// Revision 1.1 (USB-IF, 2011); "PIMA 15740" is PTP as of 2000; "SICD" is the
// USB Still Image Capture Device Definition 1.0 (USB-IF, 2000).
package mtp
