// Package mtp speaks the Media Transfer Protocol with a camera, as the
// initiator: containers, datasets, and a session over a [Transport] that
// carries the phases of a transaction. It uses nothing but the standard
// library and knows nothing of USB libraries, of cameras as the program sees
// them, or of archives.
//
// Everything that a responder sends is hostile until checked: every length,
// count, string and date is bounded before memory is taken for it.
//
// Sources, by name: "MTP 1.1" is the Media Transfer Protocol Specification,
// Revision 1.1 (USB-IF, 2011); "PIMA 15740" is PTP as of 2000; "SICD" is the
// USB Still Image Capture Device Definition 1.0 (USB-IF, 2000).
package mtp
