package bundle

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"scripthost.example/host"
)

// Sources that are made to break what reads them end in an error of a type that
// says so, soon, and in the bundler's process only.
func TestHostile(t *testing.T) {
	t.Parallel()
	const many = 20_000_000
	for name, c := range map[string]struct {
		files  tree
		limits []string // one of those, of a LimitError; none: a ScriptError
		says   string
	}{
		"brackets": {tree{"main.ts": "export const run = " + strings.Repeat("[", many)}, []string{"stack", "memory"}, "main.ts"},
		"braces in a package": {tree{
			"main.ts":                     "import 'p'\nexport const run = 1",
			"node_modules/p/package.json": `{"main": "` + strings.Repeat("a/../", 20_000) + `x.js"}`,
			"node_modules/p/x.js":         strings.Repeat("({a:", many/4),
		}, []string{"stack", "memory"}, "main.ts"},
		"types":               {tree{"main.ts": "let x: " + strings.Repeat("A<", many/2)}, []string{"stack", "memory"}, "main.ts"},
		"JSON":                {tree{"main.ts": "import './x.json'", "x.json": strings.Repeat("[", many)}, []string{"stack", "memory"}, "main.ts"},
		"a manifest":          {tree{"main.ts": "import 'p'", "node_modules/p/package.json": `{"exports":` + strings.Repeat(`{"a":`, 500_000)}, nil, "levels deep"},
		"a large manifest":    {tree{"main.ts": "import 'p'", "node_modules/p/package.json": strings.Repeat(" ", 5<<20) + "{}"}, nil, "larger than 4 MiB"},
		"tsconfig.json":       {tree{"main.ts": "", "tsconfig.json": strings.Repeat(`{"a":[`, 100_000)}, nil, "levels deep"},
		"configs in a circle": {tree{"main.ts": "export {}", "tsconfig.json": `{"extends": "./tsconfig.json"}`}, nil, "more than 8 files extend one another"},
		"a comment":           {tree{"main.ts": "/*" + strings.Repeat("*", many)}, nil, "SyntaxError"},
		"an operator":         {tree{"main.ts": "export const run = 1" + strings.Repeat("+1", many/10)}, []string{"stack", "memory", ""}, ""},
	} {
		if c.files["main.ts"] == "" {
			c.files["main.ts"] = "export {}"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if (testing.Short() || raceDetector) && len(c.limits) > 0 {
				t.Skip("it takes seconds, and minutes under the race detector, where memory has no limit")
			}
			started := time.Now()
			w, err := c.files.start(t, nil)
			t.Logf("after %v: %.300v", time.Since(started), err)
			var limit *host.LimitError
			var script *host.ScriptError
			var exit *host.ExitError
			switch {
			case errors.As(err, &limit):
				if !strings.Contains(strings.Join(c.limits, " "), limit.Limit) {
					t.Errorf("limit %s: %v", limit.Limit, err)
				}
			case errors.As(err, &exit) && strings.Contains(exit.Stderr, "stack overflow") && len(c.limits) == 3:
				// It was bundled: how much memory that takes depends on when what is
				// left over is collected. Then it was too much for who loads it.
			case err == nil:
				if len(c.limits) < 3 {
					t.Error("it was bundled")
				}
				w.Kill()
				return
			case !errors.As(err, &script) || len(c.limits) > 0 && c.limits[len(c.limits)-1] != "":
				t.Errorf("%T: %.300v", err, err)
			}
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("%.300v", err)
			}
		})
	}
}

// Imports in a circle are what they are in the language.
func TestCircle(t *testing.T) {
	t.Parallel()
	gives(t, tree{
		"main.mjs": "import { b } from './b.mjs'\nexport const a = () => 'a'\nexport const run = () => b()",
		"b.mjs":    "import { a } from './main.mjs'\nimport * as me from './b.mjs'\nexport const b = () => a() + Object.keys(me)",
	}, nil, "ab")
	gives(t, tree{
		"main.mjs": "import './main.mjs'\nexport const run = () => 'alone'",
	}, nil, "alone")
}

func TestManyImports(t *testing.T) {
	t.Parallel()
	n := 10_000
	if testing.Short() || raceDetector {
		n = 1000
	}
	files := tree{}
	var main strings.Builder
	for i := range n {
		fmt.Fprintf(&main, "import { x as x%d } from './f%d/m.js'\n", i, i%100*1_000_000+i)
		files[fmt.Sprintf("f%d/m.js", i%100*1_000_000+i)] = fmt.Sprintf("export const x = %d", i%10)
	}
	fmt.Fprintf(&main, "export const run = () => x%d + x%d", n-1, 7)
	files["main.mjs"] = main.String()
	started := time.Now()
	gives(t, files, nil, int64(16))
	t.Logf("%d files: %v", n, time.Since(started))
}

// More files can be asked for at once than the parent answers calls at once.
func TestWide(t *testing.T) {
	t.Parallel()
	const n = 3000
	files := tree{}
	var main strings.Builder
	for i := range n {
		fmt.Fprintf(&main, "import './a%d.js'\n", i)
		files[fmt.Sprintf("a%d.js", i)] = fmt.Sprintf("import { x } from './b%d'\nglobalThis.sum = (globalThis.sum ?? 0) + x", i)
		files[fmt.Sprintf("b%d.ts", i)] = "export const x: number = 1"
	}
	files["main.mjs"] = main.String() + "export const run = () => sum"
	gives(t, files, nil, int64(n))
}

// A package is found from however deep.
func TestDeep(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("a/", 60)
	gives(t, tree{
		"main.mjs":                "export { run } from './" + deep + "x.js'",
		deep + "x.js":             "import p from 'p'\nexport const run = () => p",
		"node_modules/p/index.js": "module.exports = 'p'",
	}, nil, "p")
}

// A symbolic link does not lead out of the folder.
func TestLinks(t *testing.T) {
	t.Parallel()
	outside := tree{"secret.js": "export const x = 1", "p/index.js": "module.exports = 1"}.write(t)
	dir := tree{
		"main.mjs":        "import { x } from './link.js'\nexport const run = () => x",
		"package.mjs":     "import x from 'p'\nexport const run = () => x",
		"inside.mjs":      "import x from 'q'\nexport const run = () => x",
		"real/q/index.js": "module.exports = 'q'",
	}.write(t)
	if err := os.Mkdir(filepath.Join(dir, "node_modules"), 0o700); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{
		"link.js": filepath.Join(outside, "secret.js"), "node_modules/p": filepath.Join(outside, "p"), "node_modules/q": "../real/q",
	} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	for _, name := range []string{"main.mjs", "package.mjs"} {
		_, err := startIn(t, dir, name, nil)
		var denied *host.DeniedError
		if !errors.As(err, &denied) || denied.Grant != "modules" {
			t.Errorf("%s: %v", name, err)
		}
	}
	w, err := startIn(t, dir, "inside.mjs", nil)
	if out := run(t, w, err); out[0] != "q" {
		t.Errorf("%v", out)
	}
}
