package web

import (
	"context"
	"crypto/tls"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/bcrypt"

	"custodock/web/account"
)

const password = "correct horse"

// withAccounts serves the fixture over what stands for TCP, with an account of
// each role, called as the role.
func (f *fixture) withAccounts() *account.Accounts {
	f.t.Helper()
	a := f.withoutAccounts()
	for _, role := range account.Roles {
		f.addUser(a, string(role), role)
	}
	return a
}

func (f *fixture) addUser(a *account.Accounts, name string, role account.Role) {
	f.t.Helper()
	if _, err := a.Add(name, role, "031337", password); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) withoutAccounts() *account.Accounts {
	f.t.Helper()
	a, err := account.Open(account.Options{Cost: bcrypt.MinCost})
	if err != nil {
		f.t.Fatal(err)
	}
	f.serve(Options{Accounts: a})
	return a
}

func (f *fixture) serve(opt Options) {
	opt.Station, opt.Logger = f.station, f.logger()
	f.handler = New(opt)
}

// client is who sends a request over TCP.
type client struct {
	address string // 192.0.2.7:1 unless given
	host    string // station.example unless given
	header  map[string]string
	secure  bool // over TLS
}

var (
	remote    = client{}
	local     = client{address: "127.0.0.1:1", host: "127.0.0.1:8420"}
	forwarded = client{address: "127.0.0.1:1", host: "127.0.0.1:8420", header: map[string]string{"X-Forwarded-For": "192.0.2.7"}}
	rebound   = client{address: "127.0.0.1:1", host: "evil.example:8420"} // a name of another site that leads here
)

func (c client) with(name, value string) client {
	c.header = maps.Clone(c.header)
	if c.header == nil {
		c.header = make(map[string]string)
	}
	c.header[name] = value
	return c
}

// as sends name and password with every request.
func (c client) as(name string) client {
	r := http.Request{Header: make(http.Header)}
	r.SetBasicAuth(name, password)
	return c.with("Authorization", r.Header.Get("Authorization"))
}

const browser = "text/html,application/xhtml+xml"

// from sends a request as c does.
func (f *fixture) from(c client, method, target, form string) response {
	f.t.Helper()
	req := httptest.NewRequestWithContext(f.t.Context(), method, target, strings.NewReader(form))
	if req.RemoteAddr = c.address; c.address == "" {
		req.RemoteAddr = "192.0.2.7:1"
	}
	if req.Host = c.host; c.host == "" {
		req.Host = "station.example"
	}
	if form != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range c.header {
		req.Header.Set(name, value)
	}
	if target == eventsPath || target == livePath { // else it lasts
		ctx, cancel := context.WithCancel(req.Context())
		cancel()
		req = req.WithContext(ctx)
	}
	if req.TLS = nil; c.secure {
		req.TLS = new(tls.ConnectionState)
	}
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, req)
	return response{w.Code, w.Header(), w.Body.String()}
}

// cookies are what an answer sets.
func (r response) cookies() []*http.Cookie { return (&http.Response{Header: r.header}).Cookies() }

// refusedFor reports whether an answer says that it may not be had.
func refusedFor(r response) bool {
	problem := r.header.Get("Content-Type") == "application/problem+json"
	return problem && (r.status == http.StatusUnauthorized || r.status == http.StatusForbidden)
}

// whoMay is who may ask for each address, as an independent copy of what the
// two tables of duties come to. The columns are, once there are accounts:
//
//	n nobody, l nobody at the station itself, x nobody through a proxy there,
//	o officer, e equipment, s supervisor, a auditor
//
// and while there is none:
//
//	L nobody at the station itself, N from elsewhere, X through a proxy there,
//	R at the station by a name that leads there
var whoMay = map[string]string{
	"GET /{$}":                      "nlxoesaLNXR",
	"GET /bays/live":                "nlxoesaLNXR",
	"GET /bays/{bay}/reason":        "nlxoesaLNXR",
	"POST /bays/{bay}/reason":       "nlxoesaLNXR",
	"GET /bays/{bay}/entered":       "nlxoesaLNXR",
	"GET /assets/{name}":            "nlxoesaLNXR",
	"POST /preferences":             "nlxoesaLNXR",
	"GET /sign-in":                  "nlxoesaLNXR",
	"POST /sign-in":                 "nlxoesaLNXR",
	"POST /sign-out":                "nlxoesaLNXR",
	"GET /-/healthy":                "nlxoesaLNXR",
	"GET /-/ready":                  "nlxoesaLNXR",
	"GET /metrics":                  " l oesaLNX ",
	"GET /api/v1/openapi.json":      " l oesaLNX ",
	"GET /reports/deadlines":        "     saLNX ",
	"GET /cameras":                  "    esaLNX ",
	"GET /cameras/ready":            "    esaLNX ",
	"GET /cameras/{serial}":         "    esaLNX ",
	"GET /cameras/{serial}/series":  "    esaLNX ",
	"POST /cameras/{serial}/assign": "    es     ",
	"POST /cameras/{serial}/return": "    es     ",
	"GET /clips":                    "   o saLNX ",
	"GET /clips/{id}":               "   o saLNX ",
	"GET /clips/{id}/file":          "   o s     ",
	"GET /requests":                 "     saLNX ",
	"POST /requests/{id}":           "     s     ",
	"POST /clips/{id}/decide":       "     s     ",
	"POST /clips/{id}/extend":       "     s     ",
	"POST /clips/{id}/revoke":       "     s     ",
	"GET /api/v1/status":            "   oesaLNX ",
	"GET /api/v1/clips":             "     saLNX ",
	"GET /api/v1/clips/{id}":        "     saLNX ",
	"GET /api/v1/recordings":        "     saLNX ",
	"GET /overview":                 "     saLNX ",
	"GET /api/v1/extensions":        "     saLNX ",
	"GET /api/v1/requests":          "     saLNX ",
	"GET /api/v1/receipts/{code}":   "nlxoesaLNXR",
	"GET /api/v1/events":            "     saLNX ",
	"GET /api/v1/cameras":           "    esaLNX ",
	"GET /api/v1/cameras/{serial}":  "    esaLNX ",
	"GET /api/v1/reports/deadlines": "     saLNX ",
}

func TestWhoMayAskForWhat(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		defer f.run()()
		f.withAccounts()
		known := slices.DeleteFunc(f.handler.(*server).mux.known, func(p string) bool { return p == "POST /sign-out" })
		known = append(known, "POST /sign-out") // then nobody is signed in any more
		f.walk(t, known, map[rune]client{
			'n': remote, 'l': local, 'x': forwarded,
			'o': remote.as("officer"), 'e': remote.as("equipment"), 's': remote.as("supervisor"), 'a': remote.as("auditor"),
		})
		f.walk(t, known, map[rune]client{
			'o': remote.with("Cookie", f.signedIn("officer")), 'e': remote.with("Cookie", f.signedIn("equipment")),
			's': remote.with("Cookie", f.signedIn("supervisor")), 'a': remote.with("Cookie", f.signedIn("auditor")),
		})
		f.withoutAccounts()
		f.walk(t, known, map[rune]client{'L': local, 'N': remote, 'X': forwarded, 'R': rebound})
		// Whoever names an account that there cannot be is nobody.
		f.walk(t, known, map[rune]client{'L': local.as("supervisor"), 'N': remote.as("supervisor"), 'X': forwarded.as("supervisor")})
	})
}

// walk tries every address for every client.
func (f *fixture) walk(t *testing.T, known []string, clients map[rune]client) {
	t.Helper()
	if missing := slices.DeleteFunc(slices.Collect(maps.Keys(whoMay)), func(p string) bool { return slices.Contains(known, p) }); len(missing) > 0 {
		t.Errorf("the test knows %q, and there is nothing there", missing)
	}
	for _, pattern := range known {
		may, ok := whoMay[pattern]
		if !ok {
			t.Errorf("%s: the test does not say who may", pattern)
			continue
		}
		method, path, _ := strings.Cut(strings.NewReplacer("{$}", "", "{id}", "x", "{serial}", "x", "{name}", "x", "{bay}", "1", "{code}", "x").Replace(pattern), " ")
		methods := []string{method}
		if method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
		for column, c := range clients {
			for _, method := range methods {
				r := f.from(c, method, path, "")
				if got, want := !refusedFor(r), strings.ContainsRune(may, column); got != want {
					t.Errorf("%s for %c: %d, may %v, want %v", pattern, column, r.status, got, want)
				}
				// A browser is led to where it can sign in, or is told.
				r = f.from(c.with("Accept", browser), method, path, "")
				switch shown := r.status != http.StatusForbidden && !strings.HasPrefix(r.header.Get("Location"), signInPath) && !refusedFor(r); {
				case pattern == "GET /sign-in": // leads away from itself
				case shown != strings.ContainsRune(may, column):
					t.Errorf("%s for a browser as %c: %d to %q", pattern, column, r.status, r.header.Get("Location"))
				}
			}
		}
	}
}

// signedIn is the cookie of a user who has signed in on the page.
func (f *fixture) signedIn(name string) string {
	f.t.Helper()
	r := f.from(remote, http.MethodPost, signInPath, url.Values{"name": {name}, "password": {password}}.Encode())
	if len(r.cookies()) != 1 || r.status != http.StatusSeeOther {
		f.t.Fatalf("sign in as %s: %d with %d cookies", name, r.status, len(r.cookies()))
	}
	return r.cookies()[0].Name + "=" + r.cookies()[0].Value
}

// Every line of the table is of an address, and every address has a line.
func TestRouteDuties(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		mux := f.handler.(*server).mux
		if unused := mux.unused(); len(unused) > 0 {
			t.Errorf("lines of no address: %q", unused)
		}
		for pattern, duty := range routeDuties {
			if duty == 0 {
				t.Errorf("%s is nobody's", pattern)
			}
		}
		for _, control := range []bool{false, true} {
			func() {
				defer func() {
					if recover() == nil {
						t.Error("an address without a duty is served")
					}
				}()
				newRoutes(control).HandleFunc("GET /clips/{id}/secret", http.NotFound)
			}()
		}
		// And if one were served, nobody would get it.
		f.withAccounts()
		f.handler.(*server).mux.ServeMux.HandleFunc("GET /secret", func(http.ResponseWriter, *http.Request) { t.Error("it was served") })
		for _, c := range []client{local, remote.as("supervisor")} {
			if r := f.from(c, http.MethodGet, "/secret", ""); !refusedFor(r) {
				t.Errorf("%d", r.status)
			}
		}
	})
}

// Who a request is from is a matter of the connection and of where it was
// meant to go.
func TestWhoIsLocal(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		f.withAccounts()
		host, err := os.Hostname()
		if err != nil {
			t.Fatal(err)
		}
		at := func(address, host string) client { return client{address: address, host: host} }
		for _, test := range []struct {
			from client
			want bool
		}{
			{at("127.0.0.1:5", "127.0.0.1:8420"), true},
			{at("127.0.0.1:5", "localhost:8420"), true},
			{at("127.0.0.1:5", "LocalHost"), true},
			{at("127.0.0.1:5", host), true},
			{at("127.9.9.9:5", "192.0.2.1"), true},
			{at("[::1]:5", "[::1]:8420"), true},
			{at("[::ffff:127.0.0.1]:5", "[::1]"), true},
			{at("192.0.2.7:5", "127.0.0.1:8420"), false},
			{at("[2001:db8::1]:5", "[::1]:8420"), false},
			{at("127.0.0.1:5", "evil.example"), false},
			{at("127.0.0.1:5", "localhost.evil.example:8420"), false},
			{at("127.0.0.1:5", "127.0.0.1.evil.example"), false},
			{at("127.0.0.1:5", ":8420"), false},
			{at("@", "localhost"), false},
			{local.with("Forwarded", "for=192.0.2.7"), false},
			{local.with("X-Real-IP", "127.0.0.1"), false},
			{local.with("X-Forwarded-For", ""), false},
			{local.with("X-Forwarded-Host", "localhost"), false},
			{local.with("Via", "1.1 proxy"), false},
		} {
			r := f.from(test.from, http.MethodGet, "/metrics", "")
			if got := r.status == 200; got != test.want {
				t.Errorf("%+v: %d, want local %v", test.from, r.status, test.want)
			}
		}
	})
}

// A page of another site can have a browser send a form, and it does nothing.
func TestCrossSite(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		f.withAccounts()
		form := "name=supervisor&password=" + url.QueryEscape(password)
		for _, test := range []struct {
			name, value string
			status      int
		}{
			{"Sec-Fetch-Site", "cross-site", 403},
			{"Sec-Fetch-Site", "same-site", 403}, // another port, or a neighbour's name
			{"Origin", "https://evil.example", 403},
			{"Origin", "null", 403},
			{"Sec-Fetch-Site", "same-origin", 303},
			{"Origin", "http://station.example", 303},
			{"X-None", "", 303}, // no browser
		} {
			r := f.from(remote.with(test.name, test.value), http.MethodPost, signInPath, form)
			if r.status != test.status || (test.status == 403 && len(r.cookies()) > 0) {
				t.Errorf("%s %s: %d, want %d", test.name, test.value, r.status, test.status)
			}
		}
		cookie := f.signedIn("supervisor")
		from := remote.with("Cookie", cookie).with("Sec-Fetch-Site", "cross-site")
		if r := f.from(from, http.MethodPost, "/sign-out", ""); r.status != 403 {
			t.Errorf("signed out from elsewhere: %d", r.status)
		}
		if r := f.from(remote.with("Cookie", cookie), http.MethodGet, "/api/v1/status", ""); r.status != 200 {
			t.Errorf("and the session is over: %d", r.status)
		}
		// On the control socket there are no browsers.
		f.serve(Options{Control: true})
		if r := f.from(remote.with("Sec-Fetch-Site", "cross-site"), http.MethodPost, "/control/v1/cameras/x/return", ""); r.status != 404 {
			t.Errorf("over the socket: %d", r.status)
		}
	})
}

// How a refusal looks depends on who reads it.
func TestRefusals(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		f.withAccounts()
		mozilla := remote.with("User-Agent", "Mozilla/5.0")
		for _, test := range []struct {
			from                client
			method, target      string
			status              int
			challenge, location string
		}{
			{remote, "GET", "/api/v1/clips", 401, "Basic realm", ""},
			{remote.with("Accept", browser), "GET", "/api/v1/clips", 401, "Basic realm", ""},
			{mozilla.with("Accept", browser), "GET", "/api/v1/clips", 401, "Session realm", ""},
			{mozilla.with("Accept", "text/event-stream"), "GET", eventsPath, 401, "Session realm", ""},
			{remote.as("officer"), "GET", "/api/v1/clips", 403, "", ""},
			{mozilla.with("Accept", browser), "GET", "/reports/deadlines?from=2026-11-01&unit=a%20b", 303, "", "/sign-in?next=%2Freports%2Fdeadlines%3Ffrom%3D2026-11-01%26unit%3Da%2520b"},
			{remote.with("Accept", browser).as("officer"), "GET", "/reports/deadlines", 403, "", ""},
			{remote.with("Authorization", "Basic !"), "GET", "/api/v1/status", 401, "Basic realm", ""},
			{remote.with("Authorization", "Bearer x"), "GET", "/api/v1/status", 401, "Basic realm", ""},
			{remote.as("nobody"), "GET", "/api/v1/status", 401, "Basic realm", ""},
			{remote.as("nobody"), "GET", "/-/healthy", 401, "Basic realm", ""},
			{remote.with("Cookie", "custodock=x"), "GET", "/-/healthy", 200, "", ""},
			{remote.with("Cookie", "custodock=x"), "GET", "/api/v1/status", 401, "Basic realm", ""},
		} {
			r := f.from(test.from, test.method, test.target, "")
			if r.status != test.status || !strings.HasPrefix(r.header.Get("WWW-Authenticate"), test.challenge) || r.header.Get("Location") != test.location {
				t.Errorf("%s as %v: %d %q to %q", test.target, test.from.header, r.status, r.header.Get("WWW-Authenticate"), r.header.Get("Location"))
			}
		}
		htmx := mozilla.with("HX-Request", "true").with("HX-Current-URL", "http://station.example/clips?late=1")
		if r := f.from(htmx, http.MethodGet, "/reports/deadlines", ""); r.status != 401 || r.header.Get("HX-Redirect") != "/sign-in?next=%2Fclips%3Flate%3D1" {
			t.Errorf("htmx: %d to %q", r.status, r.header.Get("HX-Redirect"))
		}
		if !strings.Contains(f.logged.String(), `msg="refused: it is not their duty" user=officer role=officer method=GET path=/api/v1/clips`) {
			t.Errorf("the log does not say who tried what:\n%s", f.logged)
		}
		f.withoutAccounts()
		if r := f.from(rebound, http.MethodGet, "/api/v1/clips", ""); r.status != 403 || r.header.Get("WWW-Authenticate") != "" {
			t.Errorf("without accounts: %d %q", r.status, r.header.Get("WWW-Authenticate"))
		}
	})
}

// In a demonstration everybody at the machine is somebody, until there is an account.
func TestGuest(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		a := f.withoutAccounts()
		f.serve(Options{Accounts: a, Guest: &account.User{Name: "guest", Role: account.Equipment}})
		page := f.from(local, http.MethodGet, "/", "")
		if text := page.body; !strings.Contains(text, "guest") || strings.Contains(text, "Sign out") {
			t.Errorf("the page does not say who looks at it:\n%s", text)
		}
		for c, want := range map[*client]int{&local: 200, &remote: 200, &forwarded: 200, &rebound: 403} {
			if r := f.from(*c, http.MethodGet, "/api/v1/cameras", ""); r.status != want {
				t.Errorf("%+v: %d, want %d", *c, r.status, want)
			}
		}
		if r := f.from(local, http.MethodGet, "/api/v1/clips", ""); r.status != 403 {
			t.Errorf("what is not the guest's duty: %d", r.status)
		}
		f.addUser(a, "li.na", account.Auditor)
		if r := f.from(local, http.MethodGet, "/api/v1/cameras", ""); r.status != 401 {
			t.Errorf("once there is an account: %d", r.status)
		}
	})
}

// What lasts ends when it is not theirs any more.
func TestStreamEndsWithItsAccount(t *testing.T) {
	for name, end := range map[string]func(a *account.Accounts, token string){
		"removed":    func(a *account.Accounts, _ string) { _, _ = a.Remove("auditor") },
		"signed out": func(a *account.Accounts, token string) { a.End(token) },
		"idle":       nil,
	} {
		bubble(t, false, func(t *testing.T, f *fixture) {
			a := f.withAccounts()
			cookie := f.signedIn("auditor")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			req := httptest.NewRequestWithContext(ctx, http.MethodGet, eventsPath, nil)
			req.Header.Set("Cookie", cookie)
			done := make(chan struct{})
			go func() {
				defer close(done)
				f.handler.ServeHTTP(httptest.NewRecorder(), req)
			}()
			synctest.Wait()
			select {
			case <-done:
				t.Fatalf("%s: it has ended before", name)
			default:
			}
			if _, token, _ := strings.Cut(cookie, "="); end != nil {
				end(a, token)
				synctest.Wait()
			} else {
				pass(time.Hour)
				synctest.Wait()
			}
			select {
			case <-done:
			default:
				t.Errorf("%s: it goes on", name)
				cancel()
				<-done
			}
		})
	}
}

// The address that limits count is the last that a proxy here has seen.
func TestClientAddress(t *testing.T) {
	for _, test := range []struct{ address, header, want string }{
		{"192.0.2.7:5", "", "192.0.2.7"},
		{"192.0.2.7:5", "198.51.100.1", "192.0.2.7"},
		{"127.0.0.1:5", "198.51.100.1", "198.51.100.1"},
		{"127.0.0.1:5", "1.2.3.4, 198.51.100.1", "198.51.100.1"},
		{"127.0.0.1:5", "nonsense", "127.0.0.1"},
		{"[::1]:5", "2001:db8::1", "2001:db8::1"},
		{"@", "198.51.100.1", "@"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if r.RemoteAddr = test.address; test.header != "" {
			r.Header.Set("X-Forwarded-For", test.header)
		}
		if got := clientAddress(r); got != test.want {
			t.Errorf("%s %q: got %s, want %s", test.address, test.header, got, test.want)
		}
	}
}
