package vdock

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Options say how a machine is made.
type Options struct {
	Kernel *Kernel
	Initrd string
	Disk   string // the data folder's image; see MakeDisk
	Logs   string // folder for what the guest says
}

// Machine is a station that runs. The buses of its cameras are XHCI, whose
// sockets are 1-1 to 1-8 and, for SuperSpeed, 2-1 to 2-8; and EHCI, 3-1 to 3-6.
// Those of the guest's own gadgets are 4-1 and on, see Gadgets.
type Machine struct {
	qemu    *exec.Cmd
	ended   chan struct{} // closed once QEMU has ended
	monitor *monitor
	client  *http.Client
	disk    string
	agent   string // URL
	api     string // URL of the daemon
	logs    string
}

// Names of the buses, for device_add.
const (
	XHCI = "xhci.0"
	EHCI = "ehci.0"
)

// bootDeadline is many times what an emulated boot takes.
const bootDeadline = 5 * time.Minute

// Ports inside the guest.
const (
	agentPort = 9000
	apiPort   = 8420
)

// MakeDisk makes an image of an empty ext4 that takes room as it is filled.
func MakeDisk(ctx context.Context, path string, size int64) error {
	if err := makeImage(path, size); err != nil {
		return err
	}
	_, err := output(ctx, "", "mkfs.ext4", "-q", "-F", path)
	return err
}

func makeImage(path string, size int64) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("make an image: %w", err)
	}
	return errors.Join(f.Truncate(size), f.Close())
}

// Boot starts a machine and waits until its agent answers.
func Boot(ctx context.Context, o Options) (*Machine, error) {
	if err := os.MkdirAll(o.Logs, 0o755); err != nil {
		return nil, fmt.Errorf("boot: %w", err)
	}
	ports, err := freePorts(2)
	if err != nil {
		return nil, fmt.Errorf("boot: %w", err)
	}
	m := &Machine{
		ended:  make(chan struct{}),
		client: &http.Client{},
		agent:  "http://127.0.0.1:" + strconv.Itoa(ports[0]),
		api:    "http://127.0.0.1:" + strconv.Itoa(ports[1]),
		disk:   o.Disk,
		logs:   o.Logs,
	}
	if err := m.start(ctx, o, ports); err != nil {
		return nil, fmt.Errorf("boot: %w", err)
	}
	if err := m.awaitAgent(ctx); err != nil {
		m.Kill()
		return nil, fmt.Errorf("boot: %w; the console is in %s", err, m.logs)
	}
	return m, nil
}

func (m *Machine) start(ctx context.Context, o Options, ports []int) error {
	ours, theirs, err := socketPair()
	if err != nil {
		return err
	}
	defer theirs.Close()
	said, err := os.Create(filepath.Join(o.Logs, "qemu.log"))
	if err != nil {
		return errors.Join(err, ours.Close())
	}
	defer said.Close()
	m.qemu = exec.Command("qemu-system-x86_64", m.arguments(o, ports)...)
	m.qemu.Stdout, m.qemu.Stderr = said, said
	m.qemu.ExtraFiles = []*os.File{theirs} // as 3
	// Nobody is left to end it when the tests are killed.
	m.qemu.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := m.qemu.Start(); err != nil {
		return errors.Join(err, ours.Close())
	}
	go func() {
		defer close(m.ended)
		_ = m.qemu.Wait()
	}()
	if m.monitor, err = newMonitor(ctx, ours); err != nil {
		m.Kill()
		return fmt.Errorf("%w; see %s", err, said.Name())
	}
	return nil
}

// arguments of QEMU. Flushes of the disk may stay in the host's memory
// (cache=unsafe): QEMU is killed in these tests and the host is not. What costs
// an emulated processor most is switched off: five levels of page tables, the
// kernel's defences and self-tests, AVX2, with which Go hashes half as fast, and
// ERMS, with which the kernel copies byte by byte ("rep movsb"), and cameras are
// read at a third of the speed.
func (m *Machine) arguments(o Options, ports []int) []string {
	forward := fmt.Sprintf("user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:%d-:%d,hostfwd=tcp:127.0.0.1:%d-:%d",
		ports[0], agentPort, ports[1], apiPort)
	return []string{
		"-accel", "tcg,thread=multi", "-cpu", "max,la57=off,avx2=off,erms=off,fsrm=off", "-smp", "2", "-m", "1024",
		"-nodefaults", "-display", "none", "-no-reboot",
		"-kernel", o.Kernel.Image, "-initrd", o.Initrd,
		"-append", "console=ttyS0 loglevel=6 panic=-1 mitigations=off cryptomgr.notests audit=0 no_timer_check",
		"-serial", "file:" + filepath.Join(o.Logs, "console.log"),
		"-chardev", "socket,id=qmp,fd=3", "-mon", "chardev=qmp,mode=control",
		"-drive", "if=none,id=data,format=raw,cache=unsafe,file=" + o.Disk,
		"-device", "virtio-blk-pci,drive=data",
		"-netdev", forward, "-device", "virtio-net-pci,netdev=net",
		"-device", "qemu-xhci,id=xhci,p2=8,p3=8",
		"-device", "usb-ehci,id=ehci",
	}
}

// awaitAgent asks until the agent answers.
func (m *Machine) awaitAgent(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, bootDeadline, errors.New("the guest did not come up"))
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := m.Run(ctx, "true"); err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-m.ended:
			return errors.New("qemu has ended")
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Kill cuts the power.
func (m *Machine) Kill() {
	_ = m.qemu.Process.Kill()
	<-m.ended
	if m.monitor != nil {
		m.monitor.close()
	}
}

// CPU is what QEMU has taken of the host's processors so far, in the clock
// ticks of which Linux has 100 a second (proc(5), /proc/PID/stat).
func (m *Machine) CPU() time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", m.qemu.Process.Pid))
	if err != nil {
		return 0
	}
	_, fields, _ := strings.Cut(string(stat), ") ") // behind the program's name
	words := strings.Fields(fields)
	if len(words) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(words[11], 10, 64)
	system, _ := strconv.ParseInt(words[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond
}

// Running is false once QEMU has ended.
func (m *Machine) Running() bool {
	select {
	case <-m.ended:
		return false
	default:
		return true
	}
}

// socketPair makes a connection of which QEMU gets the other end.
func socketPair() (net.Conn, *os.File, error) {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	ours, theirs := os.NewFile(uintptr(fds[0]), "qmp"), os.NewFile(uintptr(fds[1]), "qmp")
	defer ours.Close() // FileConn has a copy
	conn, err := net.FileConn(ours)
	if err != nil {
		return nil, nil, errors.Join(err, theirs.Close())
	}
	return conn, theirs, nil
}

// freePorts finds ports that nobody listens on.
func freePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // all at the end, or the same port comes twice
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
