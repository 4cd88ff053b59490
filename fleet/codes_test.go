package fleet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/host"
)

// Each error has its code, and it is known which calls may be made elsewhere.
func TestCodes(t *testing.T) {
	t.Parallel()
	noFunction, bad := host.UnmarshalError([]byte(`{"type":"script","no_function":true}`))
	if bad != nil {
		t.Fatal(bad)
	}
	call := func(o host.Outcome, err error) error { return host.NewCallError("kind", o, err, "") }
	for _, c := range []struct {
		name      string
		err       error
		code      int
		elsewhere bool
	}{
		{"busy", call(host.NotSent, host.ErrBusy), 429, true},
		{"busy, but sent", call(host.Unknown, host.ErrBusy), 429, false},
		{"closed", call(host.NotSent, host.ErrClosed), 503, true},
		{"closed in the call", call(host.Unknown, host.ErrClosed), 503, false},
		{"crash loop", call(host.NotSent, host.ErrCrashLoop), 503, true},
		{"no instance", call(host.NotSent, ErrNoInstance), 503, true},
		{"script", &host.ScriptError{Message: "no"}, 500, false},
		{"no function", noFunction, 404, false},
		{"of a script that has caught it", &host.ScriptError{Message: "no", Value: "no such function"}, 500, false},
		{"denied", &host.DeniedError{Grant: "read"}, 403, false},
		{"serialise", &host.SerialiseError{Message: "no"}, 400, false},
		{"protocol", call(host.NotSent, ErrProtocol), 400, false},
		{"too large", call(host.NotSent, host.ErrTooLarge), 413, false},
		{"limit", &host.LimitError{Limit: "memory"}, 507, false},
		{"deadline", call(host.Unknown, context.DeadlineExceeded), 504, false},
		{"cancelled", call(host.Unknown, context.Canceled), 499, false},
		{"worker", &host.ExitError{Reason: "it crashed"}, 502, false},
		{"sandbox", call(host.NotSent, host.ErrSandboxUnavailable), 503, false},
		{"disconnected", call(host.NotSent, ErrDisconnected), 503, false},
		{"disconnected in the call", call(host.Unknown, ErrDisconnected), 503, false},
		{"not handed to the broker", host.NewCallError(kindDisconnected, host.NotSent, nats.ErrReconnectBufExceeded, ""), 503, false},
		{"lost", call(host.Unknown, ErrLost), 502, false},
		{"events", call(host.Completed, ErrEvents), 502, false},
		{"the answer is none", call(host.Unknown, ErrProtocol), 502, false},
		{"no answer to a call", ErrProtocol, 400, false},
		{"name", host.NewCallError(kindName, host.NotSent, errors.New("a.b is no name"), ""), 400, false},
		{"storage", call(host.NotSent, ErrStorage), 507, false},
		{"permission", call(host.NotSent, ErrPermission), 403, false},
		{"unavailable", call(host.NotSent, ErrUnavailable), 503, false},
		{"lost, then refused", call(host.Unknown, fmt.Errorf("%w: %w", host.ErrBusy, ErrLost)), 429, false},
		{"anything else", errors.New("odd"), 500, false},
	} {
		if got := CodeOf(c.err); got != c.code {
			t.Errorf("%s: code %d, want %d", c.name, got, c.code)
		}
		if got := elsewhere(c.err); got != c.elsewhere {
			t.Errorf("%s: elsewhere %v", c.name, got)
		}
	}
}

// The table of codes in docs/FLEET.md has all that is in it with the right code.
func TestCodesInDocs(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "docs", "FLEET.md"))
	if err != nil {
		t.Fatal(err)
	}
	noFunction, bad := host.UnmarshalError([]byte(`{"type":"script","no_function":true}`))
	if bad != nil {
		t.Fatal(bad)
	}
	all := map[string]error{
		"*SerialiseError": &host.SerialiseError{}, "ErrProtocol": ErrProtocol, "*DeniedError": &host.DeniedError{}, "fleet.ErrPermission": ErrPermission,
		"*ScriptError": &host.ScriptError{}, "ErrNoFunction": noFunction, "*LimitError": &host.LimitError{}, "ErrTooLarge": host.ErrTooLarge, "fleet.ErrStorage": ErrStorage,
		"ErrBusy": host.ErrBusy, "context.Canceled": context.Canceled, "context.DeadlineExceeded": context.DeadlineExceeded,
		"*ExitError": &host.ExitError{}, "fleet.ErrLost": ErrLost, "fleet.ErrEvents": ErrEvents, "ErrProtocol, of an answer": host.NewCallError("protocol", host.Unknown, ErrProtocol, ""),
		"ErrClosed": host.ErrClosed, "ErrCrashLoop": host.ErrCrashLoop, "ErrSandboxUnavailable": host.ErrSandboxUnavailable,
		"fleet.ErrNoInstance": ErrNoInstance, "fleet.ErrDisconnected": ErrDisconnected, "fleet.ErrUnavailable": ErrUnavailable,
	}
	_, table, _ := strings.Cut(string(page), "| code | meaning | of the types of `host` |\n|---|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	told := map[string]bool{}
	name := regexp.MustCompile("`([^`]+)`(, of an answer)?")
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		var codes []string
		for code := range strings.SplitSeq(cells[1], ",") {
			codes = append(codes, strings.TrimSpace(code))
		}
		for _, m := range name.FindAllStringSubmatch(cells[3], -1) {
			err, ok := all[m[1]+m[2]]
			if code := strconv.Itoa(CodeOf(err)); !ok || !slices.Contains(codes, code) && m[1] != "*ScriptError" {
				t.Errorf("%s has the code %s (known: %v), and the page says %v", m[0], code, ok, codes)
			}
			told[m[1]+m[2]] = true
		}
	}
	for name := range all {
		if !told[name] {
			t.Errorf("%s is not in the table", name)
		}
	}
}

// Who knows NATS alone gets the codes in the header that NATS has for it.
func TestCodesOfPlainRequests(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	p := pool(t, host.Lua, `
		function run(what)
			if what == "denied" then io.open("/etc/passwd") end
			if what == "script" then error("no") end
			if what == "rum" then rum() end
			if what == "spin" then while true do end end
			return what
		end`, &host.PoolOptions{Options: host.Options{Limits: host.Limits{CallTime: time.Hour}}})
	serve(t, in, p)
	for _, c := range []struct {
		data, timeout, function, code string
	}{
		{`["x"]`, "", "", ""},
		{`["denied"]`, "", "", "403"},
		{`["script"]`, "", "", "500"},
		{`["x"]`, "", "rum", "404"},
		{`["rum"]`, "", "run", "500"}, // which the script itself calls
		{`[`, "", "", "400"},
		// The instance goes by what the caller says of its time: nobody cancels this.
		{`["spin"]`, "50", "", "504"},
		{`["x"]`, "0", "", "504"},
		{`["x"]`, "soon", "", "400"},
	} {
		m := nats.NewMsg("rpc.tidy.stable")
		m.Data = []byte(c.data)
		if c.timeout != "" {
			m.Header.Set(headerTimeout, c.timeout)
		}
		if c.function != "" {
			m.Header.Set(headerFunction, c.function)
		}
		r, err := out.RequestMsgWithContext(patience(t), m)
		if err != nil {
			t.Fatalf("%s: %v", c.data, err)
		}
		if code := r.Header.Get("Nats-Service-Error-Code"); code != c.code {
			t.Errorf("%s with a timeout of %q and the function %q: code %q (%s), want %q", c.data, c.timeout, c.function, code, r.Header.Get("Nats-Service-Error"), c.code)
		}
	}
}

// That a script has no such function is an error of its own wherever it is told.
func TestNoFunction(t *testing.T) {
	t.Parallel()
	forBoth(t, func(t *testing.T, language host.Language) {
		in, out := connections(t)
		records := make(chan CallRecord, 8)
		serve(t, in, pool(t, language, echo[language], nil), Observe(func(r CallRecord) { records <- r }))
		c := Client(out, "tidy").Function("mane")
		_, called := c.Call(patience(t), "x")
		var streamed error
		for _, streamed = range c.Stream(patience(t), "x") {
		}
		for _, err := range []error{called, streamed} {
			if !errors.Is(err, host.ErrNoFunction) || !errors.As(err, new(*host.ScriptError)) || host.OutcomeOf(err) != host.Completed || CodeOf(err) != 404 {
				t.Errorf("%#v", err)
			}
			if r := <-records; r.Code != 404 || !errors.Is(r.Err, host.ErrNoFunction) {
				t.Errorf("%+v", r)
			}
		}
	})
}

// A caller says how long it still waits: less than at the beginning when it asks
// another instance.
func TestRemainingTime(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	told := make(chan uint64, 16)
	fakeInstance(t, in, func(m *nats.Msg) {
		h, _ := readHead(m.Data)
		ms, ok := number(h.timeout)
		if !ok {
			t.Errorf("a request that says %q of its time", h.timeout)
		}
		told <- ms
		if len(told) < 3 {
			say(t, in, m, typeError, string(host.MarshalError(host.NewCallError("busy", host.NotSent, host.ErrBusy, "busy"))))
			return
		}
		say(t, in, m, typeResult, "[]", fieldSerialiser, "json", fieldEvents, "0")
	})
	const most = 30_000
	ctx, cancel := context.WithTimeout(t.Context(), most*time.Millisecond)
	defer cancel()
	if _, err := Client(out, "tidy").Call(ctx); err != nil {
		t.Fatal(err)
	}
	last := uint64(most)
	for range 3 {
		ms := <-told
		if ms == 0 || ms > last {
			t.Errorf("%d ms are left, after %d", ms, last)
		}
		last = ms
	}
	if last == most {
		t.Error("the time does not pass")
	}
}

// A call that lasts is accepted, and after that the instance says again and again that
// it is there; one that does not is answered, and no more is said.
func TestSignsOfLife(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	p := heldPool(t)
	serve(t, in, p)
	// On a busy machine no call may be answered before it would be accepted.
	serve(t, in, p, OnTrack("patient"), func(o *serveOptions) { o.accept = time.Hour })
	call := func(track string, fields ...string) (next func() string) {
		t.Helper()
		sub, err := out.SubscribeSync(nats.NewInbox())
		if err != nil {
			t.Fatal(err)
		}
		data := message(typeCall, "[]", append([]string{fieldSerialiser, "json", fieldTimeout, "60000"}, fields...)...)
		if err := out.PublishRequest("rpc.tidy."+track, sub.Subject, data); err != nil {
			t.Fatal(err)
		}
		return func() string {
			t.Helper()
			m, err := sub.NextMsgWithContext(patience(t))
			if err != nil {
				t.Fatal(err)
			}
			h, _ := readHead(m.Data)
			return h.kind
		}
	}
	next := call(Stable)
	for _, want := range []string{typeAccept, typeHeartbeat, typeHeartbeat} {
		if kind := next(); kind != want {
			t.Fatalf("%s of a call that lasts, want %s", kind, want)
		}
	}
	release(t, p)
	for kind := next(); kind != typeResult; kind = next() {
		if kind != typeHeartbeat {
			t.Fatalf("%s of a call that lasts, before its result", kind)
		}
	}
	if kind := call("patient", fieldFunction, "release")(); kind != typeResult {
		t.Errorf("%s of a call that does not last", kind)
	}
}
