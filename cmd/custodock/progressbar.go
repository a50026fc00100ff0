package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"custodock/store"
)

// How the bar is drawn. Ten times a second is smooth, and cheap over a slow line.
const (
	drawEvery = 100 * time.Millisecond
	longBar   = 40 // cells; a longer bar says no more
	shortBar  = 10
	eraseLine = "\r\x1b[K"
)

// progressBar shows on a terminal how far long work has come. Elsewhere it
// shows nothing.
type progressBar struct {
	w       io.Writer
	width   int // of the terminal; 0: there is none
	started time.Time
	drawn   time.Time
}

func (a *app) newProgressBar() *progressBar {
	p := &progressBar{w: a.stderr, started: time.Now()}
	if s := a.screenOf(a.stderr); s.terminal && a.getenv("TERM") != "dumb" {
		p.width = s.width
	}
	return p
}

// show draws the bar, but not too often.
func (p *progressBar) show(done store.Progress) {
	now := time.Now()
	if p.width == 0 || now.Sub(p.drawn) < drawEvery {
		return
	}
	p.drawn = now
	// The last cell stays free: some terminals wrap when it is written.
	fmt.Fprint(p.w, eraseLine+barLine(done, now.Sub(p.started), p.width-1))
}

// clear takes the bar away, for what comes after it.
func (p *progressBar) clear() {
	if !p.drawn.IsZero() {
		fmt.Fprint(p.w, eraseLine)
	}
}

// barLine is the bar in width cells: how much of all, how fast, how long yet.
func barLine(p store.Progress, elapsed time.Duration, width int) string {
	share := shareOf(p)
	facts := []string{fmt.Sprintf("%3.0f %%", share*100), fmt.Sprintf("%d of %d clips", p.Clips, p.TotalClips)}
	if p.TotalBytes > 0 {
		facts[1] = fmt.Sprintf("%s of %s", bytesText(p.Bytes), bytesText(p.TotalBytes))
	}
	// A rate of the first moment would promise anything.
	if elapsed >= time.Second && share > 0 {
		if p.Bytes > 0 {
			facts = append(facts, bytesText(int64(float64(p.Bytes)/elapsed.Seconds()))+"/s")
		}
		facts = append(facts, durationText(time.Duration(float64(elapsed)*(1-share)/share))+" left")
	}
	text := strings.Join(facts, gap)
	room := min(width-textWidth(text)-len("[] "), longBar)
	if room < shortBar {
		return cutText(text, width)
	}
	full := int(share * float64(room))
	return "[" + strings.Repeat("#", full) + strings.Repeat("-", room-full) + "] " + text
}

// shareOf is how much is done, 0 to 1: by bytes, or by clips where none are read.
func shareOf(p store.Progress) float64 {
	switch {
	case p.TotalBytes > 0:
		return min(float64(p.Bytes)/float64(p.TotalBytes), 1)
	case p.TotalClips > 0:
		return min(float64(p.Clips)/float64(p.TotalClips), 1)
	}
	return 0
}
