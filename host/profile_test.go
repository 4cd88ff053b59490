//go:build unix

package host

import (
	"strings"
	"testing"

	"scripthost.example/child"
	"scripthost.example/lua"
)

// What makes no profile is refused, at the start.
func TestProfileRefused(t *testing.T) {
	t.Parallel()
	got := func(WorkerProfile) { t.Error("there is a profile") }
	for name, c := range map[string]struct {
		opts Options
		want string
	}{
		"no such kind":        {Options{Profile: "wall", OnProfile: got}, `Options.Profile is "wall"`},
		"nobody for it":       {Options{Profile: ProfileCPU}, "without Options.OnProfile"},
		"no profiler":         {Options{Profile: ProfileHeap, OnProfile: got}, "imports scripthost.example/child/profile"},
		"the classic dialect": {Options{Wire: Classic, Command: []string{"true"}, Profile: ProfileCPU, OnProfile: got}, "cannot be told of Options.Profile"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var script *Script
			if c.opts.Wire != Classic {
				script, _ = Inline(Lua, "function run() end")
			}
			w, err := Start(testContext(t), script, unhurried(&c.opts))
			if err == nil {
				w.Kill()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error: %v, want one with %q", err, c.want)
			}
		})
	}
}

// A worker that was taken over can hand over one profile, of a bounded size, and only
// if it was asked for.
func TestProfileTaken(t *testing.T) {
	t.Parallel()
	part := append([]byte{0x1f, 0x8b}, make([]byte, 8<<20)...)
	for name, c := range map[string]struct {
		kind  Profile
		parts [][]any
		want  string // of the last
	}{
		"not asked for":  {"", [][]any{{part, true}}, "nobody wants"},
		"no arguments":   {ProfileCPU, [][]any{{}}, "takes 2 arguments"},
		"others":         {ProfileCPU, [][]any{{"text", true}}, "takes bytes and a boolean"},
		"no profile":     {ProfileCPU, [][]any{{[]byte("text"), true}}, "that is no profile"},
		"a second one":   {ProfileCPU, [][]any{{part, true}, {part, true}}, "already"},
		"without an end": {ProfileCPU, [][]any{{part, false}, {part, false}, {part, false}, {part, false}, {part, false}, {part, false}, {part, false}, {part, false}}, "larger than 64 MiB"},
		"a good one":     {ProfileCPU, [][]any{{part, false}, {part, true}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &Worker{opts: &Options{Profile: c.kind, OnProfile: func(WorkerProfile) {}}}
			w.cb.init(w)
			w.backlog.init()
			defer w.cb.wait()
			var err error
			for i, args := range c.parts {
				if err != nil {
					t.Fatalf("part %d: %v", i, err)
				}
				err = w.takeProfile(args)
			}
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error: %v, want one with %q", err, c.want)
			}
		})
	}
}

// A worker that shares its process with other things makes no profile of those.
func TestProfileOfSharedProcess(t *testing.T) {
	t.Parallel()
	near, far := unixPair(t)
	served := make(chan error, 1)
	go func() { served <- child.Serve(far, lua.Engine()) }()
	script, err := Inline(Lua, "function run() end")
	if err != nil {
		t.Fatal(err)
	}
	w, err := Attach(testContext(t), near, script, &Options{
		Profile: ProfileHeap, OnProfile: func(WorkerProfile) { t.Error("there is a profile") },
	})
	if err == nil {
		w.Kill()
	}
	if err == nil || !strings.Contains(err.Error(), "shares its process") {
		t.Errorf("error: %v", err)
	}
	<-served
}
