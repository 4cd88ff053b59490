package lua

import (
	"bytes"

	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child/engine"
)

// maxLine is how much is gathered of a line before it becomes a record anyway.
const maxLine = 64 << 10

// Levels of what a script writes as to a terminal.
const (
	outLevel = engine.LevelInfo
	errLevel = engine.LevelWarn
)

func (v *vm) openLog() {
	v.library("log", fields{
		{"debug", v.logger(engine.LevelDebug)},
		{"info", v.logger(engine.LevelInfo)},
		{"warn", v.logger(engine.LevelWarn)},
		{"error", v.logger(engine.LevelError)},
	})
}

// logger returns log.<level>(message [, fields]).
func (v *vm) logger(level engine.Level) glua.LGFunction {
	return func(L *glua.LState) int {
		message := toString(L, L.CheckAny(1))
		v.services.Log(v.cur.ec(), level, message, v.logFields(L, 2))
		return 0
	}
}

// logFields converts a table of fields. Values that JSON cannot carry are
// written as tostring writes them: a record is not worth an error.
func (v *vm) logFields(L *glua.LState, n int) map[string]any {
	tb := L.OptTable(n, nil)
	if tb == nil {
		return nil
	}
	out := make(map[string]any)
	key, value := tb.Next(glua.LNil)
	for ; key != glua.LNil; key, value = tb.Next(key) {
		x, ok := v.toJSON(value)
		if !ok {
			x = toString(L, value)
		}
		out[toString(L, key)] = x
	}
	return out
}

// print makes one record, with what io.write left of a line before it.
func (v *vm) print(L *glua.LState) int {
	t := v.cur
	text := tostrings(L, 1)
	if len(t.line) > 0 {
		text = string(t.line) + text
		t.line = t.line[:0]
	}
	v.services.Log(t.ec(), outLevel, text, nil)
	return 0
}

// writeLog writes to standard output or standard error: each line is a record.
func (v *vm) writeLog(toStderr bool, text []byte) {
	t := v.cur
	line, level := &t.line, outLevel
	if toStderr {
		line, level = &t.errLine, errLevel
	}
	for {
		i := bytes.IndexByte(text, '\n')
		if i < 0 {
			break
		}
		v.services.Log(t.ec(), level, string(append(*line, text[:i]...)), nil)
		*line = (*line)[:0]
		text = text[i+1:]
	}
	*line = append(*line, text...)
	if len(*line) > maxLine {
		v.flushLines(t)
	}
}

// flushLines makes records of lines that have not been ended.
func (v *vm) flushLines(t *task) {
	if len(t.line) > 0 {
		v.services.Log(t.ec(), outLevel, string(t.line), nil)
		t.line = nil
	}
	if len(t.errLine) > 0 {
		v.services.Log(t.ec(), errLevel, string(t.errLine), nil)
		t.errLine = nil
	}
}
