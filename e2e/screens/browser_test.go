//go:build e2e

package screens

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"golang.org/x/sync/errgroup"
)

// patience is how long something may take that is awaited; nothing waits for
// so long unless it fails.
const patience = 60 * time.Second

// browser is one window of chromium, with a profile of its own.
type browser struct {
	t   *testing.T
	ctx context.Context //nolint:containedctx // it is the browser: chromedp keeps it there
}

// openBrowser starts chromium. Whatever its console then says of errors, such
// as what the page's policy forbids, fails the test; that a station is gone
// is no error of the page.
func openBrowser(t *testing.T, languages string) *browser {
	t.Helper()
	allocator, end := chromedp.NewExecAllocator(context.Background(),
		chromedp.NoSandbox, // tests run as root
		chromedp.DisableGPU,
		chromedp.Headless,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
		chromedp.Flag("force-color-profile", "srgb"),
		chromedp.Flag("hide-scrollbars", true),
	)
	t.Cleanup(end)
	ctx, cancel := chromedp.NewContext(allocator)
	b := &browser{t, ctx}
	var said errgroup.Group
	messages := chromedp.Console(ctx) // starts the browser
	said.Go(func() error {
		for m, err := range messages {
			if err == nil && (m.Type == chromedp.ConsoleError || m.Type == chromedp.ConsoleException) && !isBreak(m.Text) {
				t.Errorf("the browser's console says: %s", m.Text)
			}
		}
		return nil
	})
	t.Cleanup(func() {
		cancel()
		_ = said.Wait() // it has no error
	})
	call(b, network.Enable, network.EnableParams{})
	call(b, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": languages}})
	return b
}

// isBreak reports whether a message is about a connection that broke, as the
// browser and htmx's extension put it.
func isBreak(text string) bool {
	return strings.Contains(text, "Failed to load resource") || text == "[object Event]"
}

// do has the browser do something, or fails.
func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// call is one command of the DevTools protocol.
func call[P, R any](b *browser, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		b.t.Fatal(err)
	}
	return result
}

// open goes to an address.
func (b *browser) open(url string) {
	b.t.Helper()
	b.do(chromedp.Navigate(url))
}

// window makes the window so big, in CSS pixels.
func (b *browser) window(width, height int64) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, height))
}

// theme is what the device prefers: "light" or "dark".
func (b *browser) theme(name string) {
	b.t.Helper()
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
	})
}

// eval returns what a script, or its promise, comes to.
func eval[T any](b *browser, script string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatal(err)
	}
	return value
}

// await waits until a script is true, over pages that are left meanwhile.
func (b *browser) await(what, script string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	poll := chromedp.Poll[bool]("!!("+script+")", chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(patience))
	for {
		_, err := chromedp.Run(ctx, poll)
		if err == nil {
			return
		}
		if ctx.Err() == nil && !errors.Is(err, chromedp.ErrPollingTimeout) {
			continue // the page was left while it was asked
		}
		b.keep("failed")
		b.t.Fatalf("waited in vain for %s: %v\n%s", what, err, eval[string](b, "document.body.innerText"))
	}
}

// text awaits that the page says something.
func (b *browser) text(says string) {
	b.t.Helper()
	b.await(fmt.Sprintf("%q", says), fmt.Sprintf("document.body.innerText.includes(%q)", says))
}

// click clicks on what a selector finds.
func (b *browser) click(selector string) {
	b.t.Helper()
	b.do(chromedp.Click(selector, chromedp.NodeVisible))
}

// shot takes a picture of the whole page.
func (b *browser) shot() (png []byte) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatal(err)
	}
	return png
}

// keep leaves a picture where a person finds it after a failure.
func (b *browser) keep(name string) {
	b.t.Helper()
	dir := filepath.Join("..", "..", "var", "screens")
	file := filepath.Join(dir, strings.ReplaceAll(b.t.Name(), "/", "_")+"-"+name+".png")
	png := b.shot()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.t.Log(err)
	}
	if err := os.WriteFile(file, png, 0o644); err != nil {
		b.t.Log(err)
	}
	b.t.Logf("see %s", file)
}

// axe is axe-core, by Deque: it finds what is in the way of people who cannot
// see, or use no mouse.
//
//go:embed testdata/axe.min.js
var axe string

// finding is one thing that axe found.
type finding struct {
	ID     string
	Impact string
	Help   string
	Nodes  []struct{ HTML, FailureSummary string }
}

// accessible fails on what axe calls serious or critical.
func (b *browser) accessible() {
	b.t.Helper()
	eval[int](b, axe+"\n;0")
	report := eval[string](b, `axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations))`)
	var found []finding
	if err := json.Unmarshal([]byte(report), &found); err != nil {
		b.t.Fatal(err)
	}
	for _, f := range found {
		if f.Impact != "serious" && f.Impact != "critical" {
			b.t.Logf("axe, %s: %s", f.Impact, f.Help)
			continue
		}
		for _, node := range f.Nodes[:min(3, len(f.Nodes))] {
			b.t.Errorf("axe, %s, %s: %s\n%s\n%s", f.Impact, f.ID, f.Help, node.HTML, node.FailureSummary)
		}
	}
}
