package main

import (
	_ "embed"
	"fmt"
	"strings"

	"scripthost.example/host"
)

// The worker's halves of the REPL. All that is typed is compiled and run by them, in
// the worker: this process hands it on and does not look into it.
var (
	//go:embed repl/repl.lua
	replLua []byte
	//go:embed repl/repl.js
	replJS []byte
)

// Names that messages and tracebacks have.
const (
	replFunction = "__repl"        // of the worker's half
	replEmpty    = "repl"          // of a script that does nothing
	replTyped    = "repl#"         // of what is typed; its number comes behind it
	replHalf     = "<runner repl>" // of the worker's half's text
)

// Operations of the worker's half.
const (
	replBegin    = "begin"
	replEvaluate = "evaluate"
	replComplete = "complete"
)

// Answers of the worker's half.
const (
	replValue  = "value"
	replMore   = "more"
	replSyntax = "syntax"
	replNames  = "names"
)

// A replSerialiser carries lists of texts, and brings the worker's half of the REPL
// with it: what is run before a script, has its globals, and shows values that no
// other serialiser could carry. It implements host.CustomSerialiser.
type replSerialiser struct{ language host.Language }

// Name implements host.Serialiser.
func (r replSerialiser) Name() string { return replHalf }

// WorkerSource implements host.CustomSerialiser.
func (r replSerialiser) WorkerSource() []byte {
	if r.language == host.Lua {
		return replLua
	}
	return replJS
}

// AppendFreeze implements host.Serialiser.
func (r replSerialiser) AppendFreeze(dst []byte, values []any) ([]byte, error) {
	for i, v := range values {
		text, ok := v.(string)
		if !ok {
			return dst, fmt.Errorf("a REPL sends text, and not %T", v)
		}
		if i > 0 {
			dst = append(dst, 0)
		}
		dst = append(dst, text...)
	}
	return dst, nil
}

// Thaw implements host.Serialiser.
func (r replSerialiser) Thaw(payload []byte) ([]any, error) {
	var values []any
	for text := range strings.SplitSeq(string(payload), "\x00") {
		values = append(values, text)
	}
	return values, nil
}

// emptyScript is a script of a language that does nothing.
func emptyScript(language host.Language) (*host.Script, error) {
	comment := "//"
	if language == host.Lua {
		comment = "--"
	}
	script, err := host.Inline(language, comment+" nothing is loaded")
	if err != nil {
		return nil, err
	}
	return script.WithName(replEmpty), nil
}
