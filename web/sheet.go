package web

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// paint renders a part of the bays' page in a language, by its index.
type paint func(lang int, part string, data any) string

// paint is the one that pages are made with, too.
func (s *screens) paint(lang int, part string, data any) string {
	var out bytes.Buffer
	if err := s.pages[lang]["bays"].ExecuteTemplate(&out, part, data); err != nil {
		panic(fmt.Errorf("show the %s of the bays: %w", part, err)) // a template of ours
	}
	return out.String()
}

// sheet is a board as pages of one language show it.
type sheet struct {
	board board
	head  string
	tiles []string
	none  string // instead of tiles
}

// turn makes the sheet show b. It returns what pages must swap in that show
// what the sheet showed before: nothing when b looks the same.
func (s *sheet) turn(b board, paint paint, lang int) (changes string) {
	var out strings.Builder
	old := s.board
	begin := s.head == ""
	if begin || old.Head != b.Head {
		s.head = paint(lang, "well", b.Head)
		out.WriteString(swapped(s.head))
	}
	s.board = b
	if begin || !slices.EqualFunc(old.Tiles, b.Tiles, func(x, y tile) bool { return x.Bay == y.Bay }) {
		s.tiles = make([]string, len(b.Tiles))
		for i, t := range b.Tiles {
			s.tiles[i] = paint(lang, "tile", t)
		}
		s.none = paint(lang, "none", nil)
		out.WriteString(swapped(s.list()))
		return out.String()
	}
	for i, t := range b.Tiles {
		if t != old.Tiles[i] {
			s.tiles[i] = paint(lang, "tile", t)
			out.WriteString(swapped(s.tiles[i]))
		}
	}
	return out.String()
}

// whole is all that the sheet shows.
func (s *sheet) whole() string { return swapped(s.head) + swapped(s.list()) }

// list is the list in pages/bays.html, made of tiles that are there already.
func (s *sheet) list() string {
	content := strings.Join(s.tiles, "")
	if content == "" {
		content = s.none
	}
	return `<ul id="bays" class="bays ` + sizeClass(len(s.tiles)) + `">` + content + `</ul>`
}

// swapped marks an element as one that replaces the one with its id. The mark
// cannot be in the template: within the list tiles would be swapped apart from it.
func swapped(element string) string {
	element = strings.TrimSpace(element)
	name := strings.IndexByte(element, ' ')
	return element[:name] + ` hx-swap-oob="true"` + element[name:]
}

// sizes are the numbers of bays that the large screen is divided for; see
// bays.css.
var sizes = []int{1, 2, 4, 6, 8, 12, 16, 24, 32, 40, 48, 64}

// sizeClass is the class of a list with n bays.
func sizeClass(n int) string {
	i, _ := slices.BinarySearch(sizes, n)
	if i == len(sizes) {
		return "of-many"
	}
	return "of-" + strconv.Itoa(sizes[i])
}

// Size is the class of the list.
func (b board) Size() string { return sizeClass(len(b.Tiles)) }
