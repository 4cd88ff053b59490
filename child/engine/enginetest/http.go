package enginetest

import (
	"encoding/json"

	"scripthost.example/wire"
)

// request expects that a call makes a request, and returns it with what it asks for.
func (p *Parent) request(call uint32) (HostCall, map[string]any) {
	p.t.Helper()
	h := p.AnyHostCall()
	if h.Call != call || h.Name != "runner.http.open" || len(h.Args) != 1 {
		p.t.Fatalf("there is a host call of %s by call %d, want a request by %d", h.Name, h.Call, call)
	}
	spec, _ := h.Args[0].(map[string]any)
	return h, spec
}

// respond answers a request whose body may have 100 bytes where it is gathered.
func (p *Parent) respond(h HostCall) {
	p.t.Helper()
	p.Return(h, map[string]any{
		"status": 200, "status_text": "OK", "url": "http://example.com/", "redirected": false, "max_body": 100,
		"headers": []any{[]any{"Content-Type", "text/plain"}},
	})
}

// body expects the read of a response, and hands over some of it.
func (p *Parent) body(call uint32, spec map[string]any, text string, last bool) {
	p.t.Helper()
	p.Return(p.HostCall(call, "runner.http.read", spec["handle"], 256<<10), []byte(text), last)
}

// httpCases are about the requests that scripts make.
func httpCases() []testCase {
	get := worker{
		lua: `local function get() local r, message, code = http.get("http://example.com/", {headers = {A = "b"}})
				if not r then return "failed", message, code end
				return r.status, r.headers["Content-Type"], r.body end
			function run() local ok, a, b, c = pcall(get) if ok then return a, b, c end return "raised", a.kind, a.value.grant or a.value.limit end`,
		js: `async function get() {
				const r = await fetch('http://example.com/', {headers: {A: 'b'}});
				return results(r.status, r.headers.get('Content-Type'), await r.text()) }
			async function run() { try { return await get() } catch (e) {
				if (e.kind) return results('raised', e.kind, e.value.grant || e.value.limit);
				return results('failed', e.cause.message, e.cause.code) } }`,
	}
	stream := worker{
		lua: `function run(done) local r = http.get("http://example.com/", {stream = true})
			done.event(r:read(3)) if r:read(1) then r:close() end done("closed") end
			function other(done, x) done(x) end`,
		js: `async function run(done) { const r = await fetch('http://example.com/'); const d = r.body.getReader();
			done.event(String.fromCharCode(...(await d.read()).value)); await d.read(); await d.cancel(); done('closed') }
			function other(done, x) { done(x) }`,
	}
	return []testCase{
		{
			name:   "a request",
			worker: get,
			run: func(p *Parent) {
				p.Call(1)
				h, spec := p.request(1)
				headers, _ := spec["headers"].([]any)
				if spec["url"] != "http://example.com/" || spec["method"] != "GET" || len(headers) == 0 {
					p.t.Errorf("the request is %v", spec)
				}
				p.respond(h)
				p.body(1, spec, "some ", false)
				p.body(1, spec, "text", true)
				p.Result(1, 200, "text/plain", "some text")
				p.Call(1)
				h, again := p.request(1)
				if again["handle"] == spec["handle"] {
					p.t.Errorf("a handle is used twice")
				}
				p.respond(h)
				p.body(1, again, "", true)
				p.Result(1, 200, "text/plain", "")
			},
		},
		{
			name:   "requests that fail",
			worker: get,
			run: func(p *Parent) {
				p.Call(1)
				h, _ := p.request(1)
				p.Throw(h, wire.Error{Kind: wire.ErrorScript, Message: "example.com:80: no", Value: json.RawMessage(`{"code":"ECONNREFUSED","host":"example.com:80"}`)})
				p.Result(1, "failed", "example.com:80: no", "ECONNREFUSED")
				p.Call(1)
				h, _ = p.request(1)
				p.Throw(h, wire.Error{Kind: wire.ErrorDenied, Message: "no", Value: json.RawMessage(`{"grant":"net","path":"example.com:80"}`)})
				p.Result(1, "raised", "denied", "net")
				p.Call(1)
				h, spec := p.request(1)
				p.respond(h)
				p.body(1, spec, "some", false)
				p.Throw(p.HostCall(1, "runner.http.read", spec["handle"], 256<<10), wire.Error{
					Kind: wire.ErrorScript, Message: "it broke off", Value: json.RawMessage(`{"code":"ECONNRESET","host":"example.com:80"}`)})
				if p.language == js {
					p.HostCall(0, "runner.http.close", spec["handle"])
				}
				p.Result(1, "failed", "it broke off", "ECONNRESET")
			},
		},
		{
			name:   "a body over the limit",
			worker: get,
			run: func(p *Parent) {
				p.Call(1)
				h, spec := p.request(1)
				p.respond(h)
				p.body(1, spec, text(60), false)
				p.body(1, spec, text(60), false)
				p.HostCall(0, "runner.http.close", spec["handle"])
				p.Result(1, "raised", "limit", "response body")
			},
		},
		{
			name:   "a stream, read as the script reads it",
			async:  true,
			worker: stream,
			run: func(p *Parent) {
				p.Call(1)
				h, spec := p.request(1)
				p.CallNamed(2, "other", 5) // which runs meanwhile
				p.Result(2, 5)
				p.respond(h)
				p.body(1, spec, "abc", false)
				p.CallEvent(1, "abc")
				p.body(1, spec, "d", false)
				p.HostCall(0, "runner.http.close", spec["handle"])
				p.Result(1, "closed")
			},
		},
		{
			name:   "a call that is cancelled",
			async:  true,
			worker: stream,
			run: func(p *Parent) {
				cancelled := wire.Error{Kind: wire.ErrorCancelled, Message: "the call was cancelled"}
				p.Call(1)
				h, _ := p.request(1)
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				p.Throw(h, cancelled) // as the parent does, whose request ends with its call
				p.CallNamed(2, "other", 5)
				p.Result(2, 5)
				p.Call(1)
				h, spec := p.request(1)
				p.respond(h)
				read := p.HostCall(1, "runner.http.read", spec["handle"], 256<<10)
				p.Cancel(1)
				p.Fails(1, wire.ErrorCancelled)
				p.Throw(read, cancelled)
				if p.language == js {
					p.HostCall(0, "runner.http.close", spec["handle"])
				}
				p.CallNamed(2, "other", 6)
				p.Result(2, 6)
				p.Drain()
				p.Drained()
			},
		},
		{
			name:  "a request that is aborted",
			async: true,
			worker: worker{js: `async function run(done) {
				const c = new AbortController(); const p = fetch('http://example.com/', {signal: c.signal});
				await host.gate(); c.abort();
				try { await p } catch (e) { done(e.name) } }`},
			boot: offering("gate"),
			run: func(p *Parent) {
				p.Call(1)
				h, spec := p.request(1)
				p.Return(p.HostCall(1, "gate"))
				p.HostCall(0, "runner.http.close", spec["handle"])
				p.Result(1, "AbortError")
				p.respond(h) // which comes too late
				p.Drain()
				p.Drained()
			},
		},
	}
}
