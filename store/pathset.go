package store

import (
	"hash/maphash"
	"slices"
)

// pathSet remembers millions of paths in eight bytes each. It may take one
// that it does not have for one that it has, once in 2^64 divided by its size.
type pathSet struct {
	seed   maphash.Seed
	hashes []uint64
}

func newPathSet() pathSet { return pathSet{seed: maphash.MakeSeed()} }

func (s *pathSet) add(path string) { s.hashes = append(s.hashes, maphash.String(s.seed, path)) }

// freeze comes between the last add and the first has.
func (s *pathSet) freeze() { slices.Sort(s.hashes) }

func (s *pathSet) has(path string) bool {
	_, ok := slices.BinarySearch(s.hashes, maphash.String(s.seed, path))
	return ok
}
