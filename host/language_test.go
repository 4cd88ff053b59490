//go:build unix

package host

import (
	"context"
	"testing"
)

// A source is the same worker in both languages.
type source map[Language]string

// each runs a test for a worker in each language.
func (s source) each(t *testing.T, test func(t *testing.T, script *Script)) {
	t.Helper()
	for language, text := range s {
		t.Run(string(language), func(t *testing.T) {
			t.Parallel()
			script, err := Inline(language, text)
			if err != nil {
				t.Fatal(err)
			}
			test(t, script.WithName("worker."+string(language)))
		})
	}
}

func start(t *testing.T, script *Script, opts *Options) *Worker {
	t.Helper()
	w, err := Start(testContext(t), script, unhurried(opts))
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	t.Cleanup(w.Kill)
	return w
}

func mustCall(t *testing.T, c Caller, args ...any) []any {
	t.Helper()
	out, err := c.Call(testContext(t), args...)
	if err != nil {
		t.Fatalf("call of %v: %v", args, err)
	}
	return out
}

func mustClose(t *testing.T, w *Worker) {
	t.Helper()
	if err := w.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

var echo = source{
	Lua: `function run(...) return ... end`,
	JS:  `function run(...args) { return results(...args) }`,
}

var echoAsync = source{
	Lua: `function run(done, ...) done(...) end`,
	JS:  `function run(done, ...args) { done(...args) }`,
}

func bothModes(t *testing.T, test func(t *testing.T, script *Script, async bool)) {
	t.Helper()
	t.Run("sync", func(t *testing.T) {
		echo.each(t, func(t *testing.T, s *Script) { test(t, s, false) })
	})
	t.Run("async", func(t *testing.T) {
		echoAsync.each(t, func(t *testing.T, s *Script) { test(t, s, true) })
	})
}

func startBench(b *testing.B, language Language, async bool) *Worker {
	b.Helper()
	text := echo[language]
	if async {
		text = echoAsync[language]
	}
	script, err := Inline(language, text)
	if err != nil {
		b.Fatal(err)
	}
	w, err := Start(context.Background(), script, unhurried(&Options{Async: async}))
	if err != nil {
		b.Fatal(err)
	}
	return w
}
