package lua

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"

	"scripthost.example/child/engine"
)

// runChunk compiles a source and runs it as task t. It returns what the chunk
// returned.
func (v *vm) runChunk(t *task, src engine.Source, env *glua.LTable) ([]glua.LValue, error) {
	if isBinary(src.Text) {
		return nil, notText(src.Name, src.Text)
	}
	fn, failure := v.compile(src.Name, src.Text)
	if failure != nil {
		return nil, failure
	}
	fn.Env = env
	th := v.begin(t)
	defer v.end(t, th)
	if err := v.run(th, fn); err != nil {
		return nil, err
	}
	results := make([]glua.LValue, th.L.GetTop())
	for i := range results {
		results[i] = th.L.Get(i + 1)
	}
	return results, nil
}

// compile makes a function of source text.
func (v *vm) compile(name string, text []byte) (*glua.LFunction, *engine.Error) {
	if name == "" {
		name = "?"
	}
	if bytes.HasPrefix(text, []byte("\x1bLua")) {
		return nil, notText(name, text)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if bytes.HasPrefix(text, []byte("#")) { // an interpreter's line; the end of line stays
		end := bytes.IndexAny(text, "\r\n")
		if end < 0 {
			end = len(text)
		}
		text = text[end:]
	}
	if v.check != nil || v.hook != nil {
		return v.compileExamined(name, text)
	}
	fn, err := v.root.Load(bytes.NewReader(text), name)
	if err != nil {
		return nil, syntaxError(name, text, err)
	}
	fn.Env = v.globals
	return fn, nil
}

// compileExamined is compile for a text that the tools look at before.
func (v *vm) compileExamined(name string, text []byte) (*glua.LFunction, *engine.Error) {
	chunk, err := parse.Parse(bytes.NewReader(text), name)
	if err != nil {
		return nil, syntaxError(name, text, err)
	}
	if v.hook != nil {
		fn, err := v.compileInstrumented(name, chunk)
		if err != nil {
			return nil, syntaxError(name, text, err)
		}
		fn.Env = v.globals
		return fn, nil
	}
	v.check.examine(name, string(text), chunk, name == v.cfg.Name)
	proto, err := glua.Compile(chunk, name)
	if err != nil {
		return nil, syntaxError(name, text, err)
	}
	fn := v.root.NewFunctionFromProto(proto)
	fn.Env = v.globals
	return fn, nil
}

func isBinary(text []byte) bool { return bytes.IndexByte(text, 0) >= 0 || engine.IsUTF16(text) }

func notText(name string, text []byte) *engine.Error {
	why := "compiled and other binary files cannot be loaded"
	if engine.IsUTF16(text) {
		why = "it is in UTF-16; save it as UTF-8"
	}
	return &engine.Error{
		Kind: engine.KindScript, Language: language,
		Message: "this is not Lua source text: " + why,
		Stack:   []engine.Frame{{File: name}},
	}
}

// syntaxError puts what gopher-lua says of a source into Lua's words.
func syntaxError(name string, text []byte, err error) *engine.Error {
	var api *glua.ApiError
	if errors.As(err, &api) && api.Cause != nil {
		err = api.Cause
	}
	e := &engine.Error{Kind: engine.KindScript, Language: language}
	at := engine.Frame{Function: "main chunk", File: name}
	var parsing *parse.Error
	var compiling *glua.CompileError
	switch {
	case errors.As(err, &parsing):
		e.Message = parsing.Message
		if parsing.Pos.Line == parse.EOF {
			at.Line = 1 + bytes.Count(bytes.TrimRight(text, "\r\n"), []byte("\n"))
			e.Message += " near <eof>"
			break
		}
		at.Line, at.Column = parsing.Pos.Line, parsing.Pos.Column
		if at.Column == 0 && at.Line > 1 { // the end of the line was read already
			at.Line--
		}
		if parsing.Token != "" {
			e.Message += " near '" + shorten(parsing.Token) + "'"
			at.Column = tokenStart(text, at, parsing.Token)
			e.Message += laterAt(text, at)
		}
	case errors.As(err, &compiling):
		e.Message = compiling.Message
		at.Line = compiling.Line
	default:
		e.Message = err.Error()
	}
	e.Stack = []engine.Frame{at}
	return e
}

// tokenStart is the column that a token begins in; gopher-lua says where it ends.
func tokenStart(text []byte, at engine.Frame, token string) int {
	text = fromLine(text, at.Line)
	if n := at.Column; n > 0 && n <= len(text) && bytes.HasSuffix(text[:n], []byte(token)) {
		return n - len(token) + 1
	}
	return at.Column
}

// fromLine is the text from a line on.
func fromLine(text []byte, line int) []byte {
	for range line - 1 {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	return text
}

// laterAt is laterSyntax of the token at a place.
func laterAt(text []byte, at engine.Frame) string {
	line, _, _ := bytes.Cut(fromLine(text, at.Line), []byte("\n"))
	column := min(max(at.Column-1, 0), len(line))
	return laterSyntax(string(line[:column]), string(line[column:]))
}

// shorten cuts a token, which can be a whole string, to a readable length.
func shorten(token string) string {
	if len(token) > 60 {
		return strings.ToValidUTF8(token[:57], "") + "..."
	}
	return token
}

// load is Lua's load, and also takes a string like later Luas.
func (v *vm) load(L *glua.LState) int {
	chunk := L.CheckAny(1)
	if s, ok := chunk.(glua.LString); ok {
		return v.loadText(L, string(s), L.OptString(2, string(s)))
	}
	L.CheckFunction(1)
	name := L.OptString(2, "=(load)")
	var text strings.Builder
	for {
		L.Push(chunk)
		L.Call(0, 1)
		piece := L.Get(-1)
		L.Pop(1)
		if piece == glua.LNil || piece == glua.LString("") {
			return v.loadText(L, text.String(), name)
		}
		if !glua.LVCanConvToString(piece) {
			L.Push(glua.LNil)
			L.Push(glua.LString("reader function must return a string"))
			return 2
		}
		text.WriteString(piece.String())
	}
}

// loadString is Lua's loadstring.
func (v *vm) loadString(L *glua.LState) int {
	text := L.CheckString(1)
	return v.loadText(L, text, L.OptString(2, text))
}

func (v *vm) loadText(L *glua.LState, text, name string) int {
	fn, err := v.compile(chunkName(name), []byte(text))
	if err != nil {
		message := err.Message
		if at := err.Stack[0]; at.Line > 0 {
			message = at.File + ":" + strconv.Itoa(at.Line) + ": " + message
		}
		L.Push(glua.LNil)
		L.Push(glua.LString(message))
		return 2
	}
	fn.Env = L.Env
	L.Push(fn)
	return 1
}

// chunkName is how Lua shows a chunk's name in positions.
func chunkName(name string) string {
	if strings.HasPrefix(name, "=") || strings.HasPrefix(name, "@") {
		return name[1:]
	}
	line, _, more := strings.Cut(name, "\n")
	if len(line) > 40 {
		line, more = strings.ToValidUTF8(line[:40], ""), true
	}
	if more {
		line += "..."
	}
	return `[string "` + line + `"]`
}
