package web

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"custodock/device/simcam"
	"custodock/store"
)

// stored stores one clip of a name and content.
func (f *fixture) stored(name string, kind store.Kind, data string) *store.Clip {
	f.t.Helper()
	d, _, err := f.store.Dock(store.Docking{Camera: "CAM0001"}, "", "", at)
	if err != nil {
		f.t.Fatal(err)
	}
	inv, err := f.store.Inventory(d.ID, at)
	if err != nil {
		f.t.Fatal(err)
	}
	listed, err := inv.Add([]store.File{{Path: name, Size: int64(len(data)), ModTime: at}}, func(_ int, c *store.Clip) {
		c.Kind, c.EndEarliest, c.EndLatest = kind, at, at
	})
	if err != nil {
		f.t.Fatal(err)
	}
	c, err := f.store.Put(f.t.Context(), store.Copy{ID: listed[0].Clip.ID, Open: opener(data)})
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}

func sample(t *testing.T, name string) string {
	t.Helper()
	data, err := simcam.Clip(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// views are what a clip's history says of who looked.
func (f *fixture) views(id string) (list []string) {
	f.t.Helper()
	c, err := f.store.Clip(id)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, e := range c.History {
		if e.What == store.Viewed || e.What == store.Played || e.What == store.Downloaded {
			list = append(list, e.What+" by "+e.By)
		}
	}
	return list
}

func TestFootage(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		data := sample(t, "h264.mp4")
		c := f.stored("A0001.MP4", store.KindVideo, data)
		chief, path := f.asked(supervisor), "/clips/"+c.ID+"/file"
		r := f.from(chief, http.MethodGet, path, "")
		if r.status != 200 || r.body != data {
			t.Fatalf("the whole: %d with %d bytes", r.status, len(r.body))
		}
		for name, want := range map[string]string{
			"Content-Type": "video/mp4", "Content-Disposition": "inline; filename=CAM0001-A0001.MP4", "Cache-Control": "no-store",
			"X-Content-Type-Options": "nosniff", "Accept-Ranges": "bytes", "Etag": `"` + c.SHA256 + `"`,
		} {
			if got := r.header.Get(name); got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
		for asked, want := range map[string]string{
			"bytes=0-9": data[:10], "bytes=1000-1009": data[1000:1010], "bytes=-5": data[len(data)-5:],
		} {
			r := f.from(chief.with("Range", asked), http.MethodGet, path, "")
			if r.status != 206 || r.body != want {
				t.Errorf("%s: %d with %d bytes", asked, r.status, len(r.body))
			}
		}
		if r := f.from(chief.with("Range", "bytes=999999999-"), http.MethodGet, path, ""); r.status != 416 {
			t.Errorf("behind the end: %d", r.status)
		}
		r = f.from(chief, http.MethodGet, path+"?download=1", "")
		if got := r.header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment;") || r.body != data {
			t.Errorf("download: %s", got)
		}
		f.from(chief, http.MethodGet, "/clips/"+c.ID, "")
		if got, want := strings.Join(f.views(c.ID), ", "), "downloaded by chief (000001), played by chief (000001), viewed by chief (000001)"; got != want {
			t.Errorf("who looked: %s, want %s", got, want)
		}
		if got, err := os.ReadFile(filepath.Join(f.dir, c.ArchivePath)); err != nil || string(got) != data {
			t.Errorf("the original is not what it was: %v", err)
		}
	})
}

// A part behind the beginning is a look, too.
func TestFootageFromTheMiddleIsNoted(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		c := f.stored("A0001.MP4", store.KindVideo, sample(t, "h264.mp4"))
		chief := f.asked(supervisor)
		f.from(chief, http.MethodHead, "/clips/"+c.ID+"/file", "")
		if got := f.views(c.ID); len(got) != 0 {
			t.Errorf("a look at nothing: %v", got)
		}
		f.from(chief.with("Range", "bytes=1-"), http.MethodGet, "/clips/"+c.ID+"/file", "")
		if got := f.views(c.ID); len(got) != 1 {
			t.Errorf("who looked: %v", got)
		}
	})
}

// What a camera sends is never run, whatever it is called or looks like.
func TestFootageIsNeverRun(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		const page = "<html><script>alert(1)</script></html>"
		chief := f.asked(supervisor)
		for _, test := range []struct {
			name              string
			kind              store.Kind
			data, contentType string
			disposition       string
		}{
			{"X.HTML", store.KindLog, page, typeText, "inline"},
			{"X.LOG", store.KindLog, page, typeText, "inline"},
			{"X.SVG", store.KindOther, `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, typeBytes, "attachment"},
			{"X.JPG", store.KindPhoto, page, typeBytes, "attachment"},
			{"X.MP4", store.KindVideo, page, typeBytes, "attachment"},
			{"R.WAV", store.KindAudio, sample(t, "audio.wav"), "audio/wav", "inline"},
			{"P.JPG", store.KindPhoto, sample(t, "photo.jpg"), "image/jpeg", "inline"},
			{"M.MOV", store.KindVideo, sample(t, "h264.mov"), "video/quicktime", "inline"},
		} {
			c := f.stored(test.name, test.kind, test.data)
			r := f.from(chief, http.MethodGet, "/clips/"+c.ID+"/file", "")
			if got := r.header.Get("Content-Type"); r.status != 200 || got != test.contentType {
				t.Errorf("%s: %d %s, want %s", test.name, r.status, got, test.contentType)
			}
			if got := r.header.Get("Content-Disposition"); !strings.HasPrefix(got, test.disposition+";") {
				t.Errorf("%s: %s", test.name, got)
			}
			top, _, _ := strings.Cut(test.contentType, "/")
			harmless := top == "video" || top == "audio" || top == "image"
			if policy := r.header.Get("Content-Security-Policy"); !harmless && policy != "default-src 'none'; sandbox" {
				t.Errorf("%s: policy %s", test.name, policy)
			}
			if r.header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s may be taken for something else", test.name)
			}
		}
	})
}

// Who plays a clip is somebody whose duty it is.
func TestFootageNeedsSomebody(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		c := f.stored("A0001.MP4", store.KindVideo, sample(t, "h264.mp4"))
		path := "/clips/" + c.ID + "/file"
		if r := f.from(f.asked(auditor), http.MethodGet, path, ""); r.status != 403 {
			t.Errorf("an auditor: %d", r.status)
		}
		if page := f.from(f.asked(auditor), http.MethodGet, "/clips/"+c.ID, "").body; strings.Contains(page, "<video") || strings.Contains(page, "/file") {
			t.Error("an auditor's page leads to the footage")
		}
		if r := f.from(f.asked(nil), http.MethodGet, path, ""); r.status != 403 {
			t.Errorf("nobody, at the station itself, without accounts: %d", r.status)
		}
		if r := f.from(f.asked(nil), http.MethodGet, "/clips/"+c.ID, ""); r.status != 200 || strings.Contains(r.body, "<video") || !strings.Contains(r.body, "needs an account") {
			t.Errorf("the page for nobody: %d", r.status)
		}
		if r := f.get(path); r.status != 404 {
			t.Errorf("a request of this process, by nobody: %d", r.status)
		}
		if got := f.views(c.ID); len(got) != 1 || got[0] != "viewed by audit" {
			t.Errorf("who looked: %v", got)
		}
	})
}

// A file that is not what was stored is not shown.
func TestFootageThatIsNotThere(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		chief := f.asked(supervisor)
		for name, harm := range map[string]func(path string) error{
			"gone":   os.Remove,
			"cut":    func(path string) error { return errorOf(os.Chmod(path, 0o640), os.Truncate(path, 3)) },
			"linked": func(path string) error { return errorOf(os.Rename(path, path+".x"), os.Symlink(path+".x", path)) },
		} {
			c := f.stored(name+".MP4", store.KindVideo, sample(t, "h264.mp4"))
			if err := harm(filepath.Join(f.dir, c.ArchivePath)); err != nil {
				t.Fatal(err)
			}
			if r := f.from(chief, http.MethodGet, "/clips/"+c.ID+"/file", ""); r.status != 404 {
				t.Errorf("%s: %d", name, r.status)
			}
			if r := f.from(chief, http.MethodGet, "/clips/"+c.ID, ""); r.status != 200 || !strings.Contains(r.body, "custodock verify") {
				t.Errorf("the page of one that is %s: %d", name, r.status)
			}
		}
		ids := f.fill()
		if r := f.from(chief, http.MethodGet, "/clips/"+ids[1], ""); r.status != 200 || !strings.Contains(r.body, "not stored yet") {
			t.Errorf("one that is not stored: %d", r.status)
		}
		if r := f.from(chief, http.MethodGet, "/clips/"+ids[1]+"/file", ""); r.status != 404 {
			t.Errorf("the footage of one that is not stored: %d", r.status)
		}
	})
}

func errorOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestPlayerOf(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		for name, want := range map[string]player{
			"h264.mp4":              {Element: "video", Type: "video/mp4"},
			"fragmented.mp4":        {Element: "video", Type: "video/mp4"},
			"h264.mov":              {Element: "video", Type: "video/quicktime"},
			"h265.mp4":              {Type: "video/mp4", Why: "clip.cannot_play", Codec: "H.265 (HEVC)"},
			"truncated-no-moov.mp4": {Type: "video/mp4", Why: "clip.cannot_unclosed"},
			"mjpeg.avi":             {Type: "video/x-msvideo", Why: "clip.cannot_play", Codec: "AVI"},
			"h264.ts":               {Type: "video/mp2t", Why: "clip.cannot_play", Codec: "MPEG-TS"},
			"audio.wav":             {Element: "audio", Type: "audio/wav"},
			"photo.jpg":             {Element: "img", Type: "image/jpeg"},
		} {
			c := f.stored(name, store.KindVideo, sample(t, name))
			if got := f.handler.(*server).footage(c); got != want {
				t.Errorf("%s: %+v, want %+v", name, got, want)
			}
		}
	})
}

func TestFileName(t *testing.T) {
	for name, want := range map[string]string{
		"A1.MP4":       "filename=CAM-A1.MP4",
		"a b.MP4":      `filename="CAM-a b.MP4"`,
		"录像 1.MP4":     `filename="CAM-__ 1.MP4"; filename*=UTF-8''CAM-%E5%BD%95%E5%83%8F%201.MP4`,
		"a\"b\\c.MP4":  `filename=CAM-a_b_c.MP4; filename*=UTF-8''CAM-a%22b%5Cc.MP4`,
		"x\r\nA: b.M4": `filename="CAM-x__A: b.M4"; filename*=UTF-8''CAM-x%0D%0AA%3A%20b.M4`,
	} {
		if got := fileName(&store.Clip{Camera: "CAM", Name: name}); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}
