package main

import (
	"fmt"
	"io"
	"strings"
)

// sheet is what is known of one thing, as labelled lines under titles. Nothing
// on it is cut.
type sheet struct {
	b     strings.Builder
	lines [][2]string // of the section under way
}

// title begins a section.
func (s *sheet) title(format string, args ...any) {
	s.flush()
	if s.b.Len() > 0 {
		s.b.WriteByte('\n')
	}
	s.b.WriteString(fmt.Sprintf(format, args...) + "\n")
}

// row adds a line, unless there is nothing to say.
func (s *sheet) row(label string, values ...string) {
	if value := sentence(values...); value != "" {
		s.lines = append(s.lines, [2]string{printable(label), printable(value)})
	}
}

// sentence puts commas between what is not empty.
func sentence(parts ...string) string {
	var said []string
	for _, p := range parts {
		if p != "" {
			said = append(said, p)
		}
	}
	return strings.Join(said, ", ")
}

// because adds a reason, if there is one.
func because(text, reason string) string {
	if text == "" || reason == "" {
		return text
	}
	return text + ": " + reason
}

func (s *sheet) flush() {
	wide := 0
	for _, l := range s.lines {
		wide = max(wide, textWidth(l[0]))
	}
	for _, l := range s.lines {
		fmt.Fprintf(&s.b, "  %s%s  %s\n", l[0], strings.Repeat(" ", wide-textWidth(l[0])), l[1])
	}
	s.lines = nil
}

func (s *sheet) write(w io.Writer) error {
	s.flush()
	_, err := io.WriteString(w, s.b.String())
	return err
}
