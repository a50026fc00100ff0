// Package clips is what the cameras of the storm hold. Nobody has to remember
// it: a clip's bytes follow from its id.
package clips

import (
	"fmt"
	"time"

	"custodock/store"
)

// Files is a camera's listing at now: small clips, some of one name, and one
// that is written past the page cache.
func Files(now time.Time) []store.File {
	sizes := []int64{0, 1, 4096, 30_000, 1<<20 + 12_345}
	files := make([]store.File, len(sizes))
	for i, size := range sizes {
		files[i] = store.File{Path: fmt.Sprintf("%d/A%d.MP4", i, i%2), Size: size, ModTime: now.Add(time.Duration(i))}
	}
	return files
}

// Bytes are those of a clip.
func Bytes(id string, size int64) []byte {
	data := make([]byte, size)
	for i := range data {
		data[i] = id[i%len(id)] + byte(i>>6)
	}
	return data
}
