package store

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// applyRequest puts a request down.
func applyRequest(tx *bolt.Tx, r *Request) error {
	state := ""
	if r.Settled == nil {
		state = requestOpen
	}
	if err := tx.Bucket(bucketRequestsByCamera).Put([]byte(serialKey(r.Camera)+r.ID), []byte(state)); err != nil {
		return err
	}
	return putRow(tx, bucketRequests, r.ID, r)
}

// requestID returns the id in a key of bucketRequestsByCamera.
func requestID(key []byte) string {
	_, id, _ := bytes.Cut(key, []byte{0})
	return string(id)
}

// requestOpen is the value of an open request in bucketRequestsByCamera.
const requestOpen = "open"

// eachRequest calls f with the requests of a camera, of all cameras when serial
// is empty, by camera and in the order in which they came. A catalog of an
// earlier version that is only read has none.
func eachRequest(tx *bolt.Tx, serial string, open bool, f func(*Request)) error {
	b := tx.Bucket(bucketRequestsByCamera)
	if b == nil {
		return nil
	}
	prefix := []byte{}
	if serial != "" {
		prefix = []byte(serialKey(serial))
	}
	c := b.Cursor()
	for k, state := c.Seek(prefix); hasPrefix(k, prefix); k, state = c.Next() {
		if open && string(state) != requestOpen {
			continue
		}
		r, err := getRow[Request](tx, bucketRequests, requestID(k))
		if err != nil {
			return err
		}
		f(r)
	}
	return nil
}

func (s *Store) openRequests(serial string) (open []Request, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		return eachRequest(tx, serial, true, func(r *Request) { open = append(open, *r) })
	})
	return open, err
}

// maxRequestList bounds one answer of Requests.
const maxRequestList = 10_000

// Requests returns the open requests, or all of them, newest first: the last
// ten thousand.
func (s *Store) Requests(open bool) (list []Request, err error) {
	list = []Request{}
	err = s.db.View(func(tx *bolt.Tx) error {
		if open {
			return eachRequest(tx, "", true, func(r *Request) { list = append(list, *r) })
		}
		return lastRequests(tx, func(r *Request) { list = append(list, *r) })
	})
	if err != nil {
		return nil, fmt.Errorf("list requests: %w", err)
	}
	newestFirst(list)
	return list[:min(len(list), maxRequestList)], nil
}

func newestFirst(list []Request) {
	slices.SortFunc(list, func(a, b Request) int { return cmp.Compare(b.ID, a.ID) })
}

func lastRequests(tx *bolt.Tx, f func(*Request)) error {
	b := tx.Bucket(bucketRequests)
	if b == nil {
		return nil
	}
	c := b.Cursor()
	k, _ := c.Last()
	for n := 0; k != nil && n < maxRequestList; n++ {
		r, err := getRow[Request](tx, bucketRequests, string(k))
		if err != nil {
			return err
		}
		f(r)
		k, _ = c.Prev()
	}
	return nil
}

// RequestsOf returns the requests of a camera, newest first, or those that are
// about one of its clips: that name it, were made for its docking, or gave it
// the extension that it has.
func (s *Store) RequestsOf(camera, clip string) (list []Request, err error) {
	list = []Request{}
	var c *Clip
	if clip != "" {
		if c, err = s.clip(clip); err != nil {
			return nil, fmt.Errorf("list requests: %w", err)
		}
		camera = c.Camera
	}
	err = s.db.View(func(tx *bolt.Tx) error {
		return eachRequest(tx, camera, false, func(r *Request) {
			if c == nil || r.about(c) {
				list = append(list, *r)
			}
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list requests of camera %.64q: %w", camera, err)
	}
	newestFirst(list)
	return list, nil
}

func (r *Request) about(c *Clip) bool {
	if r.Clip != "" {
		return r.Clip == c.ID
	}
	byIt := c.Extension != nil && r.Settled != nil && r.Settled.Extension == c.Extension.ID
	return byIt || r.Docking == c.Docking
}

// Request returns one request, or ErrNotFound.
func (s *Store) Request(id string) (r *Request, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		r, err = getLater[Request](tx, bucketRequests, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("request %.40q: %w", id, err)
	}
	return r, nil
}
