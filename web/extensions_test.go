package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"custodock/store"
)

const extensionsPath = "/control/v1/extensions"

func TestExtensions(t *testing.T) {
	bubble(t, true, func(t *testing.T, f *fixture) {
		ids := f.fill()
		r := f.send(http.MethodPost, extensionsPath, `{"camera": "CAM0001", "reason": "remote", "from": "2026-11-22",
			"returned": "2026-11-24T09:30:00+08:00", "by": " 王队 ", "note": "防汛"}`)
		f.golden("extended", r.body)
		f.golden("clip-excused", f.get("/api/v1/clips/"+ids[0]).body)
		f.golden("extensions", f.get("/api/v1/extensions?camera=CAM0001").body)
		if r := f.get("/api/v1/extensions?camera=CAM0002"); strings.TrimSpace(r.body) != "[]" {
			t.Errorf("extensions of another camera: %s", r.body)
		}
		list, err := f.store.Extensions("")
		if err != nil || len(list) != 1 {
			t.Fatalf("extensions %v, %v", list, err)
		}
		revoke := extensionsPath + "/" + list[0].ID + "/revoke"
		f.golden("extension-revoked", f.send(http.MethodPost, revoke, `{"by": "auditor", "note": "in town"}`).body)
		if r := f.send(http.MethodPost, revoke, `{"by": "auditor"}`); r.status != 422 || !strings.Contains(r.problem(t), "path.id") {
			t.Errorf("revoked twice: %d %s", r.status, r.body)
		}
		if r := f.send(http.MethodPost, extensionsPath+"/nothing/revoke", `{"by": "auditor"}`); r.status != 404 {
			t.Errorf("an unknown one revoked: %d %s", r.status, r.body)
		}
		clip, err := f.store.Clip(ids[0])
		if err != nil || clip.Deadline != store.Late {
			t.Errorf("clip %+v, %v; want it late again", clip, err)
		}
	})
}

// Each thing that is wrong names its field, and changes nothing.
func TestExtensionsRefuse(t *testing.T) {
	bubble(t, true, func(t *testing.T, f *fixture) {
		ids := f.fill()
		good := map[string]string{"camera": "CAM0001", "reason": "off-site", "returned": "2026-11-24T01:00:00Z", "by": "chief"}
		for _, test := range []struct{ field, value string }{
			{"camera", ""}, {"camera", "NOBODY"}, {"camera", "../etc"},
			{"clip", "nosuchclip"}, {"clip", ids[5]}, // a log
			{"reason", ""}, {"reason", "holiday"},
			{"returned", ""}, {"returned", "2026-11-24T01:00:00"}, {"returned", "2026-11-24"}, {"returned", "1h"},
			{"returned", "2026-11-24T02:00:01Z"}, {"returned", "2026-11-24T10:00:01+08:00"},
			{"by", " "}, {"by", "a\u202eb"}, {"note", strings.Repeat("x", 201)},
			{"from", "soon"}, {"to", "soon"}, {"to", "2026-11-20"}, {"rank", "sergeant"},
		} {
			body := map[string]string{"from": "2026-11-22"}
			for k, v := range good {
				body[k] = v
			}
			if test.field == "clip" {
				delete(body, "from")
			}
			body[test.field] = test.value
			data, err := json.Marshal(body)
			if err != nil {
				t.Fatal(err)
			}
			r := f.send(http.MethodPost, extensionsPath, string(data))
			if r.status != 422 || !strings.Contains(r.problem(t), "body."+test.field) {
				t.Errorf("%s %q: %d %s", test.field, test.value, r.status, r.body)
			}
		}
		if r := f.send(http.MethodPost, extensionsPath, `{"camera": "CAM0001"}`); r.status != 422 {
			t.Errorf("half an extension: %d %s", r.status, r.body)
		}
		if list, err := f.store.Extensions(""); err != nil || len(list) != 0 {
			t.Errorf("what was refused left %v, %v", list, err)
		}
	})
}
