package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// screen is what a writer shows text on.
type screen struct {
	terminal bool
	color    bool
	width    int // in cells
}

// plainWidth is how wide tables are where there is no terminal to ask.
const plainWidth = 80

// screenOf asks the terminal behind w, if it is one.
func (a *app) screenOf(w io.Writer) screen {
	s := screen{width: plainWidth}
	f, ok := w.(*os.File)
	if !ok {
		return s
	}
	if _, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS); err != nil {
		return s
	}
	s.terminal = true
	s.color = a.getenv("NO_COLOR") == "" && a.getenv("TERM") != "dumb"
	if size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ); err == nil && size.Col > 0 {
		s.width = int(size.Col)
	}
	return s
}

// style is how a cell stands out, as the parameter of an SGR sequence.
type style string

const (
	plain  style = ""
	red    style = "31"
	yellow style = "33"
)

func (s style) paint(text string) string {
	if s == plain {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// column says how a column gives way when a table is too wide.
type column struct {
	head   string
	right  bool // for numbers
	least  int  // cells to which it is cut before columns are left out; 0: never cut
	middle bool // cut in the middle, for names
	drop   int  // once cutting is not enough, columns are left out, 1 first; 0: never
}

// cell is one field of a row; style is seen on terminals with color only.
type cell struct {
	text  string
	style style
}

// table is rows under heads, fitted to a width.
type table struct {
	columns []column
	rows    [][]cell
}

// gap is what stands between columns.
const gap = "  "

// add takes a row; what is in it is made printable.
func (t *table) add(row ...cell) {
	for i := range row {
		row[i].text = printable(row[i].text)
	}
	t.rows = append(t.rows, row)
}

// write draws the table for s.
func (t *table) write(w io.Writer, s screen) error {
	widths := t.fit(s.width)
	b := bufio.NewWriter(w)
	heads := make([]cell, len(t.columns))
	for i, c := range t.columns {
		heads[i].text = c.head
	}
	t.line(b, heads, widths, false)
	for _, row := range t.rows {
		t.line(b, row, widths, s.color)
	}
	return b.Flush() // also says what went wrong in a line
}

// line writes one row. It ends with its last text, without blanks: they would
// wrap on a terminal that was made narrower.
func (t *table) line(b *bufio.Writer, row []cell, widths []int, color bool) {
	var line, pad strings.Builder // pad is written once something follows it
	for i, c := range t.columns {
		if widths[i] == 0 {
			continue
		}
		text := row[i].text
		if c.middle {
			text = cutMiddle(text, widths[i])
		} else {
			text = cutText(text, widths[i])
		}
		fill := strings.Repeat(" ", widths[i]-textWidth(text))
		// Padding goes by cells and not by bytes, and stays outside of the color.
		if c.right {
			pad.WriteString(fill)
		}
		if text != "" {
			line.WriteString(pad.String())
			pad.Reset()
			if color {
				text = row[i].style.paint(text)
			}
			line.WriteString(text)
		}
		if !c.right {
			pad.WriteString(fill)
		}
		pad.WriteString(gap)
	}
	fmt.Fprintln(b, line.String())
}

// fit returns the columns' widths for a line of width cells, 0 for those left
// out. Empty columns are left out in any case.
func (t *table) fit(width int) []int {
	widths := make([]int, len(t.columns))
	for _, row := range t.rows {
		for i := range t.columns {
			widths[i] = max(widths[i], textWidth(row[i].text))
		}
	}
	for i, c := range t.columns {
		if widths[i] > 0 || len(t.rows) == 0 {
			widths[i] = max(widths[i], textWidth(c.head))
		}
	}
	for {
		fitted := slices.Clone(widths)
		t.shrink(fitted, width, func(c column) int { return c.least })
		if lineWidth(fitted) <= width {
			return fitted
		}
		i := t.expendable(widths)
		if i < 0 {
			t.shrink(fitted, width, func(column) int { return 0 })
			return fitted
		}
		widths[i] = 0 // its cells go to those that were cut
	}
}

// shrink takes cells from the widest column that may be cut, until the line
// fits or none may. No column gets narrower than its head.
func (t *table) shrink(widths []int, width int, least func(column) int) {
	for lineWidth(widths) > width {
		widest := -1
		for i, c := range t.columns {
			if c.least > 0 && widths[i] > max(least(c), textWidth(c.head)) && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		widths[widest]--
	}
}

// expendable returns the column to leave out next, -1 when all are needed.
func (t *table) expendable(widths []int) int {
	next := -1
	for i, c := range t.columns {
		if widths[i] > 0 && c.drop > 0 && (next < 0 || c.drop < t.columns[next].drop) {
			next = i
		}
	}
	return next
}

// lineWidth is how many cells a line with these columns takes.
func lineWidth(widths []int) (n int) {
	for _, w := range widths {
		if w > 0 {
			n += w + len(gap)
		}
	}
	return n - len(gap)
}
