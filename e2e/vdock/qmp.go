package vdock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
)

// ErrMonitor is returned when QEMU has ended, and its monitor with it.
var ErrMonitor = errors.New("qemu's monitor is gone")

// monitor speaks QMP with one QEMU (QEMU Machine Protocol specification,
// interop/qmp-spec).
type monitor struct {
	conn net.Conn

	mu      sync.Mutex
	next    int
	replies map[int]chan reply
	deleted []string      // devices that left, in order
	changed chan struct{} // closed and made anew when deleted or err changes
	err     error         // why nothing comes any more
}

// Args are the arguments of a command.
type Args map[string]any

type reply struct {
	Return json.RawMessage `json:"return"`
	Error  *struct{ Class, Desc string }
}

type message struct {
	reply
	ID    int
	Event string
	Data  struct{ Device string }
}

// newMonitor takes over a connection on which QEMU sends its greeting.
func newMonitor(ctx context.Context, conn net.Conn) (*monitor, error) {
	m := &monitor{conn: conn, replies: make(map[int]chan reply), changed: make(chan struct{})}
	go m.read(json.NewDecoder(conn)) // until close
	if err := m.execute(ctx, "qmp_capabilities", nil); err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

func (m *monitor) close() { _ = m.conn.Close() }

func (m *monitor) read(d *json.Decoder) {
	for {
		var msg message
		err := d.Decode(&msg)
		m.mu.Lock()
		switch {
		case err != nil:
			if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) {
				err = ErrMonitor
			}
			m.err = err
			for id, c := range m.replies {
				delete(m.replies, id)
				close(c)
			}
			m.notify()
			m.mu.Unlock()
			return
		case msg.Event == "DEVICE_DELETED" && msg.Data.Device != "":
			m.deleted = append(m.deleted, msg.Data.Device)
			m.notify()
		case msg.Event == "" && m.replies[msg.ID] != nil:
			m.replies[msg.ID] <- msg.reply
			delete(m.replies, msg.ID)
		}
		m.mu.Unlock()
	}
}

func (m *monitor) notify() {
	close(m.changed)
	m.changed = make(chan struct{})
}

// execute runs a command and waits for its answer.
func (m *monitor) execute(ctx context.Context, command string, args Args) error {
	answer := make(chan reply, 1)
	m.mu.Lock()
	if m.err != nil {
		defer m.mu.Unlock()
		return fmt.Errorf("%s: %w", command, m.err)
	}
	m.next++
	id := m.next
	m.replies[id] = answer
	m.mu.Unlock()
	request := map[string]any{"execute": command, "id": id}
	if args != nil {
		request["arguments"] = args
	}
	if err := json.NewEncoder(m.conn).Encode(request); err != nil {
		return fmt.Errorf("%s: %w", command, err)
	}
	select {
	case r, ok := <-answer:
		switch {
		case !ok:
			return fmt.Errorf("%s: %w", command, ErrMonitor)
		case r.Error != nil:
			return fmt.Errorf("%s: %s: %s", command, r.Error.Class, r.Error.Desc)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", command, ctx.Err())
	}
}

// remove takes a device away and waits until it has left.
func (m *monitor) remove(ctx context.Context, device string) error {
	if err := m.execute(ctx, "device_del", Args{"id": device}); err != nil {
		return err
	}
	for {
		m.mu.Lock()
		changed, err := m.changed, m.err
		i := slices.Index(m.deleted, device)
		if i >= 0 {
			m.deleted = slices.Delete(m.deleted, i, i+1)
		}
		m.mu.Unlock()
		switch {
		case i >= 0:
			return nil
		case err != nil:
			return fmt.Errorf("await that %s has left: %w", device, err)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("await that %s has left: %w", device, ctx.Err())
		}
	}
}
