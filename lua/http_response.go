package lua

import (
	"fmt"
	"runtime"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child/engine"
)

// responseChunk is how much of a response is asked for at once, in bytes: as much
// as the parent hands over.
const responseChunk = 256 << 10

// A responseBody is what makes a file of a response that the parent has.
type responseBody struct {
	max     int   // how much of it may be gathered that nobody has asked for by number, in bytes
	asked   int   // how much a read by number is for, in bytes
	streams bool  // the script reads it in parts
	ended   bool  // all of it has been received
	err     error // what it broke off with
}

// newResponseBody returns the body of a response, which is read like a file.
func (v *vm) newResponseBody(handle int64, response map[string]any) *file {
	limit, _ := toInt64(response["max_body"])
	f := &file{vm: v, handle: handle, response: &responseBody{max: int(limit)}}
	f.dropped = runtime.AddCleanup(f, func(handle int64) {
		v.services.Post(nil, func() { v.closeResponse(handle) })
	}, handle)
	return f
}

// closeResponse gives a response up.
func (v *vm) closeResponse(handle int64) {
	v.services.HostCall(nil, "runner.http.close", []any{handle}, func([]any, error) {})
}

// receive is more for a response.
func (f *file) receive() (bool, error) {
	r := f.response
	if r.err != nil || r.ended {
		return false, r.err
	}
	results, err := f.vm.hostCall("runner.http.read", f.handle, int64(responseChunk))
	if err != nil {
		if asFailure(err).Kind == engine.KindScript {
			r.err = err // the parent has closed it
			f.dropped.Stop()
		}
		return false, err
	}
	data := stringResult(results)
	r.ended = true
	if len(results) > 1 {
		r.ended, _ = results[1].(bool)
	}
	if r.ended {
		f.dropped.Stop()
	}
	if len(f.in)+len(data) > r.asked+r.max {
		what, instead := "the body", "with stream = true"
		if r.streams {
			what, instead = "the body, or a line of it,", "with response:read(n)"
		}
		r.err = &engine.Error{
			Kind:     engine.KindLimit,
			Message:  fmt.Sprintf("%s has more than %d bytes, which is the most that can be gathered: read it in parts, %s, or raise --max-payload", what, r.max, instead),
			HasValue: true, Value: map[string]any{"limit": "response body", "size": int64(len(f.in) + len(data)), "max": int64(r.max)},
		}
		f.in = nil
		f.giveUp()
		return false, r.err
	}
	f.in = append(f.in, data...)
	return len(data) > 0, nil
}

// giveUp closes a response that may not be at its end.
func (f *file) giveUp() {
	if !f.response.ended {
		f.response.ended = true
		f.dropped.Stop()
		f.vm.closeResponse(f.handle)
	}
}

// responseTable makes what scripts see of a response, without its body.
func (v *vm) responseTable(response map[string]any) *glua.LTable {
	tb := v.root.CreateTable(0, 7)
	status, _ := toInt64(response["status"])
	redirected, _ := response["redirected"].(bool)
	tb.RawSetString("status", glua.LNumber(status))
	tb.RawSetString("status_text", glua.LString(stringResult([]any{response["status_text"]})))
	tb.RawSetString("url", glua.LString(stringResult([]any{response["url"]})))
	tb.RawSetString("redirected", glua.LBool(redirected))

	headers, list := v.root.NewTable(), v.root.NewTable()
	items, _ := response["headers"].([]any)
	for _, item := range items {
		pair, _ := item.([]any)
		if len(pair) != 2 {
			continue
		}
		name, value := strings.ToLower(stringResult(pair)), glua.LString(stringResult(pair[1:]))
		entry := v.root.NewTable()
		entry.Append(glua.LString(name))
		entry.Append(value)
		list.Append(entry)
		if before, ok := headers.RawGetString(name).(glua.LString); ok {
			value = before + ", " + value
		}
		headers.RawSetString(name, value)
	}
	headers.Metatable = v.headersMeta()
	tb.RawSetString("headers", headers)
	tb.RawSetString("header_list", list)
	return tb
}

// headersMeta finds headers by names in capitals, too.
func (v *vm) headersMeta() *glua.LTable {
	if v.meta.headers == nil {
		v.meta.headers = v.metatable("headers", fields{{"__index", func(L *glua.LState) int {
			if name, ok := L.Get(2).(glua.LString); ok {
				L.Push(L.CheckTable(1).RawGetString(strings.ToLower(string(name))))
				return 1
			}
			return 0
		}}})
	}
	return v.meta.headers
}

// addReaders gives a response that streams its methods.
func (v *vm) addReaders(tb *glua.LTable, body *file) {
	body.response.streams = true
	method := func(fn func(L *glua.LState) int) glua.LGFunction {
		return func(L *glua.LState) int {
			if L.Get(1) != glua.LValue(tb) {
				L.ArgError(1, "the response expected: call it with a colon, as response:read(n)")
			}
			return fn(L)
		}
	}
	open := func(L *glua.LState) {
		if body.closed {
			L.RaiseError("attempt to use a closed response")
		}
	}
	methods := v.root.CreateTable(0, 3)
	v.setFields(methods, fields{
		{"read", method(func(L *glua.LState) int {
			open(L)
			values, err := body.readFormats(checkFormats(L, 2))
			if err != nil {
				return v.pushHTTPFailure(L, "response:read", err)
			}
			for _, value := range values {
				L.Push(value)
			}
			return len(values)
		})},
		{"lines", method(func(L *glua.LState) int {
			open(L)
			formats := checkFormats(L, 2)
			L.Push(L.NewFunction(func(L *glua.LState) int {
				open(L)
				values, err := body.readFormats(formats)
				if err != nil {
					v.pushHTTPFailure(L, "response:lines", err)
					L.RaiseError("%s", L.Get(-2).String())
				}
				for _, value := range values {
					L.Push(value)
				}
				return len(values)
			}))
			return 1
		})},
		{"close", method(func(L *glua.LState) int {
			body.closed = true
			body.in = nil
			body.giveUp()
			L.Push(glua.LTrue)
			return 1
		})},
	})
	meta := v.metatable("response", nil)
	meta.RawSetString("__index", methods)
	tb.Metatable = meta
}
