package bundle

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"scripthost.example/host"
)

// A generation covers what is imported, whether it was bundled anew or kept, and
// what the bundle itself loads until it is ready.
func TestGeneration(t *testing.T) {
	t.Parallel()
	files := tree{
		"main.ts":     "import { x } from './lib/x'\nconst name = './late'\nexport const late = require(name)\nconsole.log('loading')\nexport const run = () => x",
		"lib/x.ts":    "// a comment is content too\nexport const x: string = 'x'",
		"late.js":     "module.exports = 'late'",
		"not/used.ts": "export const y = 1",
	}
	dir := files.write(t)
	// What sha256sum prints of the files in their order, the script first.
	want := func(names ...string) string {
		var list strings.Builder
		for _, name := range names {
			text, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&list, "%x  %s\n", sha256.Sum256(text), name)
		}
		return fmt.Sprintf("%x", sha256.Sum256([]byte(list.String())))[:12]
	}
	var mu sync.Mutex
	var logged []string
	open := func() *host.Script {
		s, err := host.Open(filepath.Join(dir, "main.ts"))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	p, err := host.NewPool(testContext(t), open(), &host.PoolOptions{Options: host.Options{
		Serialiser: host.JSON, Limits: host.Limits{Start: testTime},
		OnLog: func(l host.LogRecord) {
			mu.Lock()
			defer mu.Unlock()
			logged = append(logged, l.Generation)
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	bundled, loaded := []string{"main.ts", "lib/x.ts"}, []string{"main.ts", "late.js", "lib/x.ts"}
	check := func() {
		t.Helper()
		if g := p.Stats().Generation; g != want(loaded...) {
			t.Errorf("the generation is %s, want %s", g, want(loaded...))
		}
		if _, err := p.Call(testContext(t)); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		if len(logged) == 0 || logged[len(logged)-1] != want(bundled...) {
			t.Errorf("logged as %v, want %s", logged, want(bundled...))
		}
	}
	check()
	for _, change := range []string{"", "lib/x.ts", "late.js", "not/used.ts"} {
		if change != "" {
			if err := os.WriteFile(filepath.Join(dir, change), []byte(files[change]+"\n// changed"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		before := p.Stats().Generation
		if err := p.Reload(testContext(t), open()); err != nil {
			t.Fatal(err)
		}
		check()
		if same := p.Stats().Generation == before; same != (change == "" || change == "not/used.ts") {
			t.Errorf("a change of %q: the generation was %s and is %s", change, before, p.Stats().Generation)
		}
	}
}
