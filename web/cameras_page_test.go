package web

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"custodock/ingest"
	"custodock/store"
	"custodock/store/storetest"
)

var (
	rowSerial = regexp.MustCompile(`<th scope="row" role="rowheader" class="of-serial"><a href="([^"]*)">([^<]*)</a>`)
	sortLink  = regexp.MustCompile(`<th scope="col" role="columnheader" class="of-(\w+)[^>]*?(?: aria-sort="(\w+)")?><a class="sort" id="sort-\w+" href="([^"]*)">`)
	careLink  = regexp.MustCompile(`<a id="care-(\w+)" href="([^"]*)"(?: aria-current="true")?>.*? <b>([\d,]+)</b></a>`)
)

// serials are the cameras that a page lists.
func serials(page string) (list []string) {
	for _, m := range rowSerial.FindAllStringSubmatch(page, -1) {
		list = append(list, html.UnescapeString(m[2]))
	}
	return list
}

// Every column sorts by its link, either way, and says so.
func TestCamerasSort(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		f.fillFleet(fleet)
		all := serials(f.get("/cameras").body)
		if len(all) != fleet.Cameras || all[0] != storetest.Serial(storetest.Late) {
			t.Fatalf("%d cameras, first %s; want all, and first the one with overdue clips", len(all), all[0])
		}
		seen := 0
		for _, m := range sortLink.FindAllStringSubmatch(f.get("/cameras").body, -1) {
			seen++
			name, here := m[1], m[2]
			if (here == "descending") != (name == "care") {
				t.Errorf("at first, %s has aria-sort %q", name, here)
			}
			once := f.get(html.UnescapeString(m[3])).body
			first, link := sorted(t, once, name)
			twice := f.get(link).body
			second, back := sorted(t, twice, name)
			if first == second || back == link {
				t.Errorf("%s: %s, and by its link %s", name, first, second)
			}
			forth, and := serials(once), serials(twice)
			if slices.Equal(forth, and) && name != "left" || !slices.Equal(slices.Sorted(slices.Values(forth)), slices.Sorted(slices.Values(all))) {
				t.Errorf("%s: %v, and the other way %v", name, forth, and)
			}
		}
		if seen != len(cameraColumns) {
			t.Errorf("%d columns have links, want %d", seen, len(cameraColumns))
		}
	})
}

// sorted is which way round the page is in order of a column, and where the
// column's link leads.
func sorted(t *testing.T, page, column string) (way, link string) {
	t.Helper()
	for _, m := range sortLink.FindAllStringSubmatch(page, -1) {
		if m[1] == column {
			way, link = m[2], html.UnescapeString(m[3])
		} else if m[2] != "" {
			t.Errorf("in order of %s, %s has aria-sort %s", column, m[1], m[2])
		}
	}
	return way, link
}

func TestCamerasOrder(t *testing.T) {
	share := func(f float64) *float64 { return &f }
	list := []ingest.CameraState{
		{Camera: &store.Camera{Serial: "A"}},
		{Camera: &store.Camera{Serial: "B", ClockOffset: share(-9)}, Battery: share(0.5), Care: ingest.CareClock},
		{Camera: &store.Camera{Serial: "C", ClockOffset: share(5), ClockSetAt: at}, Battery: share(0.1), Care: ingest.CareBattery | ingest.CareOut, Bay: &ingest.BayStatus{Bay: 2}},
		{Camera: &store.Camera{Serial: "D", ClockOffset: share(3)}, Battery: share(0.9), Care: ingest.CareOverdue, Bay: &ingest.BayStatus{Bay: 10}},
	}
	for order, want := range map[string]string{
		"": "DBCA", "care": "ACBD", "battery": "CBDA", "-battery": "DBCA", "-clock": "BDCA", "clock": "CDBA", "where": "CDAB", "-serial": "DCBA", "nonsense": "DBCA",
	} {
		var sorted []*ingest.CameraState
		for i := range list {
			sorted = append(sorted, &list[i])
		}
		q := parseCameraQuery(url.Values{"sort": {order}})
		q.sort(sorted)
		got := ""
		for _, c := range sorted {
			got += c.Serial
		}
		if got != want {
			t.Errorf("by %q: %s, want %s", order, got, want)
		}
	}
}

func TestCamerasFilter(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		f.fillFleet(fleet)
		holder, err := f.store.Camera(storetest.Serial(2))
		if err != nil {
			t.Fatal(err)
		}
		for query, want := range map[string]int{
			"q=" + storetest.Serial(2): 1, "q=dsj-k9-10244": 1, "q=" + holder.Holder.Badge: 1, "q=nobody-has-this": 0,
			"q=++" + storetest.Serial(2) + "+": 1, "care=clock": 1, "care=clock&q=" + storetest.Serial(storetest.Slow): 1, "care=clock&where=docked": 0,
			"where=out": fleet.Cameras, "where=docked": 0, "unit=Riverside&q=" + storetest.Serial(2): 0, "care=nonsense&where=x&page=-3": fleet.Cameras,
		} {
			page := f.get("/cameras?" + query).body
			if got := serials(page); len(got) != want {
				t.Errorf("%s: %v, want %d", query, got, want)
			}
			if said := strings.Contains(page, "No camera is like that."); said != (want == 0) {
				t.Errorf("%s: it says that there is none: %v", query, said)
			}
		}
		if _, err := f.store.Retire(storetest.Serial(2), "chen", "broken", at); err != nil {
			t.Fatal(err)
		}
		if used, retired := serials(f.get("/cameras").body), serials(f.get("/cameras?where=retired").body); len(used) != fleet.Cameras-1 || len(retired) != 1 || retired[0] != storetest.Serial(2) {
			t.Errorf("%d cameras are used, and %v retired", len(used), retired)
		}
		page := f.get("/cameras?unit=" + url.QueryEscape("城关派出所")).body
		for _, m := range careLink.FindAllStringSubmatch(page, -1) {
			if got := serials(f.get(html.UnescapeString(m[2])).body); fmt.Sprint(len(got)) != m[3] {
				t.Errorf("%s is said to be of %s cameras, and there are %d", m[1], m[3], len(got))
			}
		}
		if !strings.Contains(page, `<option selected>城关派出所</option>`) {
			t.Error("the unit is not chosen in the form")
		}
	})
}

// The address of a list says all of it, and htmx is given the short one.
func TestCamerasAddress(t *testing.T) {
	for _, query := range []string{"", "care=any", "sort=-battery", "q=%E6%9D%8E+x%26&unit=A%2FB&where=out", "page=3", "sort=care"} {
		v, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		want := strings.TrimSuffix("/cameras?"+v.Encode(), "?")
		if got := parseCameraQuery(v).address(); got != want {
			t.Errorf("%q has the address %s, want %s", query, got, want)
		}
	}
	bubble(t, false, func(t *testing.T, f *fixture) {
		r := f.from(local.with("HX-Request", "true"), "GET", "/cameras?q=&unit=&where=out&care=&sort=", "")
		if got := r.header.Get("HX-Push-Url"); got != "/cameras?where=out" {
			t.Errorf("htmx is told %q", got)
		}
	})
}

func TestCamerasPages(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		f.fillFleet(storetest.Fleet{Now: at, Cameras: 2*pageSize + 3, Bays: 8, Days: 6, PerDay: 1, Seed: 7})
		next := regexp.MustCompile(`href="([^"]*)" rel="next"`)
		var all []string
		target := "/cameras?sort=serial"
		for range 5 {
			page := f.get(target).body
			all = append(all, serials(page)...)
			m := next.FindStringSubmatch(page)
			if m == nil {
				break
			}
			target = html.UnescapeString(m[1])
		}
		if len(all) != 2*pageSize+3 || !slices.IsSorted(all) || len(slices.Compact(all)) != len(all) {
			t.Errorf("%d cameras on all pages, in order: %v", len(all), slices.IsSorted(all))
		}
		if last := serials(f.get("/cameras?page=99").body); len(last) != 3 {
			t.Errorf("behind the last page there are %d cameras, want the last page", len(last))
		}
	})
}

// Whatever a serial holds, its link leads to its page and nowhere else.
func TestOddSerials(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		odd := []string{`<img src=x onerror=alert(1)>`, "a b", "50%", "a?b#c", "执法仪", `"quoted"`, "%2F", "javascript:alert(1)", "a&b;c"}
		for _, serial := range odd {
			if _, err := f.store.Assign(serial, store.Holder{Badge: "<script>1</script>", Name: `"><b>`, Unit: "</script>"}, at); err != nil {
				t.Fatal(err)
			}
		}
		page := f.get("/cameras?q=" + url.QueryEscape(`"><b>`)).body
		if got := serials(page); len(got) != len(odd) {
			t.Errorf("%d of %d are listed: %q", len(got), len(odd), got)
		}
		for _, m := range rowSerial.FindAllStringSubmatch(page, -1) {
			target, serial := html.UnescapeString(m[1]), html.UnescapeString(m[2])
			r := f.get(target)
			if r.status != 200 || !strings.Contains(r.body, "<h1>"+html.EscapeString(serial)+"</h1>") {
				t.Errorf("%s leads to %s: %d", serial, target, r.status)
			}
			for _, bad := range []string{"<img", "<script>1", `"><b>`} {
				if strings.Contains(r.body, bad) {
					t.Errorf("%s: %s came through", serial, bad)
				}
			}
		}
	})
}
