package main

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCSV(t *testing.T) {
	row := json.RawMessage(`{"name":"=cmd|' /C calc'!A0","note":"＝1","minus":"-1","at":"@x","plus":"+86","size":-5,
		"rate":0.10,"big":12345678901234567890,"ok":true,"quote":"a\"b,c","bad":"a\u001b[1m\nb","holder":{"name":"王伟"},"list":[1,"x"],"null":null}`)
	var b strings.Builder
	err := printRaw(&b, asCSV, fields("name note minus at plus size rate big ok quote bad officer=holder.name list null absent x=size.deeper"), nil, row)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"'=cmd|' /C calc'!A0", "'＝1", "'-1", "'@x", "'+86", "-5", "0.10", "12345678901234567890", "true",
		`a"b,c`, `a\x1b[1m\x0ab`, "王伟", `[1,"x"]`, "", "", ""}
	for i, got := range rows[1] {
		if got != want[i] {
			t.Errorf("%s: got %q, want %q", rows[0][i], got, want[i])
		}
	}
	if len(rows) != 2 || len(rows[1]) != len(want) {
		t.Errorf("got %d rows, the first of %d columns", len(rows), len(rows[1]))
	}
}

func TestRawWriterJSON(t *testing.T) {
	for n, want := range []string{"[]\n", "[\n  {\n    \"a\": 1\n  }\n]\n", "[\n  {\n    \"a\": 1\n  },\n  {\n    \"a\": 1\n  }\n]\n"} {
		var b strings.Builder
		w := newRawWriter(&b, asJSON, nil)
		for range n {
			if err := w.add(json.RawMessage(`{"a":1}`)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.end(); err != nil {
			t.Fatal(err)
		}
		if b.String() != want {
			t.Errorf("%d: got %q, want %q", n, b.String(), want)
		}
	}
}

// JSON for a terminal says the same and has nothing that a terminal obeys.
func TestIndentJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		raw, err := json.Marshal(map[string]string{"a": text, text: "b"})
		if err != nil {
			t.Fatal(err)
		}
		out := indentJSON(raw, "  ")
		if printableLines(out) != out {
			t.Fatalf("not printable: %q", out)
		}
		var want, got map[string]string
		if json.Unmarshal(raw, &want) != nil || json.Unmarshal([]byte(out), &got) != nil || got["a"] != want["a"] || len(got) != len(want) {
			t.Fatalf("%q became %q", raw, out)
		}
	})
}

func TestChoice(t *testing.T) {
	c := &choice{asTable, []string{asTable, asJSON}}
	if err := c.Set(asCSV); err == nil || c.value != asTable {
		t.Errorf("csv was taken: %v, %s", err, c.value)
	}
	if err := c.Set(asJSON); err != nil || c.value != asJSON {
		t.Errorf("json was not taken: %v, %s", err, c.value)
	}
}
