package main

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// testTable has a column of each sort.
func testTable(rows ...[]cell) *table {
	t := &table{columns: []column{
		{head: "DUE"}, {head: "NAME", least: 6, middle: true}, {head: "SIZE", right: true, drop: 1}, {head: "NOTE", least: 5}, {head: "GONE"},
	}}
	for _, r := range rows {
		t.add(r...)
	}
	return t
}

func draw(t *testing.T, tab *table, s screen) string {
	t.Helper()
	var b strings.Builder
	if err := tab.write(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTable(t *testing.T) {
	rows := func() *table {
		return testTable(
			[]cell{{"11-20", red}, {"A0001.MP4", plain}, {"1 B", plain}, {"", plain}, {}},
			[]cell{{"11-21", plain}, {"北门执法记录.MP4", plain}, {"20 KiB", plain}, {"a\x1b[1m", plain}, {}})
	}
	for _, test := range []struct {
		name string
		s    screen
		want string
	}{
		{"wide", screen{width: 80}, `
DUE    NAME                SIZE  NOTE
11-20  A0001.MP4            1 B
11-21  北门执法记录.MP4  20 KiB  a\x1b[1m
`},
		{"cut", screen{width: 35}, `
DUE    NAME          SIZE  NOTE
11-20  A0001.MP4      1 B
11-21  北…录.MP4   20 KiB  a\x1b[1m
`},
		{"column left out", screen{width: 25}, `
DUE    NAME      NOTE
11-20  A00….MP4
11-21  北….MP4   a\x1b[1m
`},
		{"no room at all", screen{width: 5}, `
DUE    NAME  NOTE
11-20  A…P4
11-21  …P4   a\x…
`},
		{"color", screen{width: 80, color: true}, "\nDUE    NAME                SIZE  NOTE\n" +
			"\x1b[31m11-20\x1b[0m  A0001.MP4            1 B\n" +
			"11-21  北门执法记录.MP4  20 KiB  a\\x1b[1m\n"},
	} {
		if got := draw(t, rows(), test.s); got != test.want[1:] {
			t.Errorf("%s: got\n%s\nwant%s", test.name, got, test.want)
		}
	}
}

// Where columns can give way enough, no line is wider than the screen, and
// what fits is not cut.
func TestTableFits(t *testing.T) {
	words := rapid.StringOf(rapid.SampledFrom([]rune("aZ0.北门\u0301")))
	rapid.Check(t, func(t *rapid.T) {
		tab := testTable()
		for range rapid.IntRange(1, 5).Draw(t, "rows") {
			tab.add(cell{"11-20", red}, cell{words.Draw(t, "name"), plain}, cell{"1 KiB", plain}, cell{words.Draw(t, "note"), plain}, cell{})
		}
		width := rapid.IntRange(20, 60).Draw(t, "width")
		widths := tab.fit(width)
		if lineWidth(widths) > width {
			t.Fatalf("%v are more than %d cells", widths, width)
		}
		natural := tab.fit(1 << 20)
		if lineWidth(natural) <= width && lineWidth(widths) != lineWidth(natural) {
			t.Fatalf("%v fit into %d cells and became %v", natural, width, widths)
		}
	})
}
