package lua

import (
	"math"
	"slices"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child/engine"
)

// openHTTP makes http. The parent makes the requests, if it was granted. What
// responses need is made with the first one.
func (v *vm) openHTTP() {
	v.library("http", fields{
		{"get", func(L *glua.LState) int {
			r := v.newRequest("http.get")
			r.set(L, "url", L.Get(1))
			r.options(L, 2, "url", "method", "body")
			return r.do(L)
		}},
		{"post", func(L *glua.LState) int {
			r := v.newRequest("http.post")
			r.spec["method"] = "POST"
			r.set(L, "url", L.Get(1))
			r.set(L, "body", L.Get(2))
			r.options(L, 3, "url", "method", "body")
			return r.do(L)
		}},
		{"request", func(L *glua.LState) int {
			r := v.newRequest("http.request")
			L.CheckTable(1)
			r.options(L, 1)
			if r.spec["url"] == nil {
				L.RaiseError("http.request: the option url is missing")
			}
			return r.do(L)
		}},
	})
}

// A request is one that is being made.
type request struct {
	vm     *vm
	who    string // the function, for errors
	spec   map[string]any
	stream bool
}

func (v *vm) newRequest(who string) *request {
	v.lastRequest++
	return &request{vm: v, who: who, spec: map[string]any{"handle": v.lastRequest, "method": "GET"}}
}

// options reads the table that argument n is, or no options where there is none.
func (r *request) options(L *glua.LState, n int, taken ...string) {
	tb := L.OptTable(n, nil)
	if tb == nil {
		return
	}
	tb.ForEach(func(key, value glua.LValue) {
		name := key.String()
		if slices.Contains(taken, name) {
			L.RaiseError("%s: the option %s is not for this function: use http.request", r.who, name)
		}
		r.set(L, name, value)
	})
}

// set sets an option.
func (r *request) set(L *glua.LState, name string, value glua.LValue) {
	switch name {
	case "url", "method", "redirect":
		r.spec[name] = r.text(L, name, value)
	case "body":
		r.spec[name] = []byte(r.text(L, name, value))
	case "headers":
		r.spec[name] = r.headers(L, value)
	case "timeout":
		seconds, ok := value.(glua.LNumber)
		if !ok || !(seconds > 0 && seconds <= 24*60*60) {
			L.RaiseError("%s: the option timeout must be a number of seconds, more than 0 and at most 86400", r.who)
		}
		r.spec["timeout_ms"] = int64(math.Ceil(float64(seconds) * 1000))
	case "stream":
		stream, ok := value.(glua.LBool)
		if !ok {
			r.wrong(L, name, "true or false", value)
		}
		r.stream = bool(stream)
	default:
		L.RaiseError("%s: there is no option %q: there are url, method, headers, body, timeout, redirect and stream", r.who, name)
	}
}

func (r *request) wrong(L *glua.LState, name, want string, value glua.LValue) {
	L.RaiseError("%s: the option %s must be %s, not a %s value", r.who, name, want, value.Type().String())
}

func (r *request) text(L *glua.LState, name string, value glua.LValue) string {
	s, ok := value.(glua.LString)
	if !ok {
		r.wrong(L, name, "a string", value)
	}
	return string(s)
}

// headers turns {name = value or list of values} into the parent's list, in the
// order of names.
func (r *request) headers(L *glua.LState, value glua.LValue) []any {
	tb, ok := value.(*glua.LTable)
	if !ok {
		r.wrong(L, "headers", "a table", value)
	}
	var list []any
	add := func(name string, value glua.LValue) {
		switch x := value.(type) {
		case glua.LString:
			list = append(list, []any{name, []byte(x)})
		case glua.LNumber:
			list = append(list, []any{name, formatNumber(float64(x))})
		default:
			r.wrong(L, "headers["+name+"]", "a string or a list of them", value)
		}
	}
	tb.ForEach(func(key, value glua.LValue) {
		name, ok := key.(glua.LString)
		if !ok {
			r.wrong(L, "headers", "a table whose keys are names", key)
		}
		values, several := value.(*glua.LTable)
		if !several {
			add(string(name), value)
			return
		}
		for i := range values.Len() {
			add(string(name), values.RawGetInt(i+1))
		}
	})
	slices.SortStableFunc(list, func(a, b any) int {
		return strings.Compare(a.([]any)[0].(string), b.([]any)[0].(string))
	})
	return list
}

// do makes the request and returns the response, or nil, the message and the code.
func (r *request) do(L *glua.LState) int {
	v := r.vm
	if method := strings.ToUpper(r.spec["method"].(string)); r.spec["body"] != nil && (method == "GET" || method == "HEAD") {
		L.RaiseError("%s: a request with a body needs a method such as POST", r.who)
	}
	results, err := v.hostCall("runner.http.open", r.spec)
	if err != nil {
		return v.pushHTTPFailure(L, r.who, err)
	}
	handle := r.spec["handle"].(int64)
	var response map[string]any
	if len(results) > 0 {
		response, _ = results[0].(map[string]any)
	}
	body := v.newResponseBody(handle, response)
	tb := v.responseTable(response)
	if r.stream {
		v.addReaders(tb, body)
	} else {
		var text string
		err := body.with(func() (err error) {
			text, _, err = body.readAll()
			return err
		})
		if err != nil {
			return v.pushHTTPFailure(L, r.who, err)
		}
		tb.RawSetString("body", glua.LString(text))
	}
	L.Push(tb)
	return 1
}

// pushHTTPFailure pushes nil, the message and the code of a request that failed on
// the network. Other errors are thrown.
func (v *vm) pushHTTPFailure(L *glua.LState, who string, err error) int {
	e := asFailure(err)
	details, _ := e.Value.(map[string]any)
	code, _ := details["code"].(string)
	switch {
	case e.Kind != engine.KindScript:
		v.throw(L, e)
	case code == "": // a request that cannot be made
		message := e.Message
		if _, why, found := strings.Cut(message, ": argument 1: "); found {
			message = why
		}
		L.RaiseError("%s: %s", who, message)
	}
	L.Push(glua.LNil)
	L.Push(glua.LString(e.Message))
	L.Push(glua.LString(code))
	return 3
}
