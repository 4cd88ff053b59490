package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"

	"scripthost.example/host"
)

// A fileSerialiser is a custom serialiser from a file. The worker runs the
// file's text as its half; as the parent's half the same text runs in a second
// worker, which reaches nothing: text of others is not run in this process.
// It implements host.CustomSerialiser.
type fileSerialiser struct {
	name   string
	text   []byte
	script *host.Script // the second worker's
	list   bool         // thaw returns one list, and not several results
	worker *host.Worker // nil until it is started
}

// Around the text of a serialiser stands, on its first and behind its last
// line, so that the lines of messages are the file's, what makes functions to
// call of what it returns. A line feed ends a comment in its last line.
const (
	luaBefore = "local freeze, thaw = (function(...) "
	luaAfter  = `
end)(...)
if type(freeze) ~= "function" or type(thaw) ~= "function" then
  error("the serialiser must return two functions: freeze and thaw", 0)
end
return {freeze = freeze, thaw = thaw}
`
	jsBefore = "const __module = {exports: {}}, __returned = (function (module, exports) {"
	jsAfter  = `
})(__module, __module.exports);
const __pair = __returned === undefined ? __module.exports : __returned;
const [__freeze, __thaw] = Array.isArray(__pair) ? __pair : [__pair.freeze, __pair.thaw];
if (typeof __freeze !== 'function' || typeof __thaw !== 'function') {
  throw 'the serialiser must return [freeze, thaw], or export two functions freeze and thaw';
}
module.exports = {freeze: __freeze, thaw: __thaw};
`
)

// openSerialiser reads the file of a custom serialiser for a script, which must
// be in the same language; it is nil for a worker that has its own half.
func openSerialiser(name string, script *host.Script) (*fileSerialiser, error) {
	language, err := host.LanguageOf(name)
	if err != nil {
		return nil, err
	}
	if script != nil && language != script.Language() {
		return nil, usagef("A custom serialiser is in the language of the script",
			"the serialiser %s is in %s and the script %s in %s", name, language, script.Name(), script.Language())
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, usagef("The serialisers string, json, cbor and msgpack are built in", "cannot read the serialiser %s: %v", name, plainError(err))
	}
	return newFileSerialiser(name, language, text)
}

// newFileSerialiser makes a custom serialiser of the text of its file.
func newFileSerialiser(name string, language host.Language, text []byte) (*fileSerialiser, error) {
	if _, err := readScript(name, language, bytes.NewReader(text)); err != nil {
		return nil, err // it is empty, say
	}
	s := &fileSerialiser{name: name, text: text}
	before, after := luaBefore, luaAfter
	if language == host.JS {
		before, after, s.list = jsBefore, jsAfter, true
	}
	inner := text
	if rest, ok := bytes.CutPrefix(text, []byte("#!")); ok {
		comment := map[host.Language]string{host.Lua: "--", host.JS: "//"}
		inner = append([]byte(comment[language]), rest...)
	}
	wrapped := bytes.Join([][]byte{[]byte(before), inner, []byte(after)}, nil)
	var err error
	if s.script, err = readScript(name, language, bytes.NewReader(wrapped)); err != nil {
		return nil, err
	}
	return s, nil
}

// start starts the second worker, unless it is there, with the limits and callbacks of
// those that it is for.
func (f *fileSerialiser) start(ctx context.Context, o *host.Options) error {
	if f.worker != nil {
		return nil
	}
	limits := o.Limits
	if limits.Payload > 0 { // what is in a payload is within another one here
		limits.Payload = min(limits.Payload+payloadSlack, math.MaxUint32)
	}
	w, err := host.Start(ctx, f.script, &host.Options{
		Function:   freezeName,
		Worker:     leanWorker(f.script),
		Serialiser: host.CBOR,
		Limits:     limits,
		Seed:       o.Seed,
		Clock:      o.Clock,
		OnEvent:    func(host.Event) {},
		OnError:    func(err error) { o.OnError(f.unwrapped(err)) },
		OnLog:      o.OnLog,
		Logger:     o.Logger,
	})
	if err != nil {
		return f.explain(ctx, err)
	}
	f.worker = w
	return nil
}

// explain returns why the serialiser does not load as the worker would tell it:
// err is about the text and what stands around it.
func (f *fileSerialiser) explain(ctx context.Context, err error) error {
	if !errors.As(err, new(*host.ScriptError)) {
		return err
	}
	empty, scriptErr := host.Inline(f.script.Language(), emptyScripts[f.script.Language()])
	if scriptErr != nil {
		return err
	}
	w, plain := host.Start(ctx, empty, &host.Options{Worker: leanWorker(empty), Serialiser: workerHalf{f.name, f.text}})
	if plain == nil {
		w.Kill()
		return err
	}
	return plain
}

// emptyScripts are scripts that have nothing but the function to call.
var emptyScripts = map[host.Language]string{
	host.Lua: "function run() end",
	host.JS:  "function run() {}",
}

// A workerHalf is a custom serialiser that the parent carries nothing with.
type workerHalf struct {
	name string
	text []byte
}

func (h workerHalf) Name() string                                     { return h.name }
func (h workerHalf) WorkerSource() []byte                             { return h.text }
func (h workerHalf) AppendFreeze(dst []byte, _ []any) ([]byte, error) { return dst, nil }
func (h workerHalf) Thaw([]byte) ([]any, error)                       { return nil, nil }

// close ends the second worker.
func (f *fileSerialiser) close() {
	if f.worker != nil {
		// onError has told of whatever it could say.
		_ = f.worker.Close()
	}
}

const (
	freezeName = "freeze"
	thawName   = "thaw"
	// payloadSlack is more than CBOR needs around a payload.
	payloadSlack = 64
)

// Name implements host.Serialiser.
func (f *fileSerialiser) Name() string { return f.name }

// WorkerSource implements host.CustomSerialiser.
func (f *fileSerialiser) WorkerSource() []byte { return f.text }

// AppendFreeze implements host.Serialiser.
func (f *fileSerialiser) AppendFreeze(dst []byte, values []any) ([]byte, error) {
	if f.worker == nil {
		return dst, errors.New("the serialiser is not started")
	}
	out, err := f.worker.Function(freezeName).Call(context.Background(), values...)
	if err != nil {
		return dst, f.unwrapped(err)
	}
	if len(out) == 1 {
		switch octets := out[0].(type) {
		case string:
			return append(dst, octets...), nil
		case []byte:
			return append(dst, octets...), nil
		}
	}
	return dst, fmt.Errorf("%s: freeze must return one string of octets", f.name)
}

// Thaw implements host.Serialiser.
func (f *fileSerialiser) Thaw(payload []byte) ([]any, error) {
	out, err := f.worker.Function(thawName).Call(context.Background(), payload)
	if err != nil {
		return nil, f.unwrapped(err)
	}
	if !f.list {
		return out, nil
	}
	if len(out) == 1 {
		if values, ok := out[0].([]any); ok {
			return values, nil
		}
	}
	return nil, fmt.Errorf("%s: thaw must return an array", f.name)
}

// unwrapped is err with columns as in the file, not counting what stands before
// its text.
func (f *fileSerialiser) unwrapped(err error) error {
	script := new(host.ScriptError)
	if !errors.As(err, &script) {
		return err
	}
	c := *script
	c.Stack = append([]host.StackFrame(nil), c.Stack...)
	for i := range c.Stack {
		if at := &c.Stack[i]; at.File == f.name && at.Line == 1 && at.Column > len(jsBefore) {
			at.Column -= len(jsBefore)
		}
	}
	return &c
}
