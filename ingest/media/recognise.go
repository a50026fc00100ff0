package media

import (
	"path"
	"strings"
)

// The formats. Those of the first group are looked into, the others only
// recognised, so that a clip with a foreign name is known for what it is.
const (
	FormatMP4    = "mp4" // with M4A, M4V, 3GP and other ISO base media
	FormatMOV    = "mov"
	FormatAVI    = "avi"
	FormatWAV    = "wav"
	FormatJPEG   = "jpeg"
	FormatPNG    = "png"
	FormatMPEGTS = "mpegts"

	FormatHEIC = "heic"
	FormatAVIF = "avif"
	FormatCR3  = "cr3"

	FormatMKV         = "mkv" // with WebM
	FormatASF         = "asf" // with WMV, WMA
	FormatFLV         = "flv"
	FormatMPEG        = "mpeg" // program stream
	FormatMXF         = "mxf"
	FormatH264        = "h264"
	FormatH265        = "h265"
	FormatDAV         = "dav"
	FormatOGG         = "ogg"
	FormatMP3         = "mp3"
	FormatAAC         = "aac"
	FormatAMR         = "amr"
	FormatFLAC        = "flac"
	FormatGIF         = "gif"
	FormatBMP         = "bmp"
	FormatTIFF        = "tiff" // with DNG and most raw formats
	FormatWebP        = "webp"
	FormatAppleDouble = "appledouble" // what a Mac leaves beside each file on a card
)

// magics are the beginnings by which formats are recognised for certain.
var magics = []struct{ bytes, format, kind string }{
	{"\xff\xd8\xff", FormatJPEG, KindPhoto},
	{"\x89PNG\r\n\x1a\n", FormatPNG, KindPhoto},
	{"GIF87a", FormatGIF, KindPhoto},
	{"GIF89a", FormatGIF, KindPhoto},
	{"II*\x00", FormatTIFF, KindPhoto},
	{"MM\x00*", FormatTIFF, KindPhoto},
	{"\x1a\x45\xdf\xa3", FormatMKV, KindVideo},
	{"\x30\x26\xb2\x75\x8e\x66\xcf\x11", FormatASF, KindVideo},
	{"FLV\x01", FormatFLV, KindVideo},
	{"\x00\x00\x01\xba", FormatMPEG, KindVideo},
	{"\x06\x0e\x2b\x34\x02\x05\x01\x01", FormatMXF, KindVideo},
	{"DHAV", FormatDAV, KindVideo},
	{"\x00\x00\x00\x01\x67", FormatH264, KindVideo}, // sequence parameters
	{"\x00\x00\x00\x01\x27", FormatH264, KindVideo},
	{"\x00\x00\x00\x01\x09", FormatH264, KindVideo}, // access unit delimiter
	{"\x00\x00\x00\x01\x40\x01", FormatH265, KindVideo},
	{"\x00\x00\x00\x01\x46\x01", FormatH265, KindVideo},
	{"OggS", FormatOGG, KindAudio},
	{"ID3", FormatMP3, KindAudio},
	{"#!AMR", FormatAMR, KindAudio},
	{"fLaC", FormatFLAC, KindAudio},
	{"\x00\x05\x16\x07", FormatAppleDouble, ""},
}

// recognise finds the format and kind by content. The name helps only where a
// beginning is too short to be certain by itself.
func (f *file) recognise(info *Info, name string) {
	head := string(f.peek(0, int(min(f.size, 64))))
	promised := promisedFormat(name)
	switch {
	case f.recogniseBoxes(info, head, promised), f.recogniseRIFF(info, head):
	case f.recognisePackets(info, promised):
	default:
		recogniseMagic(info, head, KindOf(name))
	}
	// These serve for sound and for pictures; where the look does not reach
	// the streams, the name's word for sound is taken.
	switch info.Format {
	case FormatMP4, FormatMOV, FormatMKV, FormatASF:
		if KindOf(name) == KindAudio {
			info.Kind = KindAudio
		}
	}
}

func recogniseMagic(info *Info, head, named string) {
	for _, m := range magics {
		if strings.HasPrefix(head, m.bytes) {
			info.Format, info.Kind = m.format, m.kind
			break
		}
	}
	switch {
	case info.Format == FormatOGG && strings.Contains(head, "theora"):
		info.Kind = KindVideo
	case info.Format == FormatAppleDouble:
		info.remark("a Mac's side file (AppleDouble), no recording")
	case info.Format != "":
	case named == KindPhoto && strings.HasPrefix(head, "BM"):
		info.Format, info.Kind = FormatBMP, KindPhoto
	case named == KindAudio && len(head) > 1 && head[0] == 0xff && head[1]&0xf6 == 0xf0:
		info.Format, info.Kind = FormatAAC, KindAudio // ADTS: layer 0
	case named == KindAudio && len(head) > 1 && head[0] == 0xff && head[1]&0xe0 == 0xe0:
		info.Format, info.Kind = FormatMP3, KindAudio
	}
}

// recogniseRIFF knows the RIFF formats by the form type that follows the size.
func (f *file) recogniseRIFF(info *Info, head string) bool {
	if len(head) < 12 {
		return false
	}
	switch head[:4] + head[8:12] {
	case "RIFFAVI ":
		info.Format, info.Kind = FormatAVI, KindVideo
	case "RIFFWAVE", "RF64WAVE", "BW64WAVE":
		info.Format, info.Kind = FormatWAV, KindAudio
	case "RIFFWEBP":
		info.Format, info.Kind = FormatWebP, KindPhoto
	default:
		return false
	}
	return true
}

// promisedFormat returns the format that a name's ending stands for, of those
// that are always recognised by their bytes; empty for other endings.
func promisedFormat(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".mp4", ".m4v", ".m4a", ".mov", ".qt", ".3gp", ".3g2", ".lrv", ".insv":
		return FormatMP4
	case ".avi":
		return FormatAVI
	case ".wav", ".wave":
		return FormatWAV
	case ".jpg", ".jpeg", ".jpe":
		return FormatJPEG
	case ".png":
		return FormatPNG
	case ".ts", ".m2ts", ".mts":
		return FormatMPEGTS
	}
	return ""
}

// family takes MOV for MP4: cameras and people use both endings for either.
func family(format string) string {
	if format == FormatMOV {
		return FormatMP4
	}
	return format
}
