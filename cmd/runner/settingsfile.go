package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2/unstable"
)

// settingsName is the name of a file of settings.
const settingsName = "runner.toml"

// maxSettings is how many bytes a file of settings may have.
const maxSettings = 1 << 20

// An entry is a setting as a file has it, or the line where a table begins.
type entry struct {
	name  string // "" is the table
	table string // that it is in; "" is none
	line  int
	value tomlValue
}

// A tomlValue is a value of a file of settings, which may be of the wrong kind.
type tomlValue struct {
	kind  unstable.Kind
	text  string // of what is not a list: a string's, and of others as they are written
	items []tomlValue
	line  int
}

// A settingsError is what is wrong with a line of a file of settings.
type settingsError struct {
	line          int
	message, hint string
}

func (e *settingsError) Error() string { return e.message }

func settingsErrorf(line int, hint, format string, args ...any) error {
	return &settingsError{line: line, message: fmt.Sprintf(format, args...), hint: hint}
}

// readSettings reads a file of settings. An error of what is in it is a *settingsError.
func readSettings(path string) ([]entry, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, plainError(err)
	case info.IsDir():
		return nil, errors.New("it is a folder")
	case !info.Mode().IsRegular(): // to open a pipe would be to wait
		return nil, errors.New("it is no regular file")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, plainError(err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxSettings+1))
	switch {
	case err != nil:
		return nil, plainError(err)
	case len(text) > maxSettings:
		return nil, fmt.Errorf("it has more than %d bytes", maxSettings)
	}
	return parseSettings(bytes.TrimPrefix(text, byteOrderMark))
}

// parseSettings reads the text of a file of settings: which settings there are, and
// what they may be, others know.
func parseSettings(text []byte) ([]entry, error) {
	if bad := invalidUTF8(text); bad > 0 {
		return nil, settingsErrorf(bad, "", "the text is not UTF-8")
	}
	var p unstable.Parser
	p.Reset(text)
	var entries []entry
	table, tables := "", make(map[string]int)
	for p.NextExpression() {
		x := p.Expression()
		names, line := keyOf(&p, x)
		name := strings.Join(names, ".")
		switch x.Kind {
		case unstable.Table:
			if before := tables[name]; before > 0 {
				return nil, settingsErrorf(line, "", "the table [%s] is there twice: it began in line %d", printable(name), before)
			}
			table, tables[name] = name, line
			entries = append(entries, entry{table: name, line: line})
		case unstable.ArrayTable:
			return nil, settingsErrorf(line, "", "there is no list of tables [[%s]]", printable(name))
		case unstable.KeyValue:
			e := entry{name: name, table: table, line: line, value: valueOf(&p, x.Value(), line)}
			if len(names) == 2 && table == "" { // limits.timeout = "5s" is the same as with [limits]
				e.table, e.name = names[0], names[1]
			}
			entries = append(entries, e)
		}
	}
	if err := p.Error(); err != nil {
		line := 1 + strings.Count(string(text), "\n")
		if pe := (*unstable.ParserError)(nil); errors.As(err, &pe) && len(pe.Highlight) > 0 {
			line = p.Shape(p.Range(pe.Highlight)).Start.Line
		}
		return nil, settingsErrorf(line, "", "this is not TOML: %v", err)
	}
	return entries, nil
}

// invalidUTF8 returns the first line that is not UTF-8, or 0.
func invalidUTF8(text []byte) int {
	for i, line := range strings.Split(string(text), "\n") {
		if !utf8.ValidString(line) {
			return i + 1
		}
	}
	return 0
}

// keyOf returns the parts of the key of an expression, and its line.
func keyOf(p *unstable.Parser, x *unstable.Node) (names []string, line int) {
	for it := x.Key(); it.Next(); {
		if line == 0 {
			line = p.Shape(it.Node().Raw).Start.Line
		}
		names = append(names, string(it.Node().Data))
	}
	return names, line
}

// valueOf copies a value out of the parser. Those that have no place of their own are
// in the given line.
func valueOf(p *unstable.Parser, n *unstable.Node, line int) tomlValue {
	if n.Raw.Length > 0 {
		line = p.Shape(n.Raw).Start.Line
	}
	v := tomlValue{kind: n.Kind, text: string(n.Data), line: line}
	if n.Kind != unstable.Array {
		return v
	}
	for it := n.Children(); it.Next(); {
		v.items = append(v.items, valueOf(p, it.Node(), line))
	}
	return v
}

// kindName is what a kind of values is called.
func kindName(k unstable.Kind) string {
	switch k {
	case unstable.String:
		return "a text"
	case unstable.Bool:
		return "true or false"
	case unstable.Integer:
		return "a whole number"
	case unstable.Float:
		return "a number"
	case unstable.Array:
		return "a list"
	case unstable.InlineTable:
		return "a table"
	}
	return "a time"
}

// isTime tells whether a kind is one of the four of times.
func isTime(k unstable.Kind) bool {
	return slices.Contains([]unstable.Kind{unstable.DateTime, unstable.LocalDate, unstable.LocalDateTime, unstable.LocalTime}, k)
}
