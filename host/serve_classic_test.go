//go:build unix

package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"scripthost.example/wire"
)

// serveClassic serves a script to a parent that the test itself plays at the
// other end of conn.
func serveClassic(t *testing.T, script *Script, opts Options) (conn *net.UnixConn, served <-chan error) {
	t.Helper()
	near, far := unixPair(t)
	far.SetDeadline(time.Now().Add(testTime))
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error, 1)
	ended := make(chan struct{})
	if opts.OnLog == nil {
		opts.OnLog = func(LogRecord) {}
	}
	if opts.OnError == nil {
		opts.OnError = func(error) {}
	}
	go func() {
		defer close(ended)
		result <- ServeClassic(ctx, near, script, &opts)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		far.Close()
	})
	return far, result
}

var classicEcho = source{
	Lua: `
		count = 0
		function setup(...) count = select("#", ...) end
		function run(...)
			local what = ...
			event("got", what)
			if what == "fail" then error("out of cheese") end
			if what == "count" then return count end
			return ...
		end`,
	JS: `
		let count = 0;
		function setup(...args) { count = args.length; }
		function run(...args) {
			event("got", args.length ? args[0] : null);
			if (args[0] === "fail") throw new Error("out of cheese");
			if (args[0] === "count") return count;
			return results(...args);
		}`,
}

// A sync parent of the classic dialect gets results in order, each behind its
// events, and the end of the stream once it has half-closed it.
func TestServeClassicSync(t *testing.T) {
	t.Parallel()
	classicEcho.each(t, func(t *testing.T, script *Script) {
		conn, served := serveClassic(t, script, Options{Init: "setup", InitArgs: []any{"a", 2, true}})
		binary := make([]byte, 256)
		for i := range binary {
			binary[i] = byte(i)
		}
		var sent, want []byte
		for _, v := range []string{"count", "hello", string(binary), strings.Repeat("x", 1<<20)} {
			sent = wire.AppendSyncRequest(sent, text(v))
			want = wire.AppendFrame(want, 0, text("got", v))
			if v == "count" {
				v = "3"
			}
			want = wire.AppendFrame(want, wire.SyncID, text(v))
		}
		go func() {
			conn.Write(sent)
			conn.CloseWrite()
		}()
		if got, err := io.ReadAll(conn); err != nil || !bytes.Equal(got, want) {
			t.Errorf("read %d bytes (%.100q), %v; want %d (%.100q)", len(got), got, err, len(want), want)
		}
		if err := <-served; err != nil {
			t.Errorf("ServeClassic: %v", err)
		}
	})
}

// An async parent gets each result with the id of its request, whatever number
// that is.
func TestServeClassicAsync(t *testing.T) {
	t.Parallel()
	source{
		Lua: `local waiting
			function run(done, what)
				event("got", what)
				if waiting then waiting("behind " .. what) end
				waiting = done
				if what == "last" then done(what) end
			end`,
		JS: `let waiting;
			function run(done, what) {
				event("got", what);
				if (waiting) waiting("behind " + what);
				waiting = done;
				if (what === "last") done(what);
			}`,
	}.each(t, func(t *testing.T, script *Script) {
		conn, served := serveClassic(t, script, Options{Async: true})
		ids := []uint32{0x80000000, 0xffffffff, 7, 0x80000001} // the first one is that of BOOT
		words := []string{"a", "b", "c", "last"}
		var sent, want []byte
		for i, id := range ids {
			sent = wire.AppendFrame(sent, id, text(words[i]))
			want = wire.AppendFrame(want, 0, text("got", words[i]))
			if i > 0 {
				want = wire.AppendFrame(want, ids[i-1], text("behind "+words[i]))
			}
		}
		want = wire.AppendFrame(want, ids[3], text("last"))
		send(t, conn, sent)
		conn.CloseWrite()
		if got, err := io.ReadAll(conn); err != nil || !bytes.Equal(got, want) {
			t.Errorf("read %q, %v; want %q", got, err, want)
		}
		if err := <-served; err != nil {
			t.Errorf("ServeClassic: %v", err)
		}
	})
}

// Payloads pass as they are: the parent's serialiser is not needed here.
func TestServeClassicSerialisers(t *testing.T) {
	t.Parallel()
	for _, s := range []Serialiser{JSON, CBOR, MsgPack, reverse{}} {
		t.Run(s.Name(), func(t *testing.T) {
			t.Parallel()
			classicEcho.each(t, func(t *testing.T, script *Script) {
				if isCustom(s) && script.Language() != Lua {
					t.Skip("the worker's half of the test's serialiser is in Lua")
				}
				values := []any{"hello", "x"}
				payload, err := s.AppendFreeze(nil, values)
				if err != nil {
					t.Fatal(err)
				}
				conn, served := serveClassic(t, script, Options{Serialiser: s})
				send(t, conn, wire.AppendSyncRequest(nil, payload))
				conn.CloseWrite()
				rd := wire.NewClassicReader(conn, 1<<20)
				for _, want := range [][]any{{"got", "hello"}, values} {
					f, err := rd.Next()
					if err != nil {
						t.Fatal(err)
					}
					if got, err := s.Thaw(f.Payload); err != nil || !slices.Equal(got, want) {
						t.Errorf("got %v, %v; want %v", got, err, want)
					}
				}
				if err := <-served; err != nil {
					t.Errorf("ServeClassic: %v", err)
				}
			})
		})
	}
}

// A call that fails is the end, as it is in AnyEvent::Fork::RPC: what was made
// before arrives, the call stays without a result, and what comes behind it is
// not run.
func TestServeClassicFails(t *testing.T) {
	t.Parallel()
	classicEcho.each(t, func(t *testing.T, script *Script) {
		conn, served := serveClassic(t, script, Options{})
		var sent, want []byte
		for _, what := range []string{"first", "fail", "behind"} {
			sent = wire.AppendSyncRequest(sent, text(what))
		}
		want = wire.AppendFrame(want, 0, text("got", "first"))
		want = wire.AppendFrame(want, 1, text("first"))
		want = wire.AppendFrame(want, 0, text("got", "fail"))
		send(t, conn, sent)
		got := make([]byte, len(want))
		if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, want) {
			t.Errorf("read %q, %v; want %q", got, err, want)
		}
		if n, err := conn.Read(got); n > 0 || err == nil {
			t.Errorf("then it read %d bytes, %v", n, err)
		}
		var e *ScriptError
		if err := <-served; !errors.As(err, &e) || e.Message != "out of cheese" || len(e.Stack) == 0 {
			t.Errorf("ServeClassic: %v", err)
		}
	})
}

// Everything else that ends it says why.
func TestServeClassicErrors(t *testing.T) {
	t.Parallel()
	boot := wire.AppendFrame(nil, wire.ControlID(wire.KindBoot, 0), []byte(`{"version":1}`))
	for name, test := range map[string]struct {
		script string
		opts   Options
		sent   []byte
		is     error
		says   string
	}{
		"does not load":       {"load exit 9", Options{}, nil, nil, "status 9"},
		"dies":                {"exit 7", Options{}, wire.AppendSyncRequest(nil, nil), nil, "status 7"},
		"extended, sync":      {"echo", Options{}, boot, ErrTooLarge, "extended dialect"},
		"extended, async":     {"echo", Options{Async: true}, boot, ErrProtocol, "extended dialect"},
		"id 0":                {"echo", Options{Async: true}, wire.AppendFrame(nil, 0, nil), ErrProtocol, "id 0"},
		"id in use":           {"hang", Options{Async: true}, append(wire.AppendFrame(nil, 5, nil), wire.AppendFrame(nil, 5, nil)...), ErrProtocol, "id 5"},
		"end within a frame":  {"echo", Options{}, []byte{0, 0, 0, 9, 'x'}, ErrProtocol, "1 of 9 bytes"},
		"end within a header": {"echo", Options{Async: true}, []byte{0}, ErrProtocol, "1 bytes of a frame's header"},
		"over the limit":      {"echo", Options{Limits: Limits{Payload: 100}}, wire.AppendHeader(nil, 101, 0)[:4], ErrTooLarge, "101"},
		"time is up":          {"hang", Options{Limits: Limits{CallTime: 10 * time.Millisecond, Grace: time.Millisecond}}, wire.AppendSyncRequest(nil, nil), context.DeadlineExceeded, "10ms"},
		"OnEvent":             {"echo", Options{OnEvent: func(Event) {}}, nil, nil, "OnEvent"},
		"Wire":                {"echo", Options{Wire: Classic}, nil, nil, "Options.Wire"},
		"InitArgs":            {"echo", Options{Init: "setup", InitArgs: []any{nil}}, nil, nil, "InitArgs"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, served := serveClassic(t, faultScript(test.script), test.opts)
			conn.Write(test.sent) // it may have ended before
			conn.CloseWrite()
			err := <-served
			if err == nil || test.is != nil && !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("ServeClassic: %v, want %v, %q", err, test.is, test.says)
			}
			if start := name == "does not load" || name == "InitArgs"; errors.As(err, new(*StartError)) != start {
				t.Errorf("ServeClassic: %T, want a *StartError: %v", err, start)
			}
			if n, err := conn.Read(make([]byte, 100)); n > 0 || err == nil {
				t.Errorf("the stream goes on: %d, %v", n, err)
			}
		})
	}
}

// Limits, grants and host functions are for scripts of classic parents too.
func TestServeClassicServices(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	source{
		Lua: `function run(path) return io.open(path):read("*a"), host.twice(4) end`,
		JS:  `async function run(path) { return results(require('fs').readFileSync(path, 'utf8'), await host.twice(4)) }`,
	}.each(t, func(t *testing.T, script *Script) {
		conn, served := serveClassic(t, script, Options{
			Grants: Grants{Read: []string{path}},
			Host:   map[string]any{"twice": func(n int) int { return 2 * n }},
		})
		send(t, conn, wire.AppendSyncRequest(nil, text(path)))
		conn.CloseWrite()
		if got, err := io.ReadAll(conn); err != nil || !bytes.Equal(got, wire.AppendFrame(nil, 1, text("content", "8"))) {
			t.Errorf("read %q, %v", got, err)
		}
		if err := <-served; err != nil {
			t.Errorf("ServeClassic: %v", err)
		}
	})
}

// A parent that does not read holds up its worker, and nothing is lost; neither
// keeps its context's end from ending it.
func TestServeClassicSlowParent(t *testing.T) {
	t.Parallel()
	flood := source{
		Lua: `function run(n) for i = 1, tonumber(n) do event(string.rep("x", 1000)) end return n end`,
		JS:  `function run(n) { for (let i = 0; i < n; i++) event("x".repeat(1000)); return n }`,
	}
	flood.each(t, func(t *testing.T, script *Script) {
		conn, served := serveClassic(t, script, Options{})
		send(t, conn, wire.AppendSyncRequest(nil, text("3000")))
		conn.CloseWrite()
		rd := wire.NewClassicReader(conn, 1<<20)
		for i := range 3000 {
			if f, err := rd.Next(); err != nil || f.ID != 0 || len(f.Payload) != 1002 {
				t.Fatalf("event %d: %v, %d bytes", i, err, len(f.Payload))
			}
		}
		if f, err := rd.Next(); err != nil || f.ID != 1 || !bytes.Equal(f.Payload, text("3000")) {
			t.Fatalf("the result: %v, %q", err, f.Payload)
		}
		if err := <-served; err != nil {
			t.Errorf("ServeClassic: %v", err)
		}
	})
	flood.each(t, func(t *testing.T, script *Script) {
		near, far := unixPair(t)
		defer far.Close()
		ctx, cancel := context.WithCancel(context.Background())
		served := make(chan error, 1)
		go func() { served <- ServeClassic(ctx, near, script, nil) }()
		send(t, far, wire.AppendSyncRequest(nil, text(fmt.Sprint(10_000_000))))
		if _, err := far.Read(make([]byte, 1)); err != nil { // it has begun
			t.Fatal(err)
		}
		cancel()
		if err := <-served; !errors.Is(err, context.Canceled) {
			t.Errorf("ServeClassic: %v", err)
		}
	})
}

// A parent that is gone does not keep a busy worker alive.
func TestServeClassicParentGone(t *testing.T) {
	t.Parallel()
	spinner.each(t, func(t *testing.T, script *Script) {
		conn, served := serveClassic(t, script, Options{})
		send(t, conn, wire.AppendSyncRequest(nil, text("spin")))
		conn.Close()
		if err := <-served; !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("ServeClassic: %v", err)
		}
	})
}
