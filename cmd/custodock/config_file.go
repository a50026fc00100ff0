package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// readFile lays the YAML file over the defaults. It goes over the document
// itself, node by node, so that every problem has its line.
func (l *loader) readFile(path string) {
	b, err := os.ReadFile(path)
	if err != nil {
		l.problems = append(l.problems, readError(path, err))
		return
	}
	root, err := parseYAML(b)
	if err != nil {
		l.problems = append(l.problems, syntaxError(path, b, err))
		return
	}
	if root == nil {
		return
	}
	if root.Kind != yaml.MappingNode {
		l.problems = append(l.problems, fmt.Errorf("%s:%d: must hold keys such as data_dir: /var/lib/custodock", path, root.Line))
		return
	}
	if err := l.v.MergeConfigMap(l.readGroup(path, "", root)); err != nil {
		l.problems = append(l.problems, fmt.Errorf("%s: %w", path, err))
	}
}

func readError(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: no such file; every setting has a default, so an empty file will do (touch %s), and configs/custodock.yaml lists what can be set", path, path)
	}
	return fmt.Errorf("%s: reading the configuration: %w", path, err)
}

// parseYAML returns the root of the only document in b, nil when there is
// nothing in it.
func parseYAML(b []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(b))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if err := dec.Decode(&more); err == nil {
		return nil, fmt.Errorf("yaml: line %d: a second document starts here: keep all in one", more.Line)
	} else if !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(doc.Content) == 0 || isNull(doc.Content[0]) {
		return nil, nil
	}
	return doc.Content[0], nil
}

// isNull reports whether nothing stands after a key.
func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// syntaxError puts the line where it belongs and says what the decoder's "cannot
// start any token" mostly means.
func syntaxError(path string, b []byte, err error) error {
	text, where := err.Error(), path
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		text = text[len(m[0]):]
		if m[1] != "" {
			where += ":" + m[1]
		}
	}
	hint := ""
	if regexp.MustCompile(`(?m)^ *\t`).Match(b) {
		hint = "; YAML is indented with spaces, and there are tabs in this file"
	}
	return fmt.Errorf("%s: not valid YAML: %s%s", where, text, hint)
}

// readGroup returns the known values below a mapping. A key with nothing after
// it keeps its default.
func (l *loader) readGroup(path, group string, node *yaml.Node) map[string]any {
	values, lines := map[string]any{}, map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := node.Content[i], node.Content[i+1]
		key := strings.TrimPrefix(group+"."+name.Value, ".")
		at := fmt.Sprintf("%s:%d", path, name.Line)
		complain := func(format string, args ...any) {
			l.problems = append(l.problems, fmt.Errorf("%s: %s: %w", at, key, fmt.Errorf(format, args...)))
		}
		if first, double := lines[name.Value]; double {
			complain("set twice, first in line %d", first)
			continue
		}
		lines[name.Value] = name.Line
		switch {
		case group == "" && l.isGroup(key):
			if value.Kind == yaml.MappingNode {
				values[key] = l.readGroup(path, key, value)
			} else if !isNull(value) {
				complain("is a group of keys: %s", strings.Join(l.members(key), ", "))
			}
		case !l.known(key):
			complain("no such key%s", didYouMean(key, l.keys()))
		case l.origin[key] != "": // once as a group's member, once written with a dot
			complain("set twice, first at %s", l.origin[key])
		case !isNull(value):
			l.origin[key] = at
			var v any
			if err := value.Decode(&v); err != nil {
				l.fail(key, yamlErrors(err))
				continue
			}
			values[name.Value] = v
		}
	}
	return values
}

// yamlErrors takes apart what the decoder puts in one text of several lines.
func yamlErrors(err error) error {
	var e *yaml.TypeError
	if !errors.As(err, &e) {
		return err
	}
	errs := make([]error, len(e.Errors))
	for i, text := range e.Errors {
		errs[i] = errors.New(text)
	}
	return errors.Join(errs...)
}

func (l *loader) known(key string) bool {
	for _, s := range l.schema {
		if s.key == key {
			return true
		}
	}
	return false
}

func (l *loader) isGroup(name string) bool { return len(l.members(name)) > 0 }

func (l *loader) members(group string) (names []string) {
	for _, s := range l.schema {
		if g, name := splitKey(s.key); g == group && g != "" {
			names = append(names, name)
		}
	}
	return names
}

// keys returns what may stand at the head of a line: every key and the groups' names.
func (l *loader) keys() (names []string) {
	last := ""
	for _, s := range l.schema {
		if g, _ := splitKey(s.key); g != "" && g != last {
			names, last = append(names, g), g
		}
		names = append(names, s.key)
	}
	return names
}
