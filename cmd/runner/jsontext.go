package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"scripthost.example/wire"
)

// A jsonFault is what is wrong with a JSON text, and where.
type jsonFault struct {
	what   string
	offset int  // in bytes
	valid  bool // it is JSON, with something in it that no call can carry unchanged
}

var tooDeep = fmt.Sprintf("more than %d arrays and objects are inside one another", wire.MaxDepth)

// faultOf finds out why the values of a text cannot be read: err is what the serialiser
// says of it, whose places are those of a payload. within is how many arrays the text
// stands in there.
func faultOf(text []byte, within int, err error) jsonFault {
	if bad := notUTF8(text); bad >= 0 {
		return jsonFault{what: fmt.Sprintf("the octet \\x%02x is not UTF-8, and so cannot be in JSON; without --json, and with --serialiser cbor, an argument may have any", text[bad]), offset: bad}
	}
	var syntax *json.SyntaxError
	switch bad := json.Unmarshal(text, new(json.RawMessage)); {
	case errors.As(bad, &syntax) && int(syntax.Offset) >= len(text) && syntax.Error() == "unexpected end of JSON input":
		return jsonFault{what: "it ends too early", offset: len(text)}
	case errors.As(bad, &syntax) && strings.HasSuffix(syntax.Error(), "exceeded max depth"): // of what looks whether it is JSON
		return jsonFault{what: tooDeep, offset: int(syntax.Offset) - 1, valid: true}
	case errors.As(bad, &syntax):
		return jsonFault{what: syntax.Error(), offset: int(syntax.Offset) - 1}
	}
	if f, found := refusedJSON(text, within); found {
		return f
	}
	return jsonFault{what: strings.TrimPrefix(err.Error(), "json: "), valid: true}
}

// notAsWritten says what package json did not like about a line of a file that this
// program has written, to somebody who may have given another file.
func notAsWritten(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("it is not JSON: %w", err)
	case errors.As(err, &kind) && kind.Field == "":
		return errors.New("it is not a JSON object")
	case errors.As(err, &kind):
		return fmt.Errorf("%q cannot hold what it has there", kind.Field)
	}
	return err
}

// notUTF8 returns the offset of the first octet that is not UTF-8, -1 if there is none.
func notUTF8(text []byte) int {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// place is where a fault is, as people count.
func (f *jsonFault) place(text []byte) string {
	before := text[:min(f.offset, len(text))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	if bytes.Contains(bytes.TrimSpace(text), []byte("\n")) {
		return fmt.Sprintf("line %d, column %d", line, column)
	}
	return fmt.Sprintf("column %d", column)
}

// half is one half of a surrogate pair, where the other one may be missing.
var half = regexp.MustCompile(`\\u[dD][89abAB][0-9a-fA-F]{2}(\\u[dD][c-fC-F][0-9a-fA-F]{2})?|\\u[dD][c-fC-F][0-9a-fA-F]{2}`)

// refusedJSON finds in a valid text what no call can carry.
func refusedJSON(text []byte, within int) (f jsonFault, found bool) {
	refuse := func(offset int, format string, args ...any) (jsonFault, bool) {
		return jsonFault{what: fmt.Sprintf(format, args...), offset: offset, valid: true}, true
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	type level struct {
		keys  map[string]bool // nil in an array
		isKey bool            // what comes next is one
	}
	var levels []level
	for {
		from := int(d.InputOffset())
		token, err := d.Token()
		if err == io.EOF || err != nil {
			return jsonFault{}, false
		}
		to := int(d.InputOffset())
		raw := bytes.TrimLeft(text[from:to], " \t\r\n,:")
		at := to - len(raw)
		switch token {
		case json.Delim('['), json.Delim('{'):
			if within+len(levels) > wire.MaxDepth {
				return refuse(at, "%s", tooDeep)
			}
			next := level{}
			if token == json.Delim('{') {
				next = level{keys: make(map[string]bool), isKey: true}
			}
			levels = append(levels, next)
			continue
		case json.Delim(']'), json.Delim('}'):
			levels = levels[:len(levels)-1]
		}
		switch token := token.(type) {
		case string:
			for _, m := range half.FindAllSubmatchIndex(raw, -1) {
				if pair := m[2] >= 0; !pair && !escaped(raw[:m[0]]) {
					return refuse(at+m[0], "%s is half of a surrogate pair, and no character: write both halves, or the character itself", raw[m[0]:m[1]])
				}
			}
			if n := len(levels); n > 0 && levels[n-1].isKey {
				if levels[n-1].keys[token] {
					return refuse(at, "the key %q occurs twice in one object: give each key once", token)
				}
				levels[n-1].keys[token], levels[n-1].isKey = true, false
				continue
			}
		case json.Number:
			if what := refusedNumber(string(token)); what != "" {
				return refuse(at, "%s", what)
			}
		}
		if n := len(levels); n > 0 && levels[n-1].keys != nil {
			levels[n-1].isKey = true
		}
	}
}

// escaped tells whether the backslash that comes next is itself escaped.
func escaped(before []byte) bool {
	return (len(before)-len(bytes.TrimRight(before, `\`)))%2 == 1
}

// refusedNumber says why a number cannot be carried, "" if it can.
func refusedNumber(text string) string {
	if strings.ContainsAny(text, ".eE") {
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			return "the number " + shortened(text) + " is larger than a number can be: send it as a string"
		}
		return ""
	}
	_, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		_, err = strconv.ParseUint(text, 10, 64)
	}
	if err != nil {
		return "the integer " + shortened(text) + " does not fit into 64 bits: send it as a string, or as a number with an exponent if it need not be exact"
	}
	return ""
}

// shortened is a number that may have any length.
func shortened(number string) string {
	const most = 40
	if len(number) > most {
		return number[:most] + "…"
	}
	return number
}
