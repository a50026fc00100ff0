package web

import (
	"net/http"
	"strings"
	"testing"
)

const usersPath = "/control/v1/users"

// TestUsers goes through the commands on accounts, on the socket, and sees
// what that does to who is signed in over TCP.
func TestUsers(t *testing.T) {
	bubble(t, true, func(t *testing.T, f *fixture) {
		a := f.withoutAccounts()
		public := f.handler
		f.serve(Options{Control: true, Accounts: a})
		control := f.handler
		if r := f.send(http.MethodGet, usersPath, ""); r.status != 200 || strings.TrimSpace(r.body) != "[]" {
			t.Errorf("no accounts: %d %s", r.status, r.body)
		}
		r := f.send(http.MethodPost, usersPath, `{"name": "Li.Na", "role": "officer", "badge": " 031337 ", "password": "`+password+`"}`)
		f.golden("user", r.body)
		f.golden("users", f.send(http.MethodGet, usersPath, "").body)

		var session client
		overTCP := func(do func()) {
			f.handler = public
			defer func() { f.handler = control }()
			do()
		}
		signIn := func() { session = remote.with("Cookie", f.signedIn("li.na")) }
		overTCP(signIn)
		for _, test := range []struct {
			path, body, says string
			in               bool // can be signed in with the password afterwards
		}{
			{"/li.na/role", `{"role": "auditor"}`, `"role":"auditor","badge":"031337"`, true},
			{"/LI.NA/role", `{"role": "officer", "badge": "7"}`, `"badge":"7"`, true},
			{"/li.na/disable", "", `"disabled":true`, false},
			{"/li.na/enable", "", `"role":"officer"`, true},
			{"/li.na/password", `{"password": "another one"}`, `"password_at"`, false},
			{"/li.na/password", `{"password": "` + password + `"}`, `"password_at"`, true},
			{"/li.na/remove", "", `"name":"li.na"`, false},
		} {
			if r := f.send(http.MethodPost, usersPath+test.path, test.body); r.status != 200 || !strings.Contains(r.body, test.says) {
				t.Errorf("%s: %d %s", test.path, r.status, r.body)
			}
			overTCP(func() {
				if r := f.from(session, http.MethodGet, "/", ""); strings.Contains(r.body, "li.na") {
					t.Errorf("%s: the session goes on: %s", test.path, r.body)
				}
			})
			if _, err := a.SignIn(t.Context(), "li.na", password, "192.0.2.7"); (err == nil) != test.in {
				t.Errorf("%s: sign in: %v", test.path, err)
			}
			if test.in {
				overTCP(signIn)
			}
		}
		for _, want := range []string{`msg="account changed" what=add user=li.na role=officer badge=031337`, "what=remove", "there is an account now", "the last account is gone"} {
			if !strings.Contains(f.logged.String(), want) {
				t.Errorf("the log does not say %s:\n%s", want, f.logged)
			}
		}
		for _, secret := range []string{password, "another one", "$2a$"} {
			if strings.Contains(f.logged.String(), secret) {
				t.Errorf("the log holds %s", secret)
			}
		}
	})
}

func TestUsersRefuses(t *testing.T) {
	bubble(t, true, func(t *testing.T, f *fixture) {
		f.serve(Options{Control: true, Accounts: f.withAccounts()})
		for _, test := range []struct {
			path, body string
			status     int
			says       string
		}{
			{"", `{"name": "officer", "role": "auditor", "password": "` + password + `"}`, 409, "already"},
			{"", `{"name": "x", "role": "root", "password": "` + password + `"}`, 422, "role: "},
			{"", `{"name": "x", "role": "officer", "password": "` + password + `"}`, 422, "badge: "},
			{"", `{"name": "x", "role": "auditor", "password": "short-one"}`, 422, "password: "},
			{"", `{"name": "x", "role": "auditor"}`, 422, "password"},
			{"", `{"name": "x", "role": "auditor", "password": "` + password + `", "admin": true}`, 422, "admin"},
			{"/nobody/remove", "", 404, "no such account"},
			{"/nobody/disable", "", 404, "no such account"},
			{"/nobody/password", `{"password": "` + password + `"}`, 404, "no such account"},
			{"/officer/password", `{"password": "short-one"}`, 422, "at least 10"},
			{"/officer/role", `{"role": "x"}`, 422, "role: "},
		} {
			r := f.send(http.MethodPost, usersPath+test.path, test.body)
			if says := r.problem(t); r.status != test.status || !strings.Contains(says, test.says) || strings.Contains(says, "short-one") || strings.Contains(says, password) {
				t.Errorf("%s %s: %d %s", test.path, test.body, r.status, r.body)
			}
		}
		if strings.Contains(f.logged.String(), "account changed") {
			t.Error("something was changed")
		}
		f.serve(Options{})
		if r := f.send(http.MethodGet, usersPath, ""); r.status != 404 {
			t.Errorf("over TCP: %d %s", r.status, r.body)
		}
	})
}
