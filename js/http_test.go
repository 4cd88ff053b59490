package js

import (
	"errors"
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
	ended  map[int64]chan struct{}
	closed []int64
	asked  []map[string]any
	reads  int
}

func newWeb() *web {
	return &web{rest: make(map[int64][]string), ended: make(map[int64]chan struct{})}
}

func failure(code, message string) error {
	return &engine.Error{Kind: engine.KindScript, Message: message, HasValue: true, Value: map[string]any{"code": code, "host": "h:80"}}
}

func (w *web) host(name string, args []any) ([]any, error) {
	switch name {
	case "runner.http.open":
		return w.open(args[0].(map[string]any))
	case "runner.http.read":
		return w.read(args[0].(int64))
	case "runner.http.close":
		w.mu.Lock()
		defer w.mu.Unlock()
		handle := args[0].(int64)
		w.closed = append(w.closed, handle)
		close(w.endedLocked(handle))
		return nil, nil
	}
	return nil, fmt.Errorf("there is no %s", name)
}

// endedLocked is closed when the handle is.
func (w *web) endedLocked(handle int64) chan struct{} {
	if w.ended[handle] == nil {
		w.ended[handle] = make(chan struct{})
	}
	return w.ended[handle]
}

func (w *web) open(spec map[string]any) ([]any, error) {
	handle := spec["handle"].(int64)
	w.mu.Lock()
	w.asked = append(w.asked, spec)
	ended := w.endedLocked(handle)
	w.mu.Unlock()
	_, path, _ := strings.Cut(strings.TrimPrefix(spec["url"].(string), "http://"), "/")
	path = percentDecode(path)
	word, arg, _ := strings.Cut(path, "/")
	status, parts := int64(200), []string{arg}
	switch word {
	case "status":
		fmt.Sscan(arg, &status)
	case "echo":
		body, _ := spec["body"].([]byte)
		var headers strings.Builder
		for _, item := range spec["headers"].([]any) {
			pair := item.([]any)
			fmt.Fprintf(&headers, " %s=%s", pair[0], pair[1])
		}
		parts = []string{fmt.Sprint(spec["method"], " ", spec["redirect"], headers.String(), " "), string(body)}
	case "parts":
		parts = strings.Split(arg, "/")
	case "broken":
		parts = []string{"some", "\x00ECONNRESET"}
	case "hang":
		parts = []string{"some", "\x00hang"}
	case "wait":
		<-ended
		return nil, failure("ABORT_ERR", "the request: it was given up")
	case "fail":
		return nil, failure(arg, "h:80: it failed")
	case "denied":
		return nil, &engine.Error{Kind: engine.KindDenied, Message: "not granted", HasValue: true, Value: map[string]any{"grant": "net", "path": "h:80"}}
	case "bad":
		return nil, &engine.Error{Kind: engine.KindScript, Message: `runner.http.open: argument 1: "headers": Host is taken from the URL`}
	case "large":
		parts = []string{strings.Repeat("x", 600), strings.Repeat("y", 600)}
	}
	w.mu.Lock()
	w.rest[handle] = parts
	w.mu.Unlock()
	return []any{map[string]any{
		"status": status, "status_text": "Fine", "url": []byte(spec["url"].(string) + "#f"), "redirected": word == "redirected", "max_body": int64(1000),
		"headers": []any{[]any{"Content-Type", "text/plain"}, []any{"Set-Cookie", "a=1, b"}, []any{"Set-Cookie", "c=2"}, []any{"X-Odd", []byte("\xfc")}},
	}}, nil
}

func (w *web) read(handle int64) ([]any, error) {
	w.mu.Lock()
	w.reads++
	parts := w.rest[handle]
	if len(parts) == 0 {
		w.mu.Unlock()
		return nil, &engine.Error{Kind: engine.KindScript, Message: "runner.http.read: argument 1: there is no open response"}
	}
	part := parts[0]
	w.rest[handle] = parts[1:]
	ended := w.endedLocked(handle)
	w.mu.Unlock()
	switch part {
	case "\x00ECONNRESET":
		return nil, failure("ECONNRESET", "h:80: the response broke off")
	case "\x00hang":
		<-ended
		return nil, failure("ABORT_ERR", "h:80: it was given up")
	}
	return []any{[]byte(part), len(parts) == 1}, nil
}

// evaluate returns what an expression in an async function comes to.
func evaluate(t *testing.T, parent *web, expression string) (any, error) {
	t.Helper()
	w := newWorld(t)
	w.host = parent.host
	if err := w.load(asyncConfig, "async function run() { return [await ("+expression+")] }"); err != nil {
		t.Fatal(err)
	}
	got, err := w.call()
	if err != nil {
		return nil, err
	}
	for _, late := range w.late {
		t.Errorf("%s: %v", expression, late)
	}
	return got[0].([]any)[0], nil
}

const helpers = `
	const caught = async (f) => { try { await f() } catch (e) { return e } throw new Error('nothing was thrown') };
	const said = async (f) => { const e = await caught(f); return e.name + ': ' + e.message };
`

func TestFetch(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]any{
		`fetch('http://h/text/hello').then(r => r.text())`: "hello",
		`fetch('http://h/parts/a/b/c').then(async r => [r.status, r.ok, r.statusText, r.url, r.redirected, r.type, r.bodyUsed, await r.text(), r.bodyUsed])`: []any{
			int64(200), true, "Fine", "http://h/parts/a/b/c", false, "basic", false, "abc", true},
		`fetch('http://h/redirected/').then(r => r.redirected)`:                                                    true,
		`fetch('http://h/status/404').then(r => [r.status, r.ok])`:                                                 []any{int64(404), false},
		`fetch('http://h/text/[1,{"a":2}]').then(r => r.json())`:                                                   []any{int64(1), map[string]any{"a": int64(2)}},
		`fetch('http://h/text/ab').then(r => r.bytes())`:                                                           []byte("ab"),
		`fetch('http://h/text/ab').then(r => r.arrayBuffer()).then(b => [b instanceof ArrayBuffer, b.byteLength])`: []any{true, int64(2)},
		"fetch('http://h/text/\uFEFFä').then(r => r.text())":                                                       "ä",
		`fetch('http://h/text/%e2%82A%ff%ff').then(r => r.text())`:                                                 "\uFFFDA\uFFFD\uFFFD",
		`fetch('http://h/status/204').then(async r => [r.body, await r.text(), r.bodyUsed])`:                       []any{nil, "", false},
		`fetch('http://h/text/x', {method: 'head'}).then(async r => [r.body, await r.text()])`:                     []any{nil, ""},
		`fetch('http://h/').then(r => [r.headers.get('content-TYPE'), r.headers.get('set-cookie'), r.headers.getSetCookie(), r.headers.get('x-odd'), r.headers.get('none'), r.headers.has('X-Odd'), [...r.headers].length])`: []any{
			"text/plain", "a=1, b, c=2", []any{"a=1, b", "c=2"}, "ü", nil, true, int64(4)},

		`fetch('http://h/echo').then(r => r.text())`:                                                                                                                        "GET follow accept=*/* ",
		`fetch('http://h/echo', {method: 'post', body: 'ä\ud800'}).then(r => r.text())`:                                                                                     "POST follow content-type=text/plain;charset=UTF-8 accept=*/* ä\uFFFD",
		`fetch('http://h/echo', {method: 'PATCH', body: new Uint8Array([0,65,66,67]).subarray(1, 3), redirect: 'manual'}).then(r => r.text())`:                              "PATCH manual accept=*/* AB",
		`fetch('http://h/echo', {method: 'PUT', body: new DataView(new Uint8Array([65,66]).buffer, 1), headers: [['Accept', ' a '], ['accept', 'b']]}).then(r => r.text())`: "PUT follow accept=a accept=b B",
		`fetch('http://h/echo', {method: 'PUT', body: new URLSearchParams({a: 1})}).then(r => r.text())`:                                                                    "PUT follow content-type=application/x-www-form-urlencoded;charset=UTF-8 accept=*/* a=1",
		`fetch('http://h/echo', {method: 'POST', body: 1, headers: new Headers({'Content-Type': 'x'})}).then(r => r.text())`:                                                "POST follow content-type=x accept=*/* 1",
		`fetch(new URL('echo', 'HTTP://H:80'), null).then(r => r.text())`:                                                                                                   "GET follow accept=*/* ",
		`fetch(new Request('http://h/echo', {method: 'POST', body: 'a', headers: {b: 'c'}}), {redirect: 'error'}).then(r => r.text())`:                                      "POST error b=c content-type=text/plain;charset=UTF-8 accept=*/* a",
		`fetch('http://h/parts/a/b').then(r => fetch('http://h/echo', {method: 'POST', body: r.body})).then(r => r.text())`:                                                 "POST follow accept=*/* ab",
	} {
		t.Run(expression, func(t *testing.T) {
			t.Parallel()
			got, err := evaluate(t, newWeb(), expression)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, got, want)
		})
	}
}

func TestFetchErrors(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]any{
		`fetch('http://bücher.h/')`:                                                   "TypeError: Failed to parse URL from \"http://bücher.h/\": its host is not ASCII: write an international name in Punycode, as xn--...",
		`fetch('/x')`:                                                                 "TypeError: Failed to parse URL from \"/x\": it is not absolute",
		`fetch('')`:                                                                   "TypeError: Failed to parse URL from \"\": it is not absolute",
		`fetch('ftp://h/')`:                                                           "TypeError: Failed to parse URL from \"ftp://h/\": it must begin with http:// or https://, not ftp:",
		`fetch('data:,x')`:                                                            "TypeError: Failed to parse URL from \"data:,x\": it must begin with http:// or https://, not data:",
		`fetch('http://h/bad')`:                                                       "TypeError: \"headers\": Host is taken from the URL",
		`fetch('http://h/', 1)`:                                                       "TypeError: the options must be an object",
		`fetch('http://h/', {method: 'A B'})`:                                         "TypeError: \"A B\" is not the method of a request",
		`fetch('http://h/', {method: 'trace'})`:                                       "TypeError: the method TRACE is not for scripts",
		`fetch('http://h/', {body: 'x'})`:                                             "TypeError: Request with GET/HEAD method cannot have body.",
		`fetch('http://h/', {redirect: 'x'})`:                                         "TypeError: redirect must be \"follow\", \"error\" or \"manual\"",
		`fetch('http://h/', {signal: {}})`:                                            "TypeError: signal must be an AbortSignal",
		`fetch('http://h/', {integrity: 'sha256-x'})`:                                 "TypeError: the option integrity is not available",
		`fetch('http://h/', {headers: {'a b': 'c'}})`:                                 "TypeError: \"a b\" is not the name of a header",
		`fetch('http://h/', {headers: {'a\r\nb': 'c'}})`:                              "TypeError: \"a\\r\\nb\" is not the name of a header",
		`fetch('http://h/', {headers: {a: 'b\r\nc: d'}})`:                             "TypeError: the value of the header a has a control character in it",
		`fetch('http://h/', {headers: {a: '\u0100'}})`:                                "TypeError: the value of the header a has a character above U+00FF in it, which headers cannot carry",
		`fetch('http://h/', {headers: [['a']]})`:                                      "TypeError: an entry of headers must be [name, value]",
		`fetch('http://h/', {headers: 'a: b'})`:                                       "TypeError: headers must be an object, an array of [name, value], or Headers",
		`fetch('http://h/', {method: 'POST', body: {}})`:                              "TypeError: a body must be a string, octets, URLSearchParams or the body of a response, not an object: use JSON.stringify",
		`fetch('http://h/text/{').then(r => r.json())`:                                "SyntaxError: Unexpected end of JSON input at position 1 (line 1 column 2)",
		`fetch('http://h/').then(r => r.blob())`:                                      "TypeError: blob() is not available: use bytes() or arrayBuffer()",
		`fetch('http://h/').then(r => r.headers.set('a', 'b'))`:                       "TypeError: the headers of a response that was received cannot be changed: make a new Headers of them",
		`fetch('http://h/').then(async r => { await r.text(); return r.text() })`:     "TypeError: Body is unusable: Body has already been read",
		`fetch('http://h/').then(async r => { r.body.getReader(); return r.text() })`: "TypeError: Body is unusable: its stream is locked",
		`fetch('http://h/').then(async r => { await r.text(); r.clone() })`:           "TypeError: Body is unusable: Body has already been read",
		`fetch('http://h/').then(r => r.body.pipeThrough())`:                          "TypeError: pipeThrough is not available: read from getReader()",
		`fetch('http://h/large').then(r => r.text())`:                                 "limit: the body has more than 1000 bytes, which is the most that can be gathered: read it in parts, with body.getReader(), or raise --max-payload",
		`fetch('http://h/denied')`:                                                    "denied: not granted",
		`fetch('http://h/fail/ENOTFOUND')`:                                            "TypeError: fetch failed <- ENOTFOUND h:80: it failed",
		`fetch('http://h/broken').then(r => r.text())`:                                "TypeError: terminated <- ECONNRESET h:80: the response broke off",
		`fetch('http://h/broken').then(async r => { const c = r.clone(); await r.text().catch(() => {}); return c.text() })`: "TypeError: terminated <- ECONNRESET h:80: the response broke off",
		`(async () => new Response('x', {status: 204}))()`:                                                                   "TypeError: a response of status 204 cannot have a body",
		`(async () => new Response('x', {status: 99}))()`:                                                                    "RangeError: the status of a response must be 200 to 599",
		`(async () => new Response('x', {statusText: '\n'}))()`:                                                              "TypeError: statusText has a character in it that it cannot have",
		`(async () => Response.json())()`:                                                                                    "TypeError: the value is none that JSON has",
		`(async () => new (new Response('').body.constructor)())()`:                                                          "TypeError: Illegal constructor",
		`(async () => new Request())()`:                                                                                      "TypeError: Failed to parse URL from \"undefined\": it is not absolute",
	} {
		t.Run(expression, func(t *testing.T) {
			t.Parallel()
			got, err := evaluate(t, newWeb(), `(async () => { try { return await (`+expression+`) } catch (e) {
				return (e.kind ?? e.name) + ': ' + e.message + (e.cause ? ' <- ' + e.cause.code + ' ' + e.cause.message : '') } })()`)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, got, want)
		})
	}
	// What is not caught is told with where the script asked, and why it failed.
	w := newWorld(t)
	w.host = newWeb().host
	if err := w.load(asyncConfig, "\nasync function run() {\n  await fetch('http://h/fail/ECONNREFUSED') }"); err != nil {
		t.Fatal(err)
	}
	_, err := w.call()
	e := scriptError(t, err, engine.KindScript, "TypeError: fetch failed")
	if at(e, 0) != "run@test.js:3:14" || e.Cause == nil || e.Cause.Message != "h:80: it failed" {
		t.Errorf("%+v %+v", e, e.Cause)
	}
}

// A body that fails while it is read tells where the script asked for it.
func TestBodyErrorPlaces(t *testing.T) {
	t.Parallel()
	for call, want := range map[string]string{
		"'http://h/broken').then(async (r) =>\n  await r.text()":                                            "TypeError: terminated",
		"'http://h/broken').then(async (r) =>\n  await r.json()":                                            "TypeError: terminated",
		"'http://h/broken').then(async (r) =>\n  await r.arrayBuffer()":                                     "TypeError: terminated",
		"'http://h/broken').then(async (r) =>\n  await r.clone().text()":                                    "TypeError: terminated",
		"'http://h/broken').then(async (r) => { const d = r.body.getReader(); for (;;)\n  await d.read() }": "TypeError: terminated",
		"'http://h/text/{').then(async (r) =>\n  await r.json()":                                            "SyntaxError: Unexpected end of JSON input at position 1 (line 1 column 2)",
		"'http://h/large').then(async (r) =>\n  await r.text()":                                             "the body has more than 1000 bytes, which is the most that can be gathered: read it in parts, with body.getReader(), or raise --max-payload",
	} {
		w := newWorld(t)
		w.host = newWeb().host
		if err := w.load(syncConfig, "async function run() { await fetch("+call+") }"); err != nil {
			t.Fatal(err)
		}
		_, err := w.call()
		var e *engine.Error
		if !errors.As(err, &e) || e.Message != want || len(e.Stack) == 0 || e.Stack[0].Line != 2 || e.Stack[0].File != "test.js" {
			t.Errorf("%s: %+v", call, err)
			continue
		}
		if want == "TypeError: terminated" && (e.Cause == nil || e.Cause.Message != "h:80: the response broke off") {
			t.Errorf("%s: the cause is %v", call, e.Cause)
		}
		if strings.HasPrefix(want, "the body") && e.Kind != engine.KindLimit {
			t.Errorf("%s: the kind is %s", call, e.Kind)
		}
	}
}

func TestStreams(t *testing.T) {
	t.Parallel()
	const chunks = `const chunks = async (s) => { const r = s.getReader(), out = []; for (;;) { const {value, done} = await r.read(); if (done) return out; out.push(String.fromCharCode(...value)) } };`
	for script, want := range map[string]any{
		`const r = await fetch('http://h/parts/a/b'); return [await chunks(r.body), r.bodyUsed, r.body === r.body]`: []any{[]any{"a", "b"}, true, true},
		`const r = await fetch('http://h/parts/a/b'); const d = r.body.getReader(); const all = await Promise.all([d.read(), d.read(), d.read()]);
			return all.map(x => [x.done, x.value && x.value[0]])`: []any{[]any{false, int64(97)}, []any{false, int64(98)}, []any{true, nil}},
		`const r = await fetch('http://h/parts/a/b'); const d = r.body.getReader(); await d.read(); const l = [r.body.locked]; d.releaseLock(); l.push(r.body.locked);
			const e = await d.read().catch(e => e.message); return [...l, e, await chunks(r.body)]`: []any{true, false, "the reader has released its stream", []any{"b"}},
		`const r = await fetch('http://h/parts/a/b'); const d = r.body.getReader(); try { r.body.getReader() } catch (e) { return e.message }`: "the stream is locked: another reader has it",
		`const r = await fetch('http://h/parts/a/b'); await r.body.cancel(); return [r.bodyUsed, await chunks(r.body)]`:                        []any{true, []any{}},
		`const r = await fetch('http://h/parts/a/b'); const i = r.body[Symbol.asyncIterator](); const out = []; for (let x; !(x = await i.next()).done; ) out.push(x.value[0]);
			return [out, r.body.locked]`: []any{[]any{int64(97), int64(98)}, false},
		`const r = await fetch('http://h/parts/a/b'); const c = r.clone(); return [await r.text(), await c.text(), c.url, c.headers.get('x-odd'), c.status]`: []any{"ab", "ab", "http://h/parts/a/b", "ü", int64(200)},
		`const r = await fetch('http://h/parts/a/b'); const c = r.clone(), d = c.clone(); return await Promise.all([d.text(), r.text(), c.text()])`:          []any{"ab", "ab", "ab"},
		`const r = await fetch('http://h/parts/a/b'); const [x, y] = r.body.tee(); await x.cancel(); return [r.body.locked, await chunks(y)]`:                []any{true, []any{"a", "b"}},
		`const r = await fetch('http://h/large'); const c = r.clone(); return [(await chunks(r.body)).length, await c.text().catch(e => e.kind)]`:            []any{int64(2), "limit"},
		`const r = await fetch('http://h/large'); return (await chunks(r.body)).length`:                                                                      int64(2),

		`const r = new Response('ab', {status: 201, headers: {a: 'b'}}); const c = r.clone(); return [r.type, r.status, r.ok, await r.text(), r.headers.get('content-type'), r.headers.get('a'), await c.text()]`: []any{
			"default", int64(201), true, "ab", "text/plain;charset=UTF-8", "b", "ab"},
		`const r = new Response(); return [r.status, r.body, await r.text(), String(r), r.url]`:                                         []any{int64(200), nil, "", "[object Response]", ""},
		`const r = Response.json({a: [1]}, {status: 400}); return [r.status, r.headers.get('content-type'), await r.json()]`:            []any{int64(400), "application/json", map[string]any{"a": []any{int64(1)}}},
		`const f = await fetch('http://h/parts/a/b'); const r = new Response(f.body); const t = await r.text(); return [t, f.bodyUsed]`: []any{"ab", true},
		`return [await new Response('').text(), await new Response(new Uint8Array()).bytes()]`:                                          []any{"", []byte{}},

		`const q = new Request('http://h/a', {method: 'POST', body: 'x', headers: {b: 'c'}}); const c = q.clone(), n = new Request(c, {method: 'PUT'});
			return [q.url, q.method, q.redirect, q.signal.aborted, await q.text(), c.bodyUsed, n.method, n.headers.get('b'), await n.text()]`: []any{
			"http://h/a", "POST", "follow", false, "x", true, "PUT", "c", "x"},
		`const h = new Headers({b: 1, A: 'x'}); h.append('a', 'y'); h.append('c', ''); h.set('B', 2); h.delete('C'); const out = []; h.forEach((v, k) => out.push(k + v));
			return [[...h], [...h.keys()], [...h.values()], out, h.get('a'), h.has('c'), [...new Headers(h)].length, String(h)]`: []any{
			[]any{[]any{"a", "x, y"}, []any{"b", "2"}}, []any{"a", "b"}, []any{"x, y", "2"}, []any{"ax, y", "b2"}, "x, y", false, int64(2), "[object Headers]"},
		`return [typeof fetch, typeof Headers, typeof Request, typeof Response, typeof ReadableStream]`: []any{"function", "function", "function", "function", "undefined"},
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			got, err := evaluate(t, newWeb(), `(async () => {`+chunks+script+`})()`)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, got, want)
		})
	}
}

func TestFetchAborted(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]any{
		`const c = new AbortController(); c.abort(); return said(() => fetch('http://h/', {signal: c.signal}))`:                                                        "AbortError: This operation was aborted",
		`const c = new AbortController(); const p = fetch('http://h/wait', {signal: c.signal}); queueMicrotask(() => c.abort()); return said(() => p)`:                 "AbortError: This operation was aborted",
		`const c = new AbortController(); const p = fetch('http://h/wait', {signal: c.signal}); c.abort(new RangeError('mine')); return said(() => p)`:                 "RangeError: mine",
		`const c = new AbortController(); const p = fetch(new Request('http://h/wait', {signal: c.signal})); c.abort(); return said(() => p)`:                          "AbortError: This operation was aborted",
		`const c = new AbortController(); const r = await fetch('http://h/hang', {signal: c.signal}); const p = r.text(); await null; c.abort(); return said(() => p)`: "AbortError: This operation was aborted",
		`const c = new AbortController(); const r = await fetch('http://h/text/x', {signal: c.signal}); c.abort(); return said(() => r.text())`:                        "AbortError: This operation was aborted",
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			parent := newWeb()
			got, err := evaluate(t, parent, `(async () => {`+helpers+script+`})()`)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, got, want)
			if open := len(parent.asked) - len(parent.closed); open != 0 {
				t.Errorf("%d requests are not given up", open)
			}
		})
	}
	parent := newWeb()
	got, err := evaluate(t, parent, `(async () => {`+helpers+`const s = AbortSignal.timeout(5); await new Promise(f => setTimeout(f, 9)); return said(() => fetch('http://h/', {signal: s})) })()`)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got, "TimeoutError: The operation was aborted due to timeout")
	// An answer that was read leaves nothing with its signal.
	parent = newWeb()
	got, err = evaluate(t, parent, `(async () => { const c = new AbortController(); const r = await fetch('http://h/text/x', {signal: c.signal}); const t = await r.text(); c.abort(); return t })()`)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got, "x")
	equal(t, len(parent.closed), 0)
}

// Reads follow the script's: nothing is asked for ahead.
func TestFetchPulls(t *testing.T) {
	t.Parallel()
	parent := newWeb()
	if _, err := evaluate(t, parent, `(async () => { const r = await fetch('http://h/parts/a/b/c/d'); const d = r.body.getReader(); await d.read(); await d.read() })()`); err != nil {
		t.Fatal(err)
	}
	equal(t, parent.reads, 2)
}

// A response that the script has dropped is closed as garbage, also while its
// signal lives.
func TestFetchDropped(t *testing.T) {
	t.Parallel()
	parent := newWeb()
	w := newWorld(t)
	w.host = parent.host
	if err := w.load(asyncConfig, `
		const controller = new AbortController();
		async function run() {
			for (let i = 0; i < 10; i++) {
				const r = await fetch('http://h/parts/a/b', i % 2 ? {signal: controller.signal} : {});
				if (i % 3) await r.body.getReader().read();
			}
			return true;
		}`); err != nil {
		t.Fatal(err)
	}
	if _, err := w.call(); err != nil {
		t.Fatal(err)
	}
	closed := 0
	for range 200 {
		runtime.GC()
		w.run()
		parent.mu.Lock()
		closed = len(parent.closed)
		parent.mu.Unlock()
		if closed >= 9 { // the last may be in a register
			return
		}
	}
	t.Errorf("%d responses of 10 are closed", closed)
}
