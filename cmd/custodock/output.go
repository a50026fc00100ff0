package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// The forms in which an answer is printed.
const (
	asTable = "table"
	asJSON  = "json"
	asCSV   = "csv"
	asYAML  = "yaml"
	asText  = "text"
)

// choice is a flag that takes one of a few words.
type choice struct {
	value   string
	allowed []string
}

func (c *choice) String() string { return c.value }
func (c *choice) Type() string   { return strings.Join(c.allowed, "|") }

func (c *choice) Set(s string) error {
	if !slices.Contains(c.allowed, s) {
		return fmt.Errorf("must be one of %s", strings.Join(c.allowed, ", "))
	}
	c.value = s
	return nil
}

// csvHelp is in the help of every command that prints CSV.
const csvHelp = "\n\nIn CSV, text that a spreadsheet would take for a formula has a ' before it."

// addOutput adds -o to cmd; the first of the forms is the default.
func addOutput(cmd *cobra.Command, forms ...string) *choice {
	c := &choice{forms[0], forms}
	cmd.Flags().VarP(c, "output", "o", "how the answer is printed")
	if slices.Contains(forms, asCSV) {
		cmd.Long = strings.TrimSuffix(cmd.Long, "\n")
		if cmd.Long == "" {
			cmd.Long = strings.ToUpper(cmd.Short[:1]) + cmd.Short[1:] + "."
		}
		cmd.Long += csvHelp
	}
	return c
}

// field is a column of CSV: its head, and where in the JSON object it is.
type field struct{ head, path string }

// fields makes columns that are called as in the JSON; "officer=holder.name"
// is one that is not.
func fields(list string) (out []field) {
	for _, f := range strings.Fields(list) {
		head, path, renamed := strings.Cut(f, "=")
		if !renamed {
			path = head
		}
		out = append(out, field{head, path})
	}
	return out
}

// rawWriter prints JSON objects as the API gave them, one by one: as an array,
// or as CSV (RFC 4180, but with lines that end as they do on Unix).
type rawWriter struct {
	out    *bufio.Writer
	csv    *csv.Writer // nil for JSON
	fields []field
	n      int
}

// newRawWriter prints to w in the form asJSON or asCSV; fields are for CSV.
func newRawWriter(w io.Writer, form string, fields []field) *rawWriter {
	r := &rawWriter{out: bufio.NewWriter(w), fields: fields}
	if form == asCSV {
		r.csv = csv.NewWriter(r.out)
	}
	return r
}

// add takes objects as they come: a listing may be longer than fits into memory.
func (r *rawWriter) add(objects ...json.RawMessage) error {
	for _, object := range objects {
		before := ",\n  "
		if r.n == 0 {
			before = "[\n  "
		}
		r.n++
		var err error
		if r.csv != nil {
			err = r.row(object)
		} else {
			_, err = r.out.WriteString(before + indentJSON(object, "  "))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// row is one object as a line of CSV. Heads come first, and also when there is
// no row at all: see end.
func (r *rawWriter) row(object json.RawMessage) error {
	if r.n == 1 {
		if err := r.heads(); err != nil {
			return err
		}
	}
	values, err := decodeObject(object)
	if err != nil {
		return err
	}
	row := make([]string, len(r.fields))
	for i, f := range r.fields {
		row[i] = csvText(lookUp(values, f.path))
	}
	return r.csv.Write(row)
}

func (r *rawWriter) heads() error {
	heads := make([]string, len(r.fields))
	for i, f := range r.fields {
		heads[i] = f.head
	}
	return r.csv.Write(heads)
}

// end completes the output.
func (r *rawWriter) end() error {
	var err error
	switch {
	case r.csv != nil && r.n == 0:
		err = r.heads()
	case r.csv != nil:
	case r.n == 0:
		_, err = r.out.WriteString("[]\n")
	default:
		_, err = r.out.WriteString("\n]\n")
	}
	if err != nil {
		return err
	}
	if r.csv != nil {
		r.csv.Flush()
		if err := r.csv.Error(); err != nil {
			return err
		}
	}
	return r.out.Flush()
}

// printRaw prints a whole answer: an object as it is, or objects as CSV.
func printRaw(w io.Writer, form string, fields []field, whole json.RawMessage, rows ...json.RawMessage) error {
	if form == asJSON {
		_, err := io.WriteString(w, indentJSON(whole, "")+"\n")
		return err
	}
	r := newRawWriter(w, form, fields)
	if err := r.add(rows...); err != nil {
		return err
	}
	return r.end()
}

// decodeObject reads an object whatever its fields: those that this program
// does not know yet, such as extension, are columns too.
func decodeObject(object json.RawMessage) (values map[string]any, err error) {
	d := json.NewDecoder(bytes.NewReader(object))
	d.UseNumber() // numbers stay as they are written
	if err := d.Decode(&values); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	return values, nil
}

// lookUp returns what is at a path such as holder.badge, nil when it is absent.
func lookUp(values map[string]any, path string) any {
	name, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		return values[name]
	}
	inner, _ := values[name].(map[string]any)
	return lookUp(inner, rest)
}

// formula is what spreadsheets begin formulas with; they take the wide forms
// of Chinese keyboards, too. A camera's names must not become one
// (https://owasp.org/www-community/attacks/CSV_Injection).
const formula = "=+-@\uff1d\uff0b\uff0d\uff20"

// csvText is a JSON value as a field. What has parts stays JSON; what is
// unknown is empty, never zero.
func csvText(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		v = printable(v)
		if r, _ := utf8.DecodeRuneInString(v); v != "" && strings.ContainsRune(formula, r) {
			return "'" + v
		}
		return v
	case json.Number, bool:
		return fmt.Sprint(v)
	}
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return printable(string(text))
}

// indentJSON lays JSON out for people. What a terminal would obey is written
// as \u escapes: the value is the same.
func indentJSON(raw json.RawMessage, prefix string) string {
	var b bytes.Buffer
	if err := json.Indent(&b, bytes.TrimSpace(raw), prefix, "  "); err != nil {
		return string(raw)
	}
	// The line breaks are the layout: JSON has none inside of strings.
	return strings.Join(escapeLines(strings.Split(b.String(), "\n")), "\n")
}

// escapeLines writes what is not graphic as JSON does: UTF-16 in hexadecimal.
func escapeLines(lines []string) []string {
	for i, line := range lines {
		if !strings.ContainsFunc(line, notGraphic) {
			continue
		}
		var b strings.Builder
		for _, r := range line {
			if !notGraphic(r) {
				b.WriteRune(r)
				continue
			}
			for _, unit := range utf16.AppendRune(nil, r) {
				fmt.Fprintf(&b, `\u%04x`, unit)
			}
		}
		lines[i] = b.String()
	}
	return lines
}
