package js

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"
)

// openJSON has JSON.parse tell where a text is wrong, which goja's does not. It is
// for scripts that have the word: goja makes JSON when it is first touched. If
// scripts that ran before have changed it, it stays theirs.
func (v *vm) openJSON() {
	if v.jsonOpen {
		return
	}
	v.jsonOpen = true
	var o *goja.Object
	var original goja.Value
	_ = v.guard(func() {
		if o, _ = v.rt.Get("JSON").(*goja.Object); o != nil {
			original = o.Get("parse")
		}
	})
	if !isFunction(original) {
		return
	}
	parse := function(original)
	_ = o.DefineDataProperty("parse", v.native("parse", 2, func(fc goja.FunctionCall) goja.Value {
		var value goja.Value
		ex := v.rt.Try(func() { value = parse(fc) })
		if ex == nil {
			return value
		}
		if thrown, ok := ex.Value().(*goja.Object); ok && len(fc.Arguments) > 0 {
			if text, ok := fc.Arguments[0].(goja.String); ok {
				if message := jsonFault(text.String()); message != "" {
					v.hidden(thrown, "message", v.text(message))
				}
			}
		}
		panic(ex)
	}), yes, yes, no) // which a frozen one refuses
}

// jsonFault says what is wrong with a JSON text and where, as Node says where, or
// "" if nothing is.
func jsonFault(text string) string {
	var raw json.RawMessage
	var fault *json.SyntaxError
	if err := json.Unmarshal([]byte(text), &raw); !errors.As(err, &fault) {
		return ""
	}
	message := fault.Error()
	at := min(max(int(fault.Offset)-1, 0), len(text))
	if strings.HasPrefix(message, "unexpected end") {
		message, at = "U"+message[1:], len(text)
	}
	if r, n := utf8.DecodeRuneInString(text[at:]); n > 1 { // only the first octet of which is told
		message = strings.Replace(message, strconv.QuoteRune(rune(text[at])), strconv.QuoteRune(r), 1)
	}
	before := text[:at]
	line := strings.Count(before, "\n")
	column := units(before[strings.LastIndexByte(before, '\n')+1:])
	return message + " at position " + strconv.Itoa(units(before)) +
		" (line " + strconv.Itoa(line+1) + " column " + strconv.Itoa(column+1) + ")"
}

// units returns how long a script finds a text: in UTF-16.
func units(text string) int {
	n := 0
	for _, r := range text {
		if n++; r > 0xffff {
			n++
		}
	}
	return n
}
