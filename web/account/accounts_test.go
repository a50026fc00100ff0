package account

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

const secret = "correct horse"

// open returns the accounts of a folder, hashed no harder than a test needs.
func open(t *testing.T, dir string) *Accounts {
	t.Helper()
	a, err := Open(Options{Dir: dir, Cost: bcrypt.MinCost})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// must is for what cannot fail in a test.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func signIn(t *testing.T, a *Accounts, name, password string) (*User, error) {
	t.Helper()
	return a.SignIn(t.Context(), name, password, "192.0.2.1")
}

func TestAccountsAreKept(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	if a.Any() {
		t.Error("a new station has accounts")
	}
	must(a.Add(" Li.Na ", Officer, "031337", secret))(t)
	must(a.Add("王伟", Supervisor, "", secret))(t)
	must(a.Add("chen", Auditor, "", secret))(t)
	must(a.SetRole("li.na", Equipment, ""))(t)
	must(a.SetPassword("LI.NA", "another one"))(t)
	must(a.Disable("王伟"))(t)
	must(a.Remove("chen"))(t)

	b := open(t, dir)
	if got := names(b.List()); !b.Any() || !slices.Equal(got, []string{"li.na equipment 031337", "王伟 supervisor  disabled"}) {
		t.Errorf("kept is %q", got)
	}
	if u, err := signIn(t, b, "Li.Na", "another one"); err != nil || u.Role != Equipment {
		t.Errorf("sign in: %+v, %v", u, err)
	}
	for name, password := range map[string]string{"li.na": secret, "王伟": secret, "chen": secret, "nobody": secret, "": ""} {
		if u, err := signIn(t, b, name, password); !errors.Is(err, ErrSignIn) {
			t.Errorf("%s with %q: %+v, %v", name, password, u, err)
		}
	}
	must(b.Enable("王伟"))(t)
	if _, err := signIn(t, b, "王伟", secret); err != nil {
		t.Errorf("once enabled again: %v", err)
	}
}

func names(users []*User) (list []string) {
	for _, u := range users {
		text := u.Name + " " + string(u.Role) + " " + u.Badge
		if u.Disabled {
			text += " disabled"
		}
		list = append(list, text)
	}
	return list
}

func TestWhatCannotBe(t *testing.T) {
	a := open(t, "")
	must(a.Add("li.na", Officer, "7", secret))(t)
	for _, test := range []struct {
		do   func() (*User, error)
		want error
		says string
	}{
		{func() (*User, error) { return a.Add("Li.Na", Auditor, "", secret) }, ErrExists, "already"},
		{func() (*User, error) { return a.Add("", Auditor, "", secret) }, ErrInvalid, "must not be empty"},
		{func() (*User, error) { return a.Add("a:b", Auditor, "", secret) }, ErrInvalid, "name: "},
		{func() (*User, error) { return a.Add("-rf", Auditor, "", secret) }, ErrInvalid, "name: "},
		{func() (*User, error) { return a.Add("a b", Auditor, "", secret) }, ErrInvalid, "name: "},
		{func() (*User, error) { return a.Add("a\u202eb", Auditor, "", secret) }, ErrInvalid, "name: "},
		{func() (*User, error) { return a.Add(strings.Repeat("汉", 65), Auditor, "", secret) }, ErrInvalid, "64"},
		{func() (*User, error) { return a.Add("b", Officer, "", secret) }, ErrInvalid, "badge: "},
		{func() (*User, error) { return a.Add("b", Officer, "7\n", secret) }, ErrInvalid, "printable"},
		{func() (*User, error) { return a.Add("b", "root", "", secret) }, ErrInvalid, `not "root"`},
		{func() (*User, error) { return a.Add("b", Auditor, "", "123456789") }, ErrInvalid, "at least 10"},
		{func() (*User, error) { return a.Add("b", Auditor, "", strings.Repeat("汉字", 13)) }, ErrInvalid, "72 bytes"},
		{func() (*User, error) { return a.Add("bob", Auditor, "", "hello BOB hello") }, ErrInvalid, "name"},
		{func() (*User, error) { return a.Add("b", Auditor, "", "aaaaaaaaaaaa") }, ErrInvalid, "over and over"},
		{func() (*User, error) { return a.Add("b", Auditor, "", "12345678\t0") }, ErrInvalid, "typed"},
		{func() (*User, error) { return a.SetPassword("li.na", "short") }, ErrInvalid, "at least 10"},
		{func() (*User, error) { return a.SetPassword("nobody", secret) }, ErrUnknown, "no such"},
		{func() (*User, error) { return a.SetRole("li.na", "x", "") }, ErrInvalid, "role: "},
		{func() (*User, error) { return a.SetRole("nobody", Auditor, "") }, ErrUnknown, "no such"},
		{func() (*User, error) { return a.Disable("nobody") }, ErrUnknown, "no such"},
		{func() (*User, error) { return a.Remove("nobody") }, ErrUnknown, "no such"},
	} {
		if _, err := test.do(); !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("got %v, want %v that says %q", err, test.want, test.says)
		}
	}
	if got := names(a.List()); !slices.Equal(got, []string{"li.na officer 7"}) {
		t.Errorf("what was refused left %q", got)
	}
	for _, fits := range []string{"0123456789", strings.Repeat("汉", 24)} {
		must(a.SetPassword("li.na", fits))(t)
		must(signIn(t, a, "li.na", fits))(t)
	}
	if _, err := signIn(t, a, "li.na", strings.Repeat("汉", 24)+"x"); !errors.Is(err, ErrSignIn) {
		t.Errorf("72 bytes and one that does not count: %v", err)
	}
}

func TestFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, fileName)
	a := open(t, dir)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is a file before there is an account: %v", err)
	}
	// What a power cut left in the middle of a change is in nobody's way.
	if err := os.WriteFile(path+".new", []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	must(a.Add("li.na", Officer, "7", secret))(t)
	data := string(must(os.ReadFile(path))(t))
	if strings.Contains(data, secret) || !strings.Contains(data, `"password": "$2a$04$`) || !strings.Contains(data, `"version": 1`) {
		t.Errorf("the file is\n%s", data)
	}
	if st := must(os.Stat(path))(t); st.Mode() != 0o600 {
		t.Errorf("mode %s", st.Mode())
	}
	if list := must(os.ReadDir(dir))(t); len(list) != 1 {
		t.Errorf("left in the folder: %v", list)
	}
}

func TestFileThatOthersRead(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, fileName)
	must(open(t, dir).Add("li.na", Officer, "7", secret))(t)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	var logged strings.Builder
	must(Open(Options{Dir: dir, Logger: slog.New(slog.NewTextHandler(&logged, nil))}))(t)
	if st := must(os.Stat(path))(t); st.Mode() != 0o600 || !strings.Contains(logged.String(), "rw-r--r--") {
		t.Errorf("mode %s, logged %q", st.Mode(), logged.String())
	}
}

func TestDamagedFile(t *testing.T) {
	user := `{"name": "a", "role": "auditor", "password": "$2a$04$` + strings.Repeat("a", 53) + `", "created_at": "2026-11-24T02:00:00Z", "password_at": "2026-11-24T02:00:00Z"}`
	for text, says := range map[string]string{
		"":                       "EOF",
		"{":                      "unexpected EOF",
		"null":                   "version 0",
		"[]":                     "cannot unmarshal",
		`{"users": []}`:          "version 0",
		`{"version": 2}`:         "version 2",
		`{"version": 1} x`:       "follows the end",
		`{"version": 1, "x": 1}`: `unknown field "x"`,
		`{"version": 1, "users": [` + strings.Replace(user, `"role"`, `"rank": 1, "role"`, 1) + `]}`: `unknown field "rank"`,
		`{"version": 1, "users": [` + strings.Replace(user, `auditor`, `officer`, 1) + `]}`:          `user "a": badge: `,
		`{"version": 1, "users": [` + strings.Replace(user, `auditor`, `root`, 1) + `]}`:             "role: ",
		`{"version": 1, "users": [` + strings.Replace(user, `"a"`, `"A"`, 1) + `]}`:                  "lower case",
		`{"version": 1, "users": [` + strings.Replace(user, `$2a$`, `plain`, 1) + `]}`:               "password: ",
		`{"version": 1, "users": [` + user + "," + user + `]}`:                                       "already",
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, fileName)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(Options{Dir: dir})
		if !errors.Is(err, ErrFile) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, want ErrFile that says %q", text, err, says)
		}
	}
	// The user that the cases spoil is one.
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, fileName), []byte(`{"version": 1, "users": [`+user+`]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := names(open(t, dir).List()); !slices.Equal(got, []string{"a auditor "}) {
		t.Errorf("a good file has %q", got)
	}
}

// What could not be put on the disk has not happened.
func TestChangeThatIsNotKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	a := open(t, dir)
	must(a.Add("li.na", Officer, "7", secret))(t)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Disable("li.na"); err == nil {
		t.Error("no error")
	}
	must(signIn(t, a, "li.na", secret))(t)
}

// What root adds while the daemon is stopped is the daemon's.
func TestFileHasTheFoldersOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	dir := t.TempDir()
	if err := os.Chown(dir, 12345, 12346); err != nil {
		t.Fatal(err)
	}
	must(open(t, dir).Add("li.na", Officer, "7", secret))(t)
	st := must(os.Stat(filepath.Join(dir, fileName)))(t)
	if sys := st.Sys().(*syscall.Stat_t); sys.Uid != 12345 || sys.Gid != 12346 || st.Mode() != 0o600 {
		t.Errorf("owner %d:%d, mode %s", sys.Uid, sys.Gid, st.Mode())
	}
}

// A refusal costs the same whatever the reason, so that nobody can tell which
// names there are. Time depends on the machine; what is allocated for a hash
// does not.
func TestRefusalsCostTheSame(t *testing.T) {
	a := open(t, "")
	must(a.Add("li.na", Officer, "7", secret))(t)
	must(a.Add("chen", Auditor, "", secret))(t)
	must(a.Disable("chen"))(t)
	address := 0
	cost := func(name, password string) float64 {
		return testing.AllocsPerRun(10, func() {
			address++
			if _, err := a.SignIn(t.Context(), name, password, fmt.Sprint("198.51.100.", address)); !errors.Is(err, ErrSignIn) {
				t.Fatalf("%s: %v", name, err)
			}
		})
	}
	want := cost("li.na", "wrong password")
	for name, password := range map[string]string{"nobody": secret, "chen": secret, "li.na": strings.Repeat("x", 73)} {
		// The limits of a name or address that is new are allocated, too.
		if got := cost(name, password); got < want-2 || got > want+2 {
			t.Errorf("%s costs %.0f allocations, a wrong password %.0f", name, got, want)
		}
	}
}

func TestDecoyIsLikeAHash(t *testing.T) {
	hash := decoy(defaultCost)
	if cost, err := bcrypt.Cost(hash); err != nil || cost != defaultCost || len(hash) != 60 {
		t.Errorf("%s: cost %d, %v", hash, cost, err)
	}
	if err := bcrypt.CompareHashAndPassword(decoy(bcrypt.MinCost), []byte(secret)); !errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		t.Errorf("it is not compared: %v", err)
	}
}
