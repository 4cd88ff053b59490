package bundle

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"scripthost.example/host"
)

// Every way to learn a position says where the author wrote it.
func TestPositions(t *testing.T) {
	t.Parallel()
	files := tree{
		"src/main.ts": `import { outer } from "./lib/a b";
import { readFileSync } from "fs";

type T = string;

export function thrown() { outer(1) }
export async function rejected() {
	await null;
	outer(2);
}
export const stack = () => { try { outer(3) } catch (e) { return (e as Error).stack } };
export function logged() { console.error(new Error("logged")) }
export function caused() { try { outer(4) } catch (cause) { throw new Error("é", { cause }) } }
export function denied() { return readFileSync("/etc/passwd") }
export function range() { return range() }
`,
		"src/lib/a b.ts": `interface Deep<T> { x: T }

export function outer(n: number) {
	const é = "💡"; const inner = (x: Deep<number>): never => { throw new TypeError("no " + x.x) };
	inner({ x: n });
}
`,
	}
	dir := files.write(t)
	var records []host.AuditRecord
	logged := make(chan string, 1)
	w, err := startIn(t, dir, "src/main.ts", &host.Options{
		Function: "thrown",
		Audit:    func(r host.AuditRecord) { records = append(records, r) },
		OnLog:    func(l host.LogRecord) { logged <- l.Message },
	})
	if err != nil {
		t.Fatal(err)
	}
	call := func(name string) (any, error) { return host.Func[string, any](w, name)(testContext(t), "") }
	const inner = "inner (src/lib/a b.ts:4:68)"

	_, err = call("thrown")
	e, _ := position(t, err)
	if got := fmt.Sprint(e.Stack); got != "["+inner+" outer (src/lib/a b.ts:5:2) thrown (src/main.ts:6:28)]" {
		t.Errorf("thrown: %s", got)
	}
	_, err = call("rejected")
	e, _ = position(t, err)
	if got := fmt.Sprint(e.Stack); !strings.HasPrefix(got, "["+inner) || !strings.Contains(got, "rejected (src/main.ts:9:2)") {
		t.Errorf("rejected: %s", got)
	}
	_, err = call("caused")
	e, at := position(t, err)
	if at != "src/main.ts:13:67" || e.Message != "é" {
		t.Errorf("caused: %v", err)
	}
	if _, at := position(t, e.Cause); at != "src/lib/a b.ts:4:68" {
		t.Errorf("caused by: %v", e.Cause)
	}
	_, err = call("range")
	if _, at := position(t, err); !strings.HasPrefix(at, "src/main.ts:15:") {
		t.Errorf("range: %s", at)
	}
	out, err := call("stack")
	if text := fmt.Sprint(out); err != nil || !strings.Contains(text, "inner (src/lib/a%20b.ts:4:68(") || !strings.Contains(text, "stack (src/main.ts:11:") {
		t.Errorf("stack: %v, %v", out, err)
	}
	if _, err = call("logged"); err != nil {
		t.Error(err)
	}
	if text := <-logged; !strings.Contains(text, "src/main.ts:12:42") {
		t.Errorf("logged: %s", text)
	}
	_, err = call("denied")
	var denied *host.DeniedError
	if !errors.As(err, &denied) || len(denied.Stack) == 0 || denied.Stack[0].Line != 14 {
		t.Errorf("denied: %v", err)
	}
	if n := len(records); n != 1 || records[0].File != "src/main.ts" || records[0].Line != 14 {
		t.Errorf("audited: %+v", records)
	}
}

// The top level of a file fails where it is, in the order of the imports.
func TestLoadError(t *testing.T) {
	t.Parallel()
	_, err := tree{
		"main.mjs": "import './a.mjs'\nexport const run = () => 1",
		"a.mjs":    "\n\nthrow new RangeError('at once')",
	}.start(t, nil)
	if e, at := position(t, err); at != "a.mjs:3:7" || e.Message != "RangeError: at once" || host.OutcomeOf(err) != host.NotSent {
		t.Errorf("%v", err)
	}
}

// So does a package that is CommonJS, and what it requires is its own affair.
func TestLoadErrorOfPackage(t *testing.T) {
	t.Parallel()
	_, err := tree{
		"main.mjs":                "import 'p'\nexport const run = () => 1",
		"node_modules/p/index.js": "require('./in')",
		"node_modules/p/in.js":    "\nrequire('zlib')",
	}.start(t, nil)
	e, _ := position(t, err)
	const at = "[node_modules/p/in.js:2:1 node_modules/p/index.js:1:1 main.mjs:"
	if !strings.HasPrefix(fmt.Sprint(e.Stack), at) || !strings.Contains(e.Message, "'zlib' is a module of Node's") || strings.Contains(e.Message, "main.mjs") {
		t.Errorf("%s, %v", e.Message, e.Stack)
	}
}

// Scripts of a file system, and under other names, are bundled alike.
func TestNames(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{
		"deep/in/main.ts":  {Data: []byte("import { x } from './lib/x'\nexport const run = () => x")},
		"deep/in/lib/x.ts": {Data: []byte("export const x = 'fs'\nthrow new Error('here')")},
	}
	opened, err := host.OpenFS(fsys, "deep/in/main.ts")
	if err != nil {
		t.Fatal(err)
	}
	dir := tree{"main.ts": string(fsys["deep/in/main.ts"].Data), "lib/x.ts": string(fsys["deep/in/lib/x.ts"].Data)}.write(t)
	absolute, err := host.Open(filepath.Join(dir, "main.ts"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		script *host.Script
		at     string
	}{
		{opened, "deep/in/lib/x.ts:2:7"},
		{opened.WithName("other/name.ts"), "other/lib/x.ts:2:7"},
		{opened.WithName("name"), "lib/x.ts:2:7"},
		{opened.WithName("../up/name.ts"), "../up/lib/x.ts:2:7"},
		{opened.WithName("100%/a?b#c.ts"), "100%/lib/x.ts:2:7"},
		{absolute, filepath.ToSlash(dir) + "/lib/x.ts:2:7"},
	} {
		_, err := host.Start(testContext(t), c.script, nil)
		if _, at := position(t, err); at != c.at {
			t.Errorf("%s: the error is at %s, not %s", c.script.Name(), at, c.at)
		}
	}
}

// Start is bounded by its context while it bundles, too.
func TestGivenUp(t *testing.T) {
	t.Parallel()
	script, err := host.Open(filepath.Join(tree{"main.ts": "export const run = () => 1"}.write(t), "main.ts"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(testContext(t))
	cancel()
	if _, err := host.Start(ctx, script, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	_, err = host.Start(testContext(t), script, &host.Options{Limits: host.Limits{Start: 1}})
	if !errors.Is(err, context.DeadlineExceeded) || host.OutcomeOf(err) != host.NotSent {
		t.Errorf("%v", err)
	}
}

// Without waiting, calls are queued until the script is bundled, and fail with
// what keeps it from being.
func TestNoWait(t *testing.T) {
	t.Parallel()
	w, err := tree{"main.ts": "export const run = (x: string) => x + '!'"}.start(t, &host.Options{NoWait: true})
	if out := run(t, w, err, "a"); out[0] != "a!" {
		t.Errorf("%v", out)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	w, err = tree{"main.ts": "let let"}.start(t, &host.Options{NoWait: true, OnError: func(error) {}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Call(testContext(t))
	if _, at := position(t, err); at != "main.ts:1:5" || host.OutcomeOf(err) != host.NotSent {
		t.Errorf("%v", err)
	}
	if err := w.Close(); err == nil {
		t.Error("Close tells of nothing")
	}
	w, err = tree{"main.ts": "export const run = () => 1"}.start(t, &host.Options{NoWait: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil { // before it is bundled
		t.Error(err)
	}
}
