package web

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"custodock/store"
	"custodock/web/account"
)

// asked is the fixture over what stands for TCP, asked by one user.
func (f *fixture) asked(u *account.User) client {
	f.t.Helper()
	a, err := account.Open(account.Options{Cost: 4})
	if err != nil {
		f.t.Fatal(err)
	}
	f.serve(Options{Accounts: a, Guest: u})
	return local
}

var (
	supervisor = &account.User{Name: "chief", Role: account.Supervisor, Badge: "000001"}
	auditor    = &account.User{Name: "audit", Role: account.Auditor}
	officer    = &account.User{Name: "li.na", Role: account.Officer, Badge: "031337"} // who holds the fixture's camera
	stranger   = &account.User{Name: "wang", Role: account.Officer, Badge: "031338"}
)

// rows are the clips of a list, in order.
func rows(page string) (names []string) {
	for _, m := range regexp.MustCompile(`<a href="/clips/\w+">([^<]+)</a>`).FindAllStringSubmatch(page, -1) {
		names = append(names, m[1])
	}
	return names
}

func TestClipsPage(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		f.fill()
		f.doubtful()
		chief := f.asked(supervisor)
		for _, test := range []struct{ query, want string }{
			{"", "A0002.MP4 A0001.MP4 A.MP4"}, // overdue, late, undecidable
			{"?deadline=late", "A0001.MP4"},
			{"?deadline=late,overdue", "A0002.MP4 A0001.MP4"},
			{"?deadline=undecidable", "A.MP4"},
			{"?deadline=due_soon", "A0003.WAV"},
			{"?deadline=all&state=failed", "A0005.JPG"},
			{"?deadline=all&camera=CAM0002", "A.MP4"},
			{"?deadline=all&badge=031337&since=3h", "A0005.JPG A0004.MP4"},
			{"?deadline=all&unit=East+Gate&until=2026-11-23", "A0003.WAV A0002.MP4 A0001.MP4 A0001.LOG"},
			{"?badge=nobody", ""},
		} {
			r := f.from(chief, http.MethodGet, "/clips"+test.query, "")
			if got := strings.Join(rows(r.body), " "); r.status != 200 || got != test.want {
				t.Errorf("%s: %d with %s; want %s", test.query, r.status, got, test.want)
			}
		}
		page := f.from(chief, http.MethodGet, "/clips", "").body
		for _, says := range []string{"Camera seen after it was due", "in doubt", "Overdue, and not stored yet", `Late <b>1</b>`, `Needs care <b>3</b>`} {
			if !strings.Contains(page, says) {
				t.Errorf("the page does not say %q", says)
			}
		}
	})
}

func TestClipsPageRefuses(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		f.fill()
		chief := f.asked(supervisor)
		for query, says := range map[string]string{
			"?since=soon": `id="wrong-since"`, "?until=2026-13-01": `id="wrong-until"`, "?deadline=lost": "none of", "?deadline=late,": "none of", "?state=x": "none of",
			"?cursor=%21": "no more", "?deadline=late&cursor=zz": "no more",
		} {
			r := f.from(chief, http.MethodGet, "/clips"+query, "")
			if r.status != 422 || !strings.Contains(r.body, says) || len(rows(r.body)) > 0 {
				t.Errorf("%s: %d with %v; want it to say %s", query, r.status, rows(r.body), says)
			}
		}
		if r := f.from(chief, http.MethodGet, "/clips/nothing", ""); r.status != 404 || !strings.Contains(r.body, "no such clip") {
			t.Errorf("an unknown clip: %d", r.status)
		}
	})
}

// Pages of the list lead to each other, and each clip is on one of them.
func TestClipsPageByPage(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		d, _, err := f.store.Dock(store.Docking{Camera: "CAM0009"}, "", "", at)
		if err != nil {
			t.Fatal(err)
		}
		inv, err := f.store.Inventory(d.ID, at)
		if err != nil {
			t.Fatal(err)
		}
		const n = 2*clipsPerPage + 7
		var listed []store.File
		for i := range n {
			listed = append(listed, store.File{Path: fmt.Sprintf("N%03d.MP4", i), Size: 1, ModTime: at.Add(-time.Duration(30+i%40) * time.Hour)})
		}
		added, err := inv.Add(listed, func(i int, c *store.Clip) {
			c.Kind, c.EndEarliest, c.EndLatest = store.KindVideo, listed[i].ModTime, listed[i].ModTime
			if i%2 == 1 {
				c.EndEarliest, c.EndLatest = time.Time{}, at // undecidable
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := range clipsPerPage + 1 { // some are late, some overdue
			if _, err := f.store.Put(t.Context(), store.Copy{ID: added[i].Clip.ID, Open: opener("x")}); err != nil {
				t.Fatal(err)
			}
		}
		chief, seen := f.asked(supervisor), make(map[string]bool)
		next := regexp.MustCompile(`href="([^"]+)" rel="next"`)
		for path, pages := "/clips", 1; path != ""; pages++ {
			r := f.from(chief, http.MethodGet, path, "")
			for _, name := range rows(r.body) {
				if seen[name] {
					t.Errorf("%s is there twice", name)
				}
				seen[name] = true
			}
			if first := strings.Contains(r.body, "First page"); first != (pages > 1) {
				t.Errorf("page %d leads to the first one: %v", pages, first)
			}
			path = ""
			if m := next.FindStringSubmatch(r.body); m != nil {
				path = strings.ReplaceAll(m[1], "&amp;", "&")
			}
			if pages > 5 {
				t.Fatal("there is no end")
			}
		}
		if len(seen) != n {
			t.Errorf("%d of %d clips are on a page", len(seen), n)
		}
	})
}

// An officer sees the clips of the own badge, whatever is asked for, and
// everybody else's as if they were not there.
func TestOfficersSeeTheirOwn(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		ids := f.fill()
		theirs := f.doubtful() // nobody's
		for _, test := range []struct {
			user *account.User
			list string
			own  int // status of the page, the footage and the download of an own clip
		}{
			{officer, "A0002.MP4 A0001.MP4", 200},
			{stranger, "", 404},
			{&account.User{Name: "x", Role: account.Officer}, "", 404},
		} {
			who := f.asked(test.user)
			for _, query := range []string{"", "?badge=031337", "?badge=", "?camera=CAM0002", "?unit=East+Gate", "?deadline=late,overdue,undecidable"} {
				want := test.list
				if strings.Contains(query, "CAM0002") {
					want = ""
				}
				r := f.from(who, http.MethodGet, "/clips"+query, "")
				if got := strings.Join(rows(r.body), " "); r.status != 200 || got != want {
					t.Errorf("%s asks %s: %d with %q, want %q", test.user.Name, query, r.status, got, want)
				}
				if strings.Contains(r.body, "<b>") {
					t.Errorf("%s is told how many clips others have", test.user.Name)
				}
			}
			for _, path := range []string{"", "/file", "/file?download=1"} {
				if r := f.from(who, http.MethodGet, "/clips/"+ids[0]+path, ""); r.status != test.own {
					t.Errorf("%s: %s of an own clip: %d, want %d", test.user.Name, path, r.status, test.own)
				}
				if r := f.from(who, http.MethodGet, "/clips/"+theirs+path, ""); r.status != 404 || strings.Contains(r.body, "CAM0002") {
					t.Errorf("%s: %s of another's clip: %d", test.user.Name, path, r.status)
				}
			}
			if r := f.from(who, http.MethodPost, "/clips/"+ids[0]+"/extend", url.Values{"reason": {"remote"}}.Encode()); r.status != 403 {
				t.Errorf("%s settles: %d", test.user.Name, r.status)
			}
		}
	})
}
