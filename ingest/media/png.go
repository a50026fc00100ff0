package media

import "encoding/binary"

// png looks into a PNG: its chunks have to lead to IEND.
func (f *file) png(info *Info) {
	at := int64(8) // behind the signature
	for f.part() {
		h := f.peek(at, 8)
		if h == nil {
			info.damage(ReasonTruncated, "the picture breaks off: its end is missing")
			return
		}
		at += 8 + int64(binary.BigEndian.Uint32(h)) + 4 // behind the checksum
		if at > f.size {
			info.damage(ReasonTruncated, "the file ends %d bytes before the picture does", at-f.size)
			return
		}
		if string(h[4:]) == "IEND" {
			f.trailer(info, at)
			info.passed()
			return
		}
	}
}
