//go:build e2e

package screens

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"golang.org/x/crypto/bcrypt"

	"custodock/device/simcam"
	"custodock/web/account"
)

// A person signs in with the keyboard alone, is led to where they wanted to go,
// and signs out. What is wrong is said.
func TestSignIn(t *testing.T) {
	accounts, err := account.Open(account.Options{Cost: bcrypt.MinCost})
	if err != nil {
		t.Fatal(err)
	}
	s := &station{t: t, dir: t.TempDir(), bays: 4, addr: "127.0.0.1:0", dock: simcam.NewDock(), accounts: accounts}
	s.start()
	t.Cleanup(s.end)
	for _, language := range []string{"en", "zh"} {
		b := openBrowser(t, language)
		look := func(name string) {
			for _, width := range []int64{390, 1280} {
				b.window(width, 800)
				if wide := eval[int64](b, "document.documentElement.scrollWidth"); wide > width {
					t.Errorf("%s: at %d pixels it is %d wide", name, width, wide)
				}
				b.accessible()
			}
			b.whole()
		}
		if language == "en" {
			b.open(s.url("/sign-in"))
			b.text("custodock user add")
			look("signin-first")
			if _, err := accounts.Add("li.na", account.Auditor, "", "correct horse"); err != nil {
				t.Fatal(err)
			}
		}
		b.open(s.url("/reports/deadlines?from=2026-11-01"))
		b.await("the sign-in page", `location.pathname === "/sign-in" && document.activeElement.name === "name"`)
		look("signin")
		b.do(chromedp.KeyEvent("li.na\twrong password"+kb.Enter), chromedp.WaitVisible("#wrong"))
		b.await("the password's turn", `document.activeElement.name === "password"`)
		look("signin-wrong")
		b.do(chromedp.KeyEvent("correct horse"+kb.Enter), chromedp.WaitVisible("table.figures"))
		b.await("the report", `location.pathname === "/reports/deadlines" && location.search === "?from=2026-11-01"`)
		b.open(s.url("/"))
		b.text("li.na")
		look("signed-in")
		b.click("form[action='/sign-out'] button")
		b.do(chromedp.WaitVisible("a[href^='/sign-in']"))
		b.open(s.url("/api/v1/status"))
		b.text("needs an account")
	}
}
