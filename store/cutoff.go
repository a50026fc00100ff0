package store

import (
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// CutOff ends a listing that broke off because the camera was taken, as far as
// can be told, or because the daemon ends. Where the listing before it was
// complete, and this one came to nothing else, that one still holds and nothing
// is put down. Else it is as with Close.
func (inv *Inventory) CutOff(failure string) (books Books, holds bool, err error) {
	if inv.docking.Complete && !inv.news {
		return inv.docking.Books, true, nil
	}
	err = inv.countUnseen()
	if err == nil {
		err = inv.close(false, nil, 0, failure)
	}
	if err != nil {
		err = fmt.Errorf("cut off inventory of camera %s: %w", inv.docking.Camera, err)
	}
	return inv.books, false, err
}

// countUnseen counts what earlier listings of the docking came to and this one,
// which broke off, did not.
func (inv *Inventory) countUnseen() error {
	return inv.unseen(func(_ *bolt.Tx, c *Clip) error {
		here := c.Docking == inv.docking.ID || !inv.docking.ListedAt.IsZero() && !inv.others[c.Docking]
		if here && c.onCamera() {
			inv.count(Listed{Clip: c})
		}
		return nil
	})
}
