package js

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// responseChunk is how much of a response is asked for at once, in bytes: as much
// as the parent hands over.
const responseChunk = 256 << 10

// httpNative returns what the JavaScript of HTTP cannot do itself.
func (v *vm) httpNative() *goja.Object {
	o := v.rt.NewObject()
	v.method(o, "open", 5, v.httpOpen)
	v.method(o, "parseURL", 1, v.urlNatives()["parse"])
	v.method(o, "encode", 1, func(fc goja.FunctionCall) goja.Value { return v.bytes([]byte(fc.Argument(0).String())) })
	v.method(o, "decode", 1, func(fc goja.FunctionCall) goja.Value {
		return v.text(decodeUTF8(v.octets(fc.Argument(0).(*goja.Object))))
	})
	v.method(o, "signal", 0, func(goja.FunctionCall) goja.Value {
		signal, _ := v.newSignal()
		return signal
	})
	v.method(o, "tooLarge", 1, func(fc goja.FunctionCall) goja.Value {
		limit := fc.Argument(0).ToInteger()
		return v.errorObject(&engine.Error{
			Kind:     engine.KindLimit,
			Message:  fmt.Sprintf("the body has more than %d bytes, which is the most that can be gathered: read it in parts, with body.getReader(), or raise --max-payload", limit),
			HasValue: true, Value: map[string]any{"limit": "response body", "size": limit + 1, "max": limit},
		})
	})
	v.openJSON()
	v.method(o, "failure", 0, func(goja.FunctionCall) goja.Value { return v.newError("") })
	v.method(o, "placed", 2, func(fc goja.FunctionCall) goja.Value {
		return v.placed(fc.Argument(0).(*goja.Object), fc.Argument(1))
	})
	return o
}

// placed returns what is to be thrown for a fault that was made where no script was
// running: failure, which newError made where the script asked, as a copy of it.
// What was made in a script, and the reasons of signals, are returned as they are.
func (v *vm) placed(failure *goja.Object, fault goja.Value) goja.Value {
	o, ok := fault.(*goja.Object)
	if !ok || !v.isError(o) || len(v.stackOf(o)) > 0 {
		return fault
	}
	proto := o.Prototype()
	if proto != v.known.thrownProto {
		switch name := textOf(o.Get("name")); name {
		case "TypeError", "SyntaxError":
		default:
			return fault
		}
	}
	must(failure.SetPrototype(proto))
	shown := o.Keys()
	for _, name := range o.GetOwnPropertyNames() {
		switch {
		case name == "stack":
		case slices.Contains(shown, name):
			v.set(failure, name, o.Get(name))
		default:
			v.hidden(failure, name, o.Get(name))
		}
	}
	return failure
}

// httpOpen has a request made: open(method, url, headers, body, redirect). It
// returns a promise of what has come, and a function that gives the request up,
// and its response too.
func (v *vm) httpOpen(fc goja.FunctionCall) goja.Value {
	v.lastRequest++
	handle := v.lastRequest
	spec := map[string]any{
		"handle": handle, "method": fc.Argument(0).String(), "url": fc.Argument(1).String(),
		"headers": v.headerArgument(fc.Argument(2)), "redirect": fc.Argument(4).String(),
	}
	if body, ok := fc.Argument(3).(*goja.Object); ok {
		spec["body"] = owned(v.octets(body))
	}
	shut := v.native("close", 0, func(goja.FunctionCall) goja.Value {
		v.closeResponse(handle)
		return nil
	})
	opened := v.hostPromise("runner.http.open", []any{spec}, func(results []any) goja.Value {
		fields, _ := first(results).(map[string]any)
		return v.responseHead(handle, fields)
	}, func(o *goja.Object, err *engine.Error) { v.fillFetchError(o, err, "fetch failed") })
	return v.rt.NewArray(opened, shut)
}

// closeResponse gives up what has a handle.
func (v *vm) closeResponse(handle int64) {
	v.services.HostCall(nil, "runner.http.close", []any{handle}, func([]any, error) {})
}

// headerArgument turns [name, value]… into what the parent takes. The characters
// of a value are octets, which has been checked.
func (v *vm) headerArgument(value goja.Value) []any {
	items, _ := v.items(value.(*goja.Object))
	list := make([]any, len(items))
	for i, item := range items {
		pair, _ := v.items(item.(*goja.Object))
		list[i] = []any{pair[0].String(), latin1Charset.encode(pair[1].ToString().(goja.String))}
	}
	return list
}

// An httpResponse is one whose body the parent has.
type httpResponse struct {
	handle  int64
	dropped runtime.Cleanup // closes the handle of a response that nobody read
}

// responseHead is a response as http_fetch.js takes it.
func (v *vm) responseHead(handle int64, fields map[string]any) goja.Value {
	r := &httpResponse{handle: handle}
	r.dropped = runtime.AddCleanup(r, func(handle int64) {
		v.services.Post(nil, func() { v.closeResponse(handle) })
	}, handle)

	list, _ := fields["headers"].([]any)
	headers := make([]any, 0, len(list))
	for _, item := range list {
		if pair, _ := item.([]any); len(pair) == 2 {
			headers = append(headers, v.rt.NewArray(v.latin1(pair[0]), v.latin1(pair[1])))
		}
	}
	url, _, _ := strings.Cut(validText(string(octetsOf(fields["url"]))), "#")
	redirected, _ := fields["redirected"].(bool)

	o := v.rt.NewObject()
	v.set(o, "status", v.rt.ToValue(int64(numberOf(fields["status"]))))
	v.set(o, "statusText", v.latin1(fields["status_text"]))
	v.set(o, "headers", v.rt.NewArray(headers...))
	v.set(o, "url", v.text(url))
	v.set(o, "redirected", v.rt.ToValue(redirected))
	v.set(o, "max", v.rt.ToValue(int64(numberOf(fields["max_body"]))))
	v.method(o, "read", 0, func(goja.FunctionCall) goja.Value { return v.httpRead(r) })
	v.method(o, "close", 0, func(goja.FunctionCall) goja.Value {
		r.dropped.Stop()
		v.closeResponse(r.handle)
		return nil
	})
	return o
}

// httpRead returns a promise of [octets, whether they are the last].
func (v *vm) httpRead(r *httpResponse) goja.Value {
	return v.hostPromise("runner.http.read", []any{r.handle, int64(responseChunk)}, func(results []any) goja.Value {
		last := true
		if len(results) > 1 {
			last, _ = results[1].(bool)
		}
		if last {
			r.dropped.Stop()
		}
		return v.rt.NewArray(v.bytes(octetsOf(first(results))), v.rt.ToValue(last))
	}, func(o *goja.Object, err *engine.Error) { v.fillFetchError(o, err, "terminated") })
}

// latin1 is the text of a header, whose octets are characters.
func (v *vm) latin1(x any) goja.Value { return decodeLatin1(octetsOf(x)) }

// fillFetchError makes o, which newError made, into the Error for a host call of
// HTTP that failed. What failed on the network is a TypeError with a cause, with
// Node's message.
func (v *vm) fillFetchError(o *goja.Object, err *engine.Error, message string) {
	details, _ := err.Value.(map[string]any)
	code := stringOf(details["code"])
	switch {
	case err.Kind != engine.KindScript:
		v.fill(o, err)
		switch err.Kind {
		case engine.KindDenied:
			v.set(o, "code", v.text("ERR_ACCESS_DENIED"))
		case engine.KindCancelled:
			v.hidden(o, "name", v.text("AbortError"))
		}
		return
	case code == "": // a request that cannot be made
		if _, why, found := strings.Cut(err.Message, ": argument 1: "); found {
			message = why
		} else {
			message = err.Message
		}
	default:
		cause := v.newError(err.Message)
		v.set(cause, "code", v.text(code))
		v.hidden(o, "cause", cause)
	}
	must(o.SetPrototype(v.rt.NewTypeError("").Prototype()))
	v.hidden(o, "message", v.text(validText(message)))
}

// decodeUTF8 is the text of octets, as the web reads it: without a byte order
// mark, and with U+FFFD for what is not UTF-8.
func decodeUTF8(b []byte) string {
	return utf8Text(bytes.TrimPrefix(b, []byte("\uFEFF")))
}
