// Package screens looks at the pages with a real browser: Debian's chromium,
// led by chromedp, at a real station with simulated cameras. Nothing in it is
// built into the program.
package screens
