package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"custodock/web/account"
)

func signInForms(name, password, next string) string {
	return url.Values{"name": {name}, "password": {password}, "next": {next}}.Encode()
}

func TestSignInAndOut(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		f.withAccounts()
		r := f.from(remote, http.MethodPost, signInPath, signInForms("Supervisor", password, "/reports/deadlines?from=2026-11-01"))
		if r.status != 303 || r.header.Get("Location") != "/reports/deadlines?from=2026-11-01" {
			t.Fatalf("%d to %q", r.status, r.header.Get("Location"))
		}
		in := remote.with("Cookie", r.cookies()[0].Name+"="+r.cookies()[0].Value)
		page := f.from(in, http.MethodGet, "/", "").body
		for _, want := range []string{"supervisor", `action="/sign-out"`} {
			if !strings.Contains(page, want) {
				t.Errorf("the page has no %s", want)
			}
		}
		if r := f.from(in, http.MethodGet, "/sign-in?next=/x", ""); r.status != 303 || r.header.Get("Location") != "/x" {
			t.Errorf("sign-in for who is in: %d to %q", r.status, r.header.Get("Location"))
		}
		// Signing in again ends the session before.
		r = f.from(in, http.MethodPost, signInPath, signInForms("auditor", password, ""))
		again := remote.with("Cookie", r.cookies()[0].Name+"="+r.cookies()[0].Value)
		if r := f.from(in, http.MethodGet, "/api/v1/status", ""); r.status != 401 {
			t.Errorf("the session before: %d", r.status)
		}
		r = f.from(again, http.MethodPost, "/sign-out", "")
		if c := r.cookies(); r.status != 303 || r.header.Get("Location") != "/" || len(c) != 1 || c[0].MaxAge >= 0 || c[0].Value != "" {
			t.Errorf("sign out: %d, cookies %v", r.status, c)
		}
		if r := f.from(again, http.MethodGet, "/api/v1/status", ""); r.status != 401 {
			t.Errorf("after signing out: %d", r.status)
		}
		if page := f.from(again, http.MethodGet, "/", "").body; strings.Contains(page, `action="/sign-out"`) || !strings.Contains(page, `href="/sign-in?next=%2f"`) {
			t.Error("the page does not say that nobody is signed in")
		}
		for _, want := range []string{`msg="signed in" user=supervisor role=supervisor client=192.0.2.7`, `msg="signed out" user=auditor`} {
			if !strings.Contains(f.logged.String(), want) {
				t.Errorf("the log does not say %s", want)
			}
		}
		if strings.Contains(f.logged.String(), password) {
			t.Error("the log holds a password")
		}
	})
}

func TestSessionCookie(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		f.withAccounts()
		secure := client{secure: true}
		for _, test := range []struct {
			from client
			name string
		}{
			{remote, "custodock"},
			{secure, "__Host-custodock"},
			{forwarded.with("X-Forwarded-Proto", "https"), "__Host-custodock"},
		} {
			r := f.from(test.from, http.MethodPost, signInPath, signInForms("officer", password, ""))
			if len(r.cookies()) != 1 {
				t.Fatalf("%d cookies", len(r.cookies()))
			}
			c := r.cookies()[0]
			if c.Name != test.name || c.Secure != (test.name != "custodock") || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode ||
				c.Path != "/" || c.Domain != "" || c.MaxAge != 0 || len(c.Value) != 43 {
				t.Errorf("%s", c)
			}
			if r := f.from(test.from.with("Cookie", c.Name+"="+c.Value), http.MethodGet, "/api/v1/status", ""); r.status != 200 {
				t.Errorf("%s: %d", c.Name, r.status)
			}
		}
		// Over TLS a cookie that a neighbour may have set counts for nothing.
		if r := f.from(secure.with("Cookie", f.signedIn("officer")), http.MethodGet, "/api/v1/status", ""); r.status != 401 {
			t.Errorf("a cookie without the prefix, over TLS: %d", r.status)
		}
		for _, c := range []client{remote, secure} {
			want := ""
			if c.secure {
				want = "max-age=31536000"
			}
			if got := f.from(c, http.MethodGet, "/", "").header.Get("Strict-Transport-Security"); got != want {
				t.Errorf("over TLS %v: HSTS %q, want %q", c.secure, got, want)
			}
		}
	})
}

// Where somebody goes once they have signed in is an address of ours.
func TestNoOpenRedirect(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		f.withAccounts()
		for next, want := range map[string]string{
			"": "/", "/clips?late=1": "/clips?late=1", "https://evil.example/": "/", "//evil.example": "/", `/\evil.example`: "/", `\\evil.example`: "/",
			"/%2fevil.example": "/", "javascript:alert(1)": "/", "clips": "/", "/a\r\nX: y": "/", "http:/evil.example": "/", "/%5cevil.example": "/%5Cevil.example",
		} {
			r := f.from(remote, http.MethodPost, signInPath, signInForms("officer", password, next))
			if got := r.header.Get("Location"); r.status != 303 || got != want {
				t.Errorf("%q: %d to %q, want %q", next, r.status, got, want)
			}
			f.from(remote, http.MethodPost, "/sign-out", "")
			pass(10 * time.Second) // or there would be too many
		}
	})
}

func TestSignInRefuses(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		f.withAccounts()
		// As many as an address may, with names that there are and are not.
		for _, name := range strings.Fields(strings.Repeat("officer nobody ", 10)) {
			r := f.from(remote, http.MethodPost, signInPath, signInForms(name, "wrong password", "/clips"))
			page := r.body
			if r.status != 401 || len(r.cookies()) != 0 || !strings.Contains(page, "The account or the password is wrong") {
				t.Fatalf("%s: %d\n%s", name, r.status, page)
			}
			if !strings.Contains(page, `value="`+name+`"`) || !strings.Contains(page, `value="/clips"`) || strings.Contains(page, "wrong password") {
				t.Fatalf("the page is not filled in as it was:\n%s", page)
			}
		}
		r := f.from(remote, http.MethodPost, signInPath, signInForms("officer", password, ""))
		if page := r.body; r.status != 429 || r.header.Get("Retry-After") != "6" || !strings.Contains(page, "Wait 6 seconds") {
			t.Errorf("one too many: %d, after %s\n%s", r.status, r.header.Get("Retry-After"), page)
		}
		if r := f.from(remote.as("officer"), http.MethodGet, "/api/v1/status", ""); r.status != 429 || r.header.Get("Retry-After") != "6" {
			t.Errorf("and by HTTP Basic: %d", r.status)
		}
		pass(6 * time.Second)
		f.signedIn("officer")
		for line, want := range map[string]int{
			`msg="a sign-in was refused" user=officer client=192.0.2.7`: 10, `user="(no such account)" client=192.0.2.7`: 10, "nobody": 0,
		} {
			if n := strings.Count(f.logged.String(), line); n != want {
				t.Errorf("%s is logged %d times, want %d:\n%s", line, n, want, f.logged)
			}
		}
		if r := f.from(remote, http.MethodPost, signInPath, strings.Repeat("x", maxForm+1)); r.status != 400 {
			t.Errorf("a form without end: %d", r.status)
		}
	})
}

// The page says how to begin, to who can, and warns who would be overheard.
func TestSignInPage(t *testing.T) {
	bubble(t, false, func(t *testing.T, f *fixture) {
		a := f.withoutAccounts()
		const command, hint, none, open, form = "custodock user add", "Make the first account", "makes the first at the station itself", "not encrypted", `type="password"`
		for _, test := range []struct {
			any      bool
			from     client
			has, not []string
		}{
			{false, local, []string{command, hint}, []string{none, form, open}},
			{false, remote, []string{none}, []string{command, hint, form, open}},
			{false, forwarded, []string{none}, []string{command, form}},
			{true, local, []string{form}, []string{command, none, open}},
			{true, remote, []string{form, open}, []string{command, none}},
			{true, client{secure: true}, []string{form}, []string{open}},
			{true, remote.with("Accept-Language", "zh"), []string{form, "密码", "未加密"}, []string{"Password"}},
		} {
			if test.any && !a.Any() {
				f.addUser(a, "li.na", account.Officer)
			}
			page := f.from(test.from, http.MethodGet, "/sign-in?next=/clips", "").body
			for _, want := range test.has {
				if !strings.Contains(page, want) {
					t.Errorf("%+v: the page does not say %q", test.from, want)
				}
			}
			for _, bad := range test.not {
				if strings.Contains(page, bad) {
					t.Errorf("%+v: the page says %q", test.from, bad)
				}
			}
		}
	})
}
