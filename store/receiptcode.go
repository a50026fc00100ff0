package store

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// receiptHead begins the text whose SHA-256 a code is the beginning of. The
// docking's id and a line "SHA256 SIZE PATH" a clip, sorted, follow.
const receiptHead = "custodock receipt 1"

// A code has at least 50 bits, and more where a shorter one is taken by another
// docking.
const (
	receiptLength = 10 // characters, of 5 bits each
	receiptMore   = 2
	receiptGroup  = 4
	receiptLimit  = sha256.Size * 8 / 5
)

// receiptText is all that a receipt says of the clips, in code without dashes:
// the whole of which a part is the code.
func receiptText(docking string, clips []*Clip) string {
	lines := make([]string, len(clips))
	for i, c := range clips {
		lines[i] = fmt.Sprintf("%s %d %s\n", c.SHA256, c.Size, c.Path)
	}
	slices.Sort(lines)
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n%s", receiptHead, docking, strings.Join(lines, ""))
	return base32Text(h.Sum(nil))
}

// base32Text writes bits, five a character, in Crockford's base32
// (https://www.crockford.com/base32.html); bits that fill no character are left
// out.
func base32Text(data []byte) string {
	var text strings.Builder
	bits, n := 0, 0
	for _, b := range data {
		bits, n = bits<<8|int(b), n+8
		for ; n >= 5; n -= 5 {
			text.WriteByte(crockford[bits>>(n-5)&31])
		}
		bits &= 1<<n - 1
	}
	return strings.ToUpper(text.String())
}

// receiptCode writes a code in groups: K7QF-2M9X-4T.
func receiptCode(plain string) string {
	var groups []string
	for group := range slices.Chunk([]byte(plain), receiptGroup) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, "-")
}

// plainCode reads a code as a person wrote it down: in any case, grouped in any
// way, with the letters that Crockford reads as the digits they look like. What
// cannot be one is empty.
func plainCode(code string) string {
	plain := strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(code))
	if len(plain) < receiptLength || len(plain) > receiptLimit ||
		strings.Trim(plain, strings.ToUpper(crockford)) != "" {
		return ""
	}
	return plain
}
