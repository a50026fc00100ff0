package massstorage

import (
	"context"
	"fmt"
	"math"
	"time"

	"golang.org/x/sys/unix"

	"custodock/device"
)

// List walks the whole tree. Files deleted meanwhile are simply not there;
// a camera that left meanwhile is device.ErrGone, lest what was not seen be
// taken for deleted.
func (c *camera) List(ctx context.Context, yield func(device.Clip) error) (device.Listing, error) {
	root, err := c.openRoot()
	if err != nil {
		return device.Listing{}, fmt.Errorf("list: %w", err)
	}
	defer root.Close()
	var l device.Listing
	now := time.Now()
	l.Complete, err = walkTree(ctx, root, func(e entry) error {
		switch {
		case e.skip != "":
			skipped(&l, e)
		case e.node.kind() == unix.S_IFREG:
			clip := c.clip(e.path, e.node, now)
			l.Clips++
			l.Bytes = addSizes(l.Bytes, clip.Size)
			return yield(clip)
		}
		return nil
	})
	if err != nil {
		return l, err
	}
	again, err := c.openRoot()
	if err != nil {
		return l, fmt.Errorf("list: %w", err)
	}
	return l, again.Close()
}

func (c *camera) clip(path string, n *node, now time.Time) device.Clip {
	clip := device.Clip{
		Path:      path,
		Size:      int64(min(n.Size, math.MaxInt64)),
		ModTime:   n.modTime(),
		LocalTime: c.wallClock,
	}
	if c.tokens {
		clip.Token = n.token(now)
	}
	return clip
}

func skipped(l *device.Listing, e entry) {
	l.SkippedN++
	if len(l.Skipped) < device.MaxSkipped {
		l.Skipped = append(l.Skipped, device.Skipped{Path: e.path, Reason: e.skip})
	}
}

// addSizes stops at the largest sum there is: sparse files can claim 8 EiB each.
func addSizes(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
