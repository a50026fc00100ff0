package media

import (
	"path"
	"strings"
)

// The kinds of recordings.
const (
	KindVideo = "video"
	KindAudio = "audio"
	KindPhoto = "photo"
	KindLog   = "log"   // what a camera writes beside its recordings: events, positions, subtitles, lists
	KindOther = "other" // anything else
)

// KindOf says from the ending of a file's name alone what sort of recording it
// is: one of the Kind constants, KindOther for an ending that is not known.
func KindOf(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".mp4", ".m4v", ".mp4v", ".mov", ".qt", ".3gp", ".3g2", ".3gpp", ".lrv", ".insv", ".f4v",
		".avi", ".divx", ".mkv", ".mk3d", ".webm", ".ogv", ".ogm", ".wmv", ".asf", ".flv",
		".ts", ".m2ts", ".mts", ".m2t", ".mtv", ".tod", ".tp", ".trp",
		".mpg", ".mpeg", ".mpe", ".m1v", ".m2v", ".m2p", ".ps", ".vob", ".vro", ".mod", ".evo",
		".mxf", ".dv", ".dif", ".mjpg", ".mjpeg", ".mj2", ".rm", ".rmvb", ".360", ".braw", ".r3d",
		".h264", ".264", ".avc", ".h265", ".265", ".hevc", ".h26x", ".bsf", ".ivf", ".y4m",
		".dav", ".ifv", ".nsv", ".ssf", ".psf": // recorders' own
		return KindVideo
	case ".wav", ".wave", ".w64", ".rf64", ".bwf", ".mp3", ".mp2", ".mpa", ".m4a", ".m4b", ".aac", ".adts",
		".amr", ".awb", ".3ga", ".ogg", ".oga", ".opus", ".spx", ".wma", ".flac", ".alac", ".ape", ".caf",
		".aif", ".aiff", ".aifc", ".au", ".snd", ".ac3", ".eac3", ".dts", ".mka", ".weba", ".gsm", ".ra",
		".adp", ".adpcm", ".ima", ".vox", ".g711", ".g722", ".g726", ".g729", ".alaw", ".ulaw", ".pcm",
		".dss", ".ds2", ".dsf", ".dvf", ".msv": // dictation recorders
		return KindAudio
	case ".jpg", ".jpeg", ".jpe", ".jfif", ".jp2", ".j2k", ".jxl", ".mpo", ".insp",
		".png", ".gif", ".bmp", ".dib", ".tif", ".tiff", ".webp", ".heic", ".heif", ".hif", ".avif",
		".dng", ".raw", ".arw", ".srf", ".sr2", ".cr2", ".cr3", ".crw", ".nef", ".nrw", ".orf", ".raf",
		".rw2", ".rwl", ".pef", ".srw", ".gpr", ".x3f", ".erf", ".kdc", ".dcr", ".mrw", ".3fr", ".iiq":
		return KindPhoto
	case ".log", ".txt", ".text", ".md", ".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".geojson", ".xml", ".xmp",
		".yaml", ".yml", ".html", ".htm", ".ini", ".cfg", ".conf", ".inf",
		".gpx", ".nmea", ".nma", ".gps", ".kml", ".kmz", ".gis", ".trk", ".tcx", ".fit", ".map", ".3gf",
		".srt", ".vtt", ".ass", ".ssa", ".sub", ".sbv", ".lrc", ".smi",
		".idx", ".lst", ".list", ".m3u", ".m3u8", ".db", ".db3", ".sqlite", ".sqlite3", ".evt",
		".md5", ".sha1", ".sha256", ".sig", ".p7s", ".crc":
		return KindLog
	}
	return KindOther
}
