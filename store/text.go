package store

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText bounds what a person may enter, in characters.
const maxText = 200

// checkText says what is wrong with what a person entered for a field.
func checkText(field, text string, required bool) error {
	switch {
	case required && strings.TrimSpace(text) == "":
		return fieldErrorf(field, "must not be empty")
	case !utf8.ValidString(text):
		return fieldErrorf(field, "must be UTF-8")
	case utf8.RuneCountInString(text) > maxText:
		return fieldErrorf(field, "must be at most %d characters", maxText)
	case strings.ContainsFunc(text, isControl):
		return fieldErrorf(field, "must not contain control characters")
	}
	return nil
}

// isControl also finds what only changes how the text around it is shown.
func isControl(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}
