// Command gadget is a camera of package simcam on a real USB bus: a still image
// interface of the kernel's FunctionFS on one of its dummy host controllers, to
// which the same machine is the host. What goes wrong on a simulated cable goes
// wrong here between controllers: a halt is a STALL handshake, an empty
// transfer a packet of no bytes, a pull a port without a device.
//
//	gadget -serial CAM0001 -udc dummy_udc.0 -dir /tmp/clips -profile Android -speed high
//
// It then does what it is told on its input, a command a line, and says on its
// output when that is done, what is asked of the camera, and which faults
// struck. The end of the input is the end of the camera.
//
//	fault {"kind": "halt", "path": "DCIM/A0001.MP4", "at": 300001, "times": 1}
//	dock
//	pull
//
// It needs root, configfs, and the modules dummy_hcd, libcomposite and
// usb_f_fs.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"custodock/device/simcam"
)

// Keys of what is logged.
const (
	keyError     = "error"
	keyKind      = "kind"
	keyPath      = "path"
	keyAt        = "at"
	keyOperation = "operation"
	keyParams    = "params"
)

func main() {
	log := slog.New(slog.NewTextHandler(os.Stdout, nil))
	if err := run(log, os.Args[1:], os.Stdin); err != nil {
		log.Error("the camera is off", keyError, err)
		os.Exit(1)
	}
}

func run(log *slog.Logger, args []string, commands io.Reader) error {
	if err := withoutSignals(); err != nil {
		return err
	}
	flags := flag.NewFlagSet("gadget", flag.ContinueOnError)
	serial := flags.String("serial", "SIM0001", "serial number, and name of the gadget")
	udc := flags.String("udc", "dummy_udc.0", "USB device controller, of those in /sys/class/udc")
	dir := flags.String("dir", ".", "folder with what is on the camera")
	profile := flags.String("profile", "Android", "how the responder behaves: a name of simcam.Profiles")
	speed := flags.String("speed", "high", "full, high or super, if the controller has it")
	rate := flags.Int64("rate", 0, "bytes a second that it sends; 0 is no limit")
	if err := flags.Parse(args); err != nil {
		return err
	}
	responder, err := newResponder(*serial, *dir, *profile, *rate)
	if err != nil {
		return err
	}
	fastest, ok := speeds[*speed]
	if !ok {
		return fmt.Errorf("no speed is called %q", *speed)
	}
	c, err := newCamera(log, responder, gadget{serial: *serial, udc: *udc}, fastest)
	if err != nil {
		return err
	}
	log.Info("ready")
	return errors.Join(c.obey(commands), c.off())
}

// withoutSignals starts the program anew with a scheduler that sends its
// threads none. FunctionFS ends a transfer at any signal, and what had moved of
// it until then nobody knows (f_fs.c, ffs_epfile_io).
func withoutSignals() error {
	const setting = "asyncpreemptoff=1"
	if os.Getenv("GODEBUG") == setting {
		return nil
	}
	if err := os.Setenv("GODEBUG", setting); err != nil {
		return err
	}
	return os.NewSyscallError("execve", unix.Exec("/proc/self/exe", os.Args, os.Environ()))
}

// obey does what the commands say until there are no more.
func (c *camera) obey(commands io.Reader) error {
	lines := bufio.NewScanner(commands)
	for lines.Scan() {
		command, argument, _ := strings.Cut(lines.Text(), " ")
		var err error
		switch command {
		case "dock":
			err = c.dock()
		case "pull":
			c.pull()
		case "fault":
			err = c.fault(argument)
		default:
			err = fmt.Errorf("%q is no command", command)
		}
		if err != nil {
			return err
		}
	}
	return lines.Err()
}

// fault adds one to the script, and says when it strikes.
func (c *camera) fault(text string) error {
	var f simcam.Fault
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		return fmt.Errorf("read a fault: %w", err)
	}
	hit := make(chan struct{}, 1)
	f.Hit = hit
	go func() { // until the end of the program
		for range hit {
			c.log.Info("struck", keyKind, string(f.Kind), keyPath, f.Path, keyAt, f.At)
		}
	}()
	c.responder.Script(f)
	c.log.Info("scripted", keyKind, string(f.Kind))
	return nil
}
