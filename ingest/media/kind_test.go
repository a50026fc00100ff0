package media

import "testing"

func TestKindOf(t *testing.T) {
	for name, want := range map[string]string{
		"A0001.MP4": KindVideo, "a.mov": KindVideo, "a.Avi": KindVideo, "a.mkv": KindVideo, "a.ts": KindVideo,
		"a.m2ts": KindVideo, "a.MTS": KindVideo, "a.3gp": KindVideo, "a.dav": KindVideo, "a.h265": KindVideo,
		"a.264": KindVideo, "a.insv": KindVideo, "a.lrv": KindVideo, "a.vob": KindVideo, "a.wmv": KindVideo,
		"a.wav": KindAudio, "a.MP3": KindAudio, "a.m4a": KindAudio, "a.amr": KindAudio, "a.opus": KindAudio,
		"a.jpg": KindPhoto, "a.JPEG": KindPhoto, "a.png": KindPhoto, "a.heic": KindPhoto, "a.dng": KindPhoto,
		"a.log": KindLog, "a.TXT": KindLog, "a.gpx": KindLog, "a.nmea": KindLog, "a.srt": KindLog, "a.idx": KindLog,
		"a.exe": KindOther, "a.xyz": KindOther, "a": KindOther, "": KindOther, "a.": KindOther,
		"mp4": KindOther, "a.mp4.tmp": KindOther, "a.tmp.mp4": KindVideo, "A0001~2.MP4": KindVideo,
		"v1.0/a": KindOther, "a.\xff\xfe": KindOther,
	} {
		if got := KindOf(name); got != want {
			t.Errorf("KindOf(%q) = %s, want %s", name, got, want)
		}
	}
}
