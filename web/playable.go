package web

import (
	"custodock/ingest/media"
	"custodock/store"
)

// player is what a clip's page shows of its footage.
type player struct {
	Element string // video, audio or img; empty where a browser cannot show it
	Type    string // content type
	Why     string // the word for why there is no Element
	Codec   string // what it cannot play, by its name
}

// contentTypes are what bytes of a format are served as. All others are served
// as bytes without a meaning: no browser is to run what a camera sends.
var contentTypes = map[string]string{
	media.FormatMP4: "video/mp4", media.FormatMOV: "video/quicktime", media.FormatAVI: "video/x-msvideo", media.FormatMPEGTS: "video/mp2t",
	media.FormatMKV: "video/x-matroska", media.FormatASF: "video/x-ms-asf", media.FormatFLV: "video/x-flv", media.FormatMPEG: "video/mpeg",
	media.FormatWAV: "audio/wav", media.FormatMP3: "audio/mpeg", media.FormatAAC: "audio/aac", media.FormatAMR: "audio/amr",
	media.FormatFLAC: "audio/flac", media.FormatOGG: "audio/ogg",
	media.FormatJPEG: "image/jpeg", media.FormatPNG: "image/png", media.FormatGIF: "image/gif", media.FormatBMP: "image/bmp",
	media.FormatWebP: "image/webp", media.FormatAVIF: "image/avif", media.FormatHEIC: "image/heic", media.FormatTIFF: "image/tiff",
}

const (
	typeText  = "text/plain; charset=utf-8"
	typeBytes = "application/octet-stream"
)

// contentType is what a clip is served as.
func contentType(kind store.Kind, s media.Streams) string {
	known, ok := contentTypes[s.Format]
	switch {
	case s.Format == media.FormatMP4 && s.Kind == media.KindAudio:
		return "audio/mp4"
	case ok:
		return known
	case kind == store.KindLog:
		return typeText // never what it looks like: a log may be a page with a script
	}
	return typeBytes
}

// Codecs that browsers play, as containers name them.
var (
	playsVideo = map[string]bool{"avc1": true, "avc3": true, "av01": true, "vp09": true}
	playsAudio = map[string]bool{"": true, "mp4a": true, "Opus": true, "fLaC": true, ".mp3": true}
	playsWave  = map[string]bool{"pcm": true, "alaw": true, "mulaw": true}
)

// codecNames are what people call what browsers do not play.
var codecNames = map[string]string{
	"hvc1": "H.265 (HEVC)", "hev1": "H.265 (HEVC)", "dvh1": "H.265 (HEVC)", "mp4v": "MPEG-4 Part 2", "s263": "H.263", "h263": "H.263",
	"jpeg": "Motion JPEG", "mjpa": "Motion JPEG", "mjpb": "Motion JPEG", "samr": "AMR", "sawb": "AMR-WB", "ac-3": "AC-3",
	"sowt": "PCM", "twos": "PCM", "ulaw": "G.711", "alaw": "G.711", "ima4": "IMA ADPCM", "0x2": "ADPCM", "0x11": "IMA ADPCM", "0x31": "GSM",
	media.FormatAVI: "AVI", media.FormatMPEGTS: "MPEG-TS", media.FormatMKV: "Matroska", media.FormatASF: "ASF", media.FormatFLV: "FLV",
	media.FormatMPEG: "MPEG-PS", media.FormatMXF: "MXF", media.FormatDAV: "DAV", media.FormatH264: "H.264", media.FormatH265: "H.265 (HEVC)",
	media.FormatAMR: "AMR", media.FormatHEIC: "HEIC", media.FormatTIFF: "TIFF", media.FormatCR3: "CR3",
}

// nameOf is a codec or format as people call it.
func nameOf(code string) string {
	if name := codecNames[code]; name != "" {
		return name
	}
	return code
}

// playerOf says how a browser shows a clip, or why it does not.
func playerOf(c *store.Clip, s media.Streams) player {
	p := player{Type: contentType(c.Kind, s)}
	cannot := func(code string) player {
		p.Why, p.Codec = "clip.cannot_play", nameOf(code)
		return p
	}
	switch s.Format {
	case media.FormatMP4, media.FormatMOV:
		switch {
		case s.Video == "" && s.Audio == "":
			p.Why = "clip.cannot_unclosed"
			return p
		case s.Video != "" && !playsVideo[s.Video]:
			return cannot(s.Video)
		case !playsAudio[s.Audio]:
			return cannot(s.Audio)
		case s.Video == "":
			p.Element = "audio"
			return p
		}
		p.Element = "video"
	case media.FormatWAV:
		if !playsWave[s.Audio] {
			return cannot(s.Audio)
		}
		p.Element = "audio"
	case media.FormatMP3, media.FormatAAC, media.FormatFLAC, media.FormatOGG:
		p.Element = "audio"
		if s.Kind == media.KindVideo {
			p.Element = "video"
		}
	case media.FormatJPEG, media.FormatPNG, media.FormatGIF, media.FormatBMP, media.FormatWebP, media.FormatAVIF:
		p.Element = "img"
	case "":
		p.Why = "clip.cannot_show"
	default:
		return cannot(s.Format)
	}
	return p
}
