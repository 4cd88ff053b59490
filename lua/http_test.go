package lua

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"scripthost.example/child/engine"
)

// A web is a parent's end of HTTP for tests. The path of a URL says what comes.
type web struct {
	mu     sync.Mutex
	rest   map[int64][]string // what there is to read, by handle
	closed map[int64]chan struct{}
	opened int
	shut   int
	reads  int
}

func newWeb() *web {
	return &web{rest: make(map[int64][]string), closed: make(map[int64]chan struct{})}
}

func (w *web) options() []option {
	return []option{hostFunc("runner.http.open", w.open), hostFunc("runner.http.read", w.read), hostFunc("runner.http.close", w.close)}
}

func webFailure(code, message string) error {
	return &engine.Error{Kind: engine.KindScript, Message: message, HasValue: true, Value: map[string]any{"code": code, "host": "h:80"}}
}

func (w *web) open(args []any) ([]any, error) {
	spec := args[0].(map[string]any)
	handle := spec["handle"].(int64)
	_, path, _ := strings.Cut(strings.TrimPrefix(spec["url"].(string), "http://"), "/")
	word, arg, _ := strings.Cut(path, "/")
	status, parts := int64(200), []string{arg}
	switch word {
	case "status":
		fmt.Sscan(arg, &status)
	case "echo":
		headers, _ := spec["headers"].([]any)
		parts = []string{fmt.Sprintf("%v %v %v %s %s", spec["method"], spec["redirect"], spec["timeout_ms"], headers, spec["body"])}
	case "parts":
		parts = strings.Split(arg, "/")
	case "broken":
		parts = []string{"some", "\x00ECONNRESET"}
	case "hang":
		parts = []string{"some", "\x00hang"}
	case "large":
		parts = []string{strings.Repeat("x", 600), strings.Repeat("y", 600)}
	case "fail":
		return nil, webFailure(arg, "h:80: it failed")
	case "denied":
		return nil, &engine.Error{Kind: engine.KindDenied, Message: "not granted", HasValue: true, Value: map[string]any{"grant": "net", "path": "h:80"}}
	case "bad":
		return nil, &engine.Error{Kind: engine.KindScript, Message: `runner.http.open: argument 1: "headers": Host is taken from the URL`}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.opened++
	w.rest[handle] = parts
	w.closed[handle] = make(chan struct{})
	return []any{map[string]any{
		"status": status, "status_text": "Fine", "url": spec["url"], "redirected": word == "redirected", "max_body": int64(1000),
		"headers": []any{[]any{"Content-Type", "text/plain"}, []any{"Set-Cookie", "a=1, b"}, []any{"Set-Cookie", "c=2"}, []any{"X-Odd", []byte("\xfc")}},
	}}, nil
}

func (w *web) read(args []any) ([]any, error) {
	handle := args[0].(int64)
	w.mu.Lock()
	w.reads++
	parts := w.rest[handle]
	if len(parts) == 0 {
		w.mu.Unlock()
		return nil, &engine.Error{Kind: engine.KindScript, Message: "runner.http.read: argument 1: there is no open response"}
	}
	w.rest[handle] = parts[1:]
	closed := w.closed[handle]
	w.mu.Unlock()
	switch parts[0] {
	case "\x00ECONNRESET":
		return nil, webFailure("ECONNRESET", "h:80: the response broke off")
	case "\x00hang":
		<-closed
		return nil, webFailure("ABORT_ERR", "h:80: it was given up")
	}
	return []any{[]byte(parts[0]), len(parts) == 1}, nil
}

func (w *web) close(args []any) ([]any, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.shut++
	close(w.closed[args[0].(int64)])
	return nil, nil
}

func TestHTTP(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		body    string
		results []any
	}{
		{`local r = http.get("http://h/text/hello") return r.status, r.status_text, r.body, r.url, r.redirected`, list(int64(200), "Fine", "hello", "http://h/text/hello", false)},
		{`return http.get("http://h/redirected/").redirected, http.get("http://h/status/404").status, require "http" == http`, list(true, int64(404), true)},
		{`local r = http.get("http://h/parts/a/b/c") return r.body, r.read`, list("abc", nil)},
		{`local h = http.get("http://h/").headers return h["Content-Type"], h["content-type"], h["SET-COOKIE"], h["x-odd"] == "\252", h.none, h[1]`, list("text/plain", "text/plain", "a=1, b, c=2", true, nil, nil)},
		{`local t = {} for _, h in ipairs(http.get("http://h/").header_list) do if h[1] == "set-cookie" then t[#t + 1] = h[2] end end return t`, list(list("a=1, b", "c=2"))},

		{`return http.get("http://h/echo").body`, list("GET <nil> <nil> [] %!s(<nil>)")},
		{`return http.get("http://h/echo", {redirect = "manual", timeout = 1.5, headers = {Accept = {"a", "b"}, ["X-N"] = 3, A = "\252"}}).body:gsub("\252", "U")`, list("GET manual 1500 [[A U] [Accept a] [Accept b] [X-N 3]] %!s(<nil>)", int64(1))},
		{`return http.post("http://h/echo", "a\0b").body`, list("POST <nil> <nil> [] a\x00b")},
		{`return http.post("http://h/echo", "", {headers = {}}).body`, list("POST <nil> <nil> [] ")},
		{`return http.request({url = "http://h/echo", method = "put", body = "x", timeout = 1e-9}).body`, list("put <nil> 1 [] x")},
		{`return http.request({url = "http://h/echo"}).body`, list("GET <nil> <nil> [] %!s(<nil>)")},

		{`return http.get("http://h/fail/ENOTFOUND")`, list(nil, "h:80: it failed", "ENOTFOUND")},
		{`return http.get("http://h/broken")`, list(nil, "h:80: the response broke off", "ECONNRESET")},
		{`local ok, e = pcall(http.get, "http://h/denied") return ok, e.kind, e.value.grant`, list(false, "denied", "net")},
		{`local ok, e = pcall(http.get, "http://h/large") return ok, e.kind, e.value.limit`, list(false, "limit", "response body")},

		{`local r = http.get("http://h/parts/ab/cd", {stream = true}) return r.body, r:read(1), r:read(2), r:read(2), r:read(1), r:close(), r:close()`, list(nil, "a", "bc", "d", nil, true, true)},
		{`local r = http.get("http://h/parts/a\nb/c\n\nd", {stream = true}) local t = {} for l in r:lines() do t[#t + 1] = l end return t, r:read("*l"), r:read("*a")`, list(list("a", "bc", "", "d"), nil, "")},
		{`local r = http.get("http://h/parts/12 x/y", {stream = true}) return r:read("*n", "*a")`, list(int64(12), " xy")},
		{`local r = http.get("http://h/broken", {stream = true}) local a = r:read(2) return a, r:read(3), r:read(1)`, list("so", nil, "m")},
		{`local r = http.get("http://h/broken", {stream = true}) r:read(4) return r:read(3)`, list(nil, "h:80: the response broke off", "ECONNRESET")},
		{`local r = http.get("http://h/broken", {stream = true}) local ok, e = pcall(function() for l in r:lines() do end end) return ok, e`, list(false, "test.lua:2: h:80: the response broke off")},
		{`local r = http.get("http://h/large", {stream = true}) local n = 0 for s in r:lines(100) do n = n + #s end return n`, list(int64(1200))},
		{`local r = http.get("http://h/large", {stream = true}) local ok, e = pcall(r.read, r, "*l") return ok, e.kind`, list(false, "limit")},
		{`local r = http.get("http://h/large", {stream = true}) return #r:read(1100), #r:read(1e6), r:read(1)`, list(int64(1100), int64(100), nil)},
		{`local r = http.get("http://h/large", {stream = true}) local ok, e = pcall(r.read, r, "*a") return ok, e.message`, list(false, "the body, or a line of it, has more than 1000 bytes, which is the most that can be gathered: read it in parts, with response:read(n), or raise --max-payload")},
		{`local ok, e = pcall(http.get, "http://h/large") return ok, e.message`, list(false, "the body has more than 1000 bytes, which is the most that can be gathered: read it in parts, with stream = true, or raise --max-payload")},
		{`local r = http.get("http://h/", {stream = true}) r:close() return pcall(r.read, r)`, list(false, "test.lua:2: attempt to use a closed response")},
		{`local r = http.get("http://h/", {stream = true}) return pcall(r.read, 5)`, list(false, "test.lua:2: bad argument #1 to (anonymous) (the response expected: call it with a colon, as response:read(n))")},
		{`local t = setmetatable({}, {__index = function(_, k) return http.get("http://h/text/" .. k).body end})
			local co = coroutine.wrap(function() coroutine.yield(t.a) coroutine.yield(t.b) end) return co(), co(), select(2, pcall(function() return t.c end))`, list("a", "b", "c")},
	} {
		t.Run(test.body, func(t *testing.T) {
			t.Parallel()
			for _, mode := range [][]option{nil, {async}} {
				source := "function run()\n" + test.body + "\nend"
				if mode != nil {
					source = "local function body()\n" + strings.ReplaceAll(test.body, "test.lua:2", "") + "\nend function run(done) done(body()) end"
				}
				f := script(t, source, append(newWeb().options(), append(mode, binaryOK)...)...)
				want(t, f.run(), test.results)
			}
		})
	}
}

func TestHTTPBadRequests(t *testing.T) {
	t.Parallel()
	for call, message := range map[string]string{
		`http.get()`:                                      "http.get: the option url must be a string, not a nil value",
		`http.get(5)`:                                     "http.get: the option url must be a string, not a number value",
		`http.get("http://h/bad")`:                        `http.get: "headers": Host is taken from the URL`,
		`http.get("http://h/", "x")`:                      "bad argument #2 to get (table expected, got string)",
		`http.get("http://h/", {method = "POST"})`:        "http.get: the option method is not for this function: use http.request",
		`http.get("http://h/", {body = "x"})`:             "http.get: the option body is not for this function: use http.request",
		`http.post("http://h/")`:                          "http.post: the option body must be a string, not a nil value",
		`http.post("http://h/", {})`:                      "http.post: the option body must be a string, not a table value",
		`http.request("http://h/")`:                       "bad argument #1 to request (table expected, got string)",
		`http.request({})`:                                "http.request: the option url is missing",
		`http.request({url = "http://h/", body = "x"})`:   "http.request: a request with a body needs a method such as POST",
		`http.get("http://h/", {header = {}})`:            `http.get: there is no option "header": there are url, method, headers, body, timeout, redirect and stream`,
		`http.get("http://h/", {"x"})`:                    `http.get: there is no option "1": there are url, method, headers, body, timeout, redirect and stream`,
		`http.get("http://h/", {headers = "A: b"})`:       "http.get: the option headers must be a table, not a string value",
		`http.get("http://h/", {headers = {"A: b"}})`:     "http.get: the option headers must be a table whose keys are names, not a number value",
		`http.get("http://h/", {headers = {a = {{}}}})`:   "http.get: the option headers[a] must be a string or a list of them, not a table value",
		`http.get("http://h/", {headers = {a = true}})`:   "http.get: the option headers[a] must be a string or a list of them, not a boolean value",
		`http.get("http://h/", {timeout = 0})`:            "http.get: the option timeout must be a number of seconds, more than 0 and at most 86400",
		`http.get("http://h/", {timeout = 0/0})`:          "http.get: the option timeout must be a number of seconds, more than 0 and at most 86400",
		`http.get("http://h/", {timeout = "1"})`:          "http.get: the option timeout must be a number of seconds, more than 0 and at most 86400",
		`http.get("http://h/", {stream = 1})`:             "http.get: the option stream must be true or false, not a number value",
		`http.request({url = "http://h/", redirect = 1})`: "http.request: the option redirect must be a string, not a number value",
	} {
		f := script(t, "function run() "+call+" end", newWeb().options()...)
		if err := f.runErr(); err.Message != message || err.Kind != engine.KindScript || len(err.Stack) == 0 || err.Stack[0].Line != 1 {
			t.Errorf("%s:\n got %+v\nwant %s", call, err, message)
		}
	}
}

// Other calls run while one waits, and one that is cancelled goes no further.
func TestHTTPParks(t *testing.T) {
	t.Parallel()
	w := newWeb()
	f := script(t, `
		local open
		function run(done) open = http.get("http://h/hang", {stream = true}) open:read(4) done(pcall(open.read, open, 1)) end
		function other(done) done(http.get("http://h/text/x").body) end
		function shut(done) done(open:close()) end`, append(w.options(), async)...)
	c := f.start("run")
	// start returns at the first wait: one call after the other goes on meanwhile.
	if got, err := f.call("other"); err != nil || got[0] != "x" {
		t.Errorf("%v, %v", got, err)
	}
	for {
		w.mu.Lock()
		reads := w.reads
		w.mu.Unlock()
		if reads >= 3 {
			break
		}
		runtime.Gosched()
	}
	if _, err := f.call("shut"); err != nil {
		t.Error(err)
	}
	c.wait()
	want(t, c.results, list(true, nil, "h:80: it was given up", "ABORT_ERR"))
}

// A response that the script has dropped is closed as garbage.
func TestHTTPDropped(t *testing.T) {
	t.Parallel()
	w := newWeb()
	f := script(t, `function run() for i = 1, 10 do local r = http.get("http://h/parts/a/b", {stream = true}) if i % 2 == 0 then r:read(1) end end end`, w.options()...)
	f.run()
	for range 200 {
		runtime.GC()
		f.settle()
		w.mu.Lock()
		shut := w.shut
		w.mu.Unlock()
		if shut >= 9 { // the last may be in a register
			return
		}
	}
	t.Errorf("%d responses of 10 are closed", w.shut)
}
