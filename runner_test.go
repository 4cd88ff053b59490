// Package runner_test tests what belongs to no package alone: which package may
// import which, the scripts, and every command of the documentation.
package runner_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"scripthost.example/host"
)

const module = "scripthost.example"

// imports says what each package of the module may import of the module's own
// packages, tests left aside. Data flows one way: script source -> host -> wire
// -> child -> engine -> back.
var imports = map[string][]string{
	"wire":                      {},
	"host":                      {"wire", "host/internal/broker"},
	"host/internal/broker":      {},
	"host/nethttp":              {"host/internal/broker"},
	"host/watch":                {},
	"host/check":                {"host"},
	"host/metrics":              {"host"},
	"host/scripttest":           {"host"},
	"child":                     {"wire", "child/engine", "child/sandbox"},
	"child/profile":             {"child", "child/engine"}, // it tells child of what it does
	"child/sandbox":             {},
	"child/engine":              {},
	"child/sandbox/sandboxtest": {}, // for tests
	"child/engine/enginetest": {
		"child", "child/engine", "wire", // it plays the parent
	},
	"lua":        {"child/engine"},
	"js":         {"child/engine"},
	"js/bundle":  {"child/engine", "host"}, // it is an engine, and tells host of it
	"cmd/runner": {"host", "host/check", "host/metrics", "host/scripttest", "host/nethttp", "host/watch", "child", "child/profile", "child/sandbox", "lua", "js", "js/bundle", "host/types", "wire"},
	// Nothing that only the command needs: each start would pay for it.
	"cmd/runner/runner-worker-lua": {"child", "lua"},
	"cmd/runner/runner-worker-js":  {"child", "js"},
	"host/types":                   {"host"},
	"scripts/inline":               {"host", "child", "lua"},
	"scripts/peers":                {}, // tests only
	"scripts/wild":                 {}, // tests only
	"scripts/npm":                  {}, // tests only
}

// foreign says which modules each package may import; what is not named here
// may import none.
var foreign = map[string][]string{
	"host":                      {"golang.org/x/sys"},
	"host/internal/broker":      {"golang.org/x/sys"},
	"host/watch":                {"github.com/fsnotify/fsnotify"},
	"child":                     {"golang.org/x/sys"},
	"child/profile":             {"github.com/google/pprof"},
	"child/sandbox":             {"golang.org/x/sys", "github.com/landlock-lsm/go-landlock", "kernel.org/pub/linux/libs/security/libcap/psx"},
	"child/sandbox/sandboxtest": {"golang.org/x/sys"},
	"child/engine/enginetest":   {"pgregory.net/rapid"}, // which nothing but tests imports
	"lua":                       {"github.com/yuin/gopher-lua"},
	"js":                        {"github.com/dop251/goja", "github.com/go-sourcemap/sourcemap"},
	"js/bundle":                 {"github.com/evanw/esbuild"},
	"cmd/runner":                {"github.com/pelletier/go-toml/v2", "github.com/rogpeppe/go-internal/diff", "github.com/spf13/cobra", "github.com/spf13/pflag", "golang.org/x/sys", "golang.org/x/term"},
}

func TestImports(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,Standard", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := 0
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		if name == "" { // this test
			continue
		}
		seen++
		allowed, known := imports[name]
		if !known {
			t.Errorf("package %s is not in the table: which packages may it import?", name)
			continue
		}
		for _, i := range p.Imports {
			own, isOwn := strings.CutPrefix(i, module+"/")
			switch {
			case isOwn && !slices.Contains(allowed, own):
				t.Errorf("%s must not import %s", name, own)
			case !isOwn && strings.Contains(i, ".") && !slices.ContainsFunc(foreign[name], func(m string) bool { return i == m || strings.HasPrefix(i, m+"/") }):
				t.Errorf("%s must not import %s", name, i)
			}
		}
	}
	if seen != len(imports) {
		t.Errorf("the table names %d packages, and there are %d", len(imports), seen)
	}
}

// built is the folder of the runner command, once runner has made it.
var built string

// runner returns the folder of a freshly built runner command.
var runner = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "runner")
	if err != nil {
		return "", err
	}
	built = dir
	out, err := exec.Command("go", "build", "-o", dir, "./cmd/runner").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	status := m.Run()
	if built != "" {
		os.RemoveAll(built)
	}
	os.Exit(status)
}

// shell runs a command line in dir with the runner command on its path, and
// returns what it prints on both of its streams.
func shell(t *testing.T, dir, line string) (output string, err error) {
	t.Helper()
	bin, err := runner()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// A block is a fenced block of a Markdown file.
type block struct {
	language, text string
	line           int
}

func blocks(t *testing.T, path string) []block {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []block
	var in *block
	for i, line := range strings.Split(string(b), "\n") {
		fence, isFence := strings.CutPrefix(line, "```")
		switch {
		case isFence && in == nil:
			in = &block{language: fence, line: i + 1}
		case isFence:
			all = append(all, *in)
			in = nil
		case in != nil:
			in.text += line + "\n"
		}
	}
	return all
}

// The commands of the page about tests do what it says, with the files of the page:
// the blocks that begin with a comment that is a name.
func TestTestingPage(t *testing.T) {
	t.Parallel()
	const page = "docs/TESTING.md"
	dir := t.TempDir()
	for _, b := range blocks(t, page) {
		first, _, _ := strings.Cut(b.text, "\n")
		for _, comment := range []string{"-- ", "// "} {
			if name, ok := strings.CutPrefix(first, comment); ok && filepath.Ext(name) == "."+b.language {
				writeFile(t, dir, name, b.text)
			}
		}
	}
	runConsoles(t, page, dir, nil)
}

// Every command of the documentation does what the documentation says.
func TestDocumentedCommands(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"README.md", "docs/REPL.md", "docs/SCRIPTING.md", "docs/SECURITY.md"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			runConsoles(t, path, ".", strings.NewReplacer("/tmp/somepath", filepath.Join(t.TempDir(), "somepath")))
		})
	}
}

// The commands of the page about many calls do what it says, with its worker.
func TestJobsPage(t *testing.T) {
	t.Parallel()
	const page = "docs/JOBS.md"
	dir := t.TempDir()
	for _, b := range blocks(t, page) {
		if b.language == "lua" {
			writeFile(t, dir, "worker.lua", b.text)
		}
	}
	runConsoles(t, page, dir, nil)
}

// The command of the page about metrics says where they are, and makes its calls.
func TestMetricsPage(t *testing.T) {
	t.Parallel()
	for _, b := range blocks(t, "docs/METRICS.md") {
		if b.language != "sh" {
			continue
		}
		out, err := shell(t, t.TempDir(), b.text)
		if err != nil || !regexp.MustCompile(`(?m)^runner: metrics are at http://127\.0\.0\.1:[0-9]+/metrics$`).MatchString(out) || !strings.Contains(out, "\n1000000\n") {
			t.Errorf("%v, and prints %s", err, out)
		}
		return
	}
	t.Error("there is no command")
}

// Two builds of the same source are the same to the byte, wherever it is. With CI=true
// nothing that one of them has compiled serves the other.
func TestReproducibleBuild(t *testing.T) {
	t.Parallel()
	var builds []string
	names := []string{"runner-worker-lua", "runner-worker-js", "runner"}
	for i := range 2 {
		source, out := filepath.Join(t.TempDir(), strings.Repeat("deep/", i)+"source"), t.TempDir()
		for _, folder := range []string{"child", "cmd", "host", "js", "lua", "wire"} {
			if err := os.CopyFS(filepath.Join(source, folder), os.DirFS(folder)); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range []string{"go.mod", "go.sum"} {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			writeFile(t, source, name, string(b))
		}
		cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", out+"/")
		cmd.Dir = source
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "PWD="+source)
		if os.Getenv("CI") == "true" && i > 0 {
			// The smallest of them, for all that it needs is compiled anew.
			cmd.Env = append(cmd.Env, "GOCACHE="+t.TempDir())
			names = names[:1]
		}
		for _, name := range names {
			folder := "./cmd/runner"
			if name != "runner" {
				folder += "/" + name
			}
			cmd.Args = append(cmd.Args, folder)
		}
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		builds = append(builds, out)
	}
	for _, name := range names {
		one, err1 := os.ReadFile(filepath.Join(builds[0], name))
		other, err2 := os.ReadFile(filepath.Join(builds[1], name))
		if err := errors.Join(err1, err2); err != nil || len(one) == 0 {
			t.Fatal(err)
		}
		if !bytes.Equal(one, other) {
			t.Errorf("two builds of %s differ", name)
		}
	}
}

// What a fleet links to is paid for by no program of this module, its tests among them: a
// child would have to start with it.
func TestCoreIsFreeOfFleet(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", "-test", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := strings.Fields(string(out))
	if !slices.Contains(packages, module+"/host") {
		t.Fatalf("go list tells of %d packages, and not of host", len(packages))
	}
	for _, path := range packages {
		for _, other := range []string{module + "/fleet", "github.com/nats-io", "github.com/prometheus", "go.opentelemetry.io"} {
			if path == other || strings.HasPrefix(path, other+"/") {
				t.Errorf("something depends on %s", path)
			}
		}
	}
}

// A release has all executables, with what an image of a container has them built with.
func TestReleaseIsWhole(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-f", `{{if eq .Name "main"}}{{.ImportPath}}{{end}}`, "./cmd/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	release, err := os.ReadFile(".goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for path := range strings.FieldsSeq(string(out)) {
		if line := "\n    main: ." + strings.TrimPrefix(path, module) + "\n"; !strings.Contains(string(release), line) {
			t.Errorf(".goreleaser.yaml has no %q", line)
		}
	}
	// That of the fleet is of another module, so go list does not tell of it.
	if lines := "\n    dir: fleet\n    main: ./cmd/runner-fleet\n"; !strings.Contains(string(release), lines) {
		t.Errorf(".goreleaser.yaml has no %q", lines)
	}
	const flags = "-trimpath -buildvcs=true -ldflags='-s -w'"
	for _, name := range []string{"Dockerfile", "docs/INSTALL.md"} {
		if b, err := os.ReadFile(name); err != nil || !strings.Contains(string(b), flags) {
			t.Errorf("%s does not build with %s (%v)", name, flags, err)
		}
	}
}

// A worker whose standard input and output are one socket, as systemd starts it, serves
// who is at the other end.
func TestSocketActivation(t *testing.T) {
	t.Parallel()
	unit, err := os.ReadFile("docs/systemd/runner-child@.service")
	if err != nil {
		t.Fatal(err)
	}
	const command = "runner child --stdio"
	if !strings.Contains(string(unit), "\nExecStart=/usr/bin/"+command+"\n") {
		t.Fatalf("the unit does not start %s", command)
	}
	bin, err := runner()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "socket")
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := listener.AcceptUnix()
	if err != nil {
		t.Fatal(err)
	}
	its, err := accepted.File()
	accepted.Close()
	if err != nil {
		t.Fatal(err)
	}
	defer its.Close()
	words := strings.Fields(command)
	cmd := exec.Command(filepath.Join(bin, words[0]), words[1:]...)
	cmd.Stdin, cmd.Stdout = its, its
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	its.Close()
	script, err := host.Inline(host.Lua, `function run(x) return x .. x end`)
	if err != nil {
		t.Fatal(err)
	}
	w, err := host.Attach(t.Context(), conn, script, &host.Options{Stdio: true})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := w.Call(t.Context(), "ab"); err != nil || len(out) != 1 || out[0] != "abab" {
		t.Errorf("it returned %v, %v", out, err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// Each link of the documentation leads somewhere.
func TestLinks(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`\]\(([^()\s]+)\)`)
	code := regexp.MustCompile("(?s)\n```.*?\n```")
	for _, page := range append(pages, "README.md", "CONTRIBUTING.md", "wire/PROTOCOL.md", "bench/README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(string(text), ""), -1) {
			file, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(file, "://") {
				continue
			}
			target := page
			if file != "" {
				target = filepath.Join(filepath.Dir(page), file)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %s: %v", page, m[1], err)
				continue
			}
			if anchor != "" && !slices.Contains(anchors(t, target), anchor) {
				t.Errorf("%s: %s: there is no such heading", page, m[1])
			}
		}
	}
	if len(link.FindAllString("[a](b) [c](d#e)", -1)) != 2 {
		t.Error("links are not found")
	}
	index, err := os.ReadFile("docs/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		if name := filepath.Base(page); name != "README.md" && !strings.Contains(string(index), "]("+name+")") {
			t.Errorf("docs/README.md does not lead to %s", name)
		}
	}
}

// anchors are the names of a page's headings in links.
func anchors(t *testing.T, page string) []string {
	t.Helper()
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(string(b)) {
		if title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "#") {
			name := regexp.MustCompile(`[^\w\- ]`).ReplaceAllString(strings.ToLower(strings.TrimSpace(title)), "")
			all = append(all, strings.ReplaceAll(name, " ", "-"))
		}
	}
	return all
}

// Who types what the tutorial says, from the top to the end, sees what it says.
func TestTutorial(t *testing.T) {
	t.Parallel()
	const page = "docs/TUTORIAL.md"
	dir := t.TempDir()
	home := strings.NewReplacer("/home/ada", dir)
	file := regexp.MustCompile(`\A(?:--|#) (\w+\.\w+)\n`)
	for _, b := range blocks(t, page) {
		switch b.language {
		case "lua", "toml":
			m := file.FindStringSubmatch(b.text)
			if m == nil {
				t.Fatalf("%s:%d: the first line is not the name of the file", page, b.line)
			}
			writeFile(t, dir, m[1], b.text)
		case "console":
			for part := range strings.SplitSeq(strings.TrimPrefix(b.text, "$ "), "\n$ ") {
				if folder, ok := strings.CutPrefix(strings.TrimSpace(part), "cd "); ok {
					dir = filepath.Join(dir, folder)
					continue
				}
				runConsole(t, dir, "$ "+home.Replace(part))
			}
		}
		if t.Failed() {
			t.Fatalf("so the rest of %s from line %d on cannot work", page, b.line)
		}
	}
}

// The page about settings says what there is, and its commands do what it says.
func TestSettingsPage(t *testing.T) {
	t.Parallel()
	const page = "docs/SETTINGS.md"
	dir := t.TempDir()
	for _, b := range blocks(t, page) {
		switch b.language {
		case "toml":
			writeFile(t, dir, "runner.toml", b.text)
		case "lua":
			writeFile(t, dir, "worker.lua", b.text)
		}
	}
	runConsoles(t, page, dir, nil)
}

// Every script of the documentation loads.
func TestDocumentedScripts(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"README.md", "docs/SCRIPTING.md", "docs/SETTINGS.md"} {
		for _, b := range blocks(t, path) {
			if b.language != "lua" && b.language != "js" {
				continue
			}
			t.Run(fmt.Sprintf("%s:%d", path, b.line), func(t *testing.T) {
				t.Parallel()
				file := filepath.Join(t.TempDir(), "script."+b.language)
				if err := os.WriteFile(file, []byte(b.text), 0o600); err != nil {
					t.Fatal(err)
				}
				line := "runner check " + file
				if strings.Contains(b.text, "run(done") {
					line += " --async"
				}
				if strings.Contains(b.text, "return freeze, thaw") {
					line = "runner --script scripts/echo.lua --serialiser " + file + " x"
				}
				if out, err := shell(t, ".", line); err != nil || strings.Contains(out, "nothing defines") {
					t.Errorf("%v\n%s", err, out)
				}
			})
		}
	}
}

// The benchmarks that docs/PERFORMANCE.md names are there. Two of the commands are run,
// too, for one round of each benchmark; not all, since each of them links a test binary.
func TestPerformanceBenchmarks(t *testing.T) {
	t.Parallel()
	const run = `AppendFrame|-cpuprofile`
	command := regexp.MustCompile(`^go test -run '\^\$' -bench '([^']+)' .*(\./\w+)$`)
	temporary := strings.NewReplacer("/tmp/", t.TempDir()+"/")
	commands := 0
	for _, b := range blocks(t, "docs/PERFORMANCE.md") {
		for line := range strings.Lines(b.text) {
			line = strings.TrimSpace(line)
			if b.language != "sh" || !strings.HasPrefix(line, "go test ") {
				continue // those of the bench are tested there
			}
			commands++
			m := command.FindStringSubmatch(line)
			if m == nil {
				t.Errorf("%s is no command of the kind that is wanted", line)
				continue
			}
			names := benchmarks(t, m[2])
			top, _, _ := strings.Cut(m[1], "/")
			for pattern := range strings.SplitSeq(top, "|") {
				if !slices.ContainsFunc(names, regexp.MustCompile(pattern).MatchString) {
					t.Errorf("%s: %s has no benchmark %s", line, m[2], pattern)
				}
			}
			if !regexp.MustCompile(run).MatchString(line) {
				continue
			}
			if out, err := shell(t, ".", temporary.Replace(line)+" -benchtime 1x"); err != nil || !strings.Contains(out, "\nBenchmark") {
				t.Errorf("%s: %v\n%s", line, err, out)
			}
		}
	}
	if commands != 8 {
		t.Errorf("there are %d commands", commands)
	}
}

// benchmarks are the names of those of a folder.
func benchmarks(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func (Benchmark\w+)\(`).FindAllStringSubmatch(string(b), -1) {
			names = append(names, m[1])
		}
	}
	return names
}

// notRun are commands that other tests run, or this one already is.
var notRun = regexp.MustCompile(`^go (test \./\.\.\.|mod (edit|tidy).*)$`)

// runConsoles runs the commands of a file in dir, as changes, which may be nil,
// makes them: each block in a test of its own, one after the other.
func runConsoles(t *testing.T, path, dir string, changes *strings.Replacer) {
	for _, b := range blocks(t, path) {
		if b.language != "console" {
			continue
		}
		if changes != nil {
			b.text = changes.Replace(b.text)
		}
		t.Run(fmt.Sprintf("line %d", b.line), func(t *testing.T) { runConsole(t, dir, b.text) })
	}
}

func runConsole(t *testing.T, dir, text string) {
	t.Helper()
	for _, part := range strings.Split("\n"+text, "\n$ ")[1:] {
		line, want, _ := strings.Cut(part, "\n")
		if notRun.MatchString(line) {
			continue
		}
		if strings.Contains(line, "python3 ") {
			needs(t, python)
		}
		if strings.Contains(line, "perl ") {
			needs(t, anyEvent)
		}
		// That some of them fail is seen in what they print.
		got, _ := shell(t, dir, line)
		if strings.TrimSuffix(got, "\n") != strings.TrimSuffix(want, "\n") {
			t.Errorf("$ %s\nprints\n%s\nand should print\n%s", line, got, want)
		}
	}
}

// Commands that succeed where what some tests need is installed.
const (
	python   = `python3 -c 'import sys; sys.exit(sys.version_info < (3, 8))'`
	anyEvent = `perl -MAnyEvent -e 1`
)

// needs skips a test, or fails it where everything has to be there, if a command
// that shows that something is installed does not succeed.
func needs(t *testing.T, command string) {
	t.Helper()
	out, err := exec.Command("sh", "-c", command).CombinedOutput()
	if err == nil {
		return
	}
	reason := fmt.Sprintf("%q failed, so what it needs is not installed: %v\n%s", command, err, out)
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// The README's program works in a module of its own.
func TestEmbedding(t *testing.T) {
	t.Parallel()
	repo, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module example.test/embedder\n\ngo 1.26\n")
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	write("go.sum", string(sums)) // so that nobody has to be asked for them
	for _, b := range blocks(t, "README.md") {
		switch {
		case b.language == "go":
			write("main.go", b.text)
		case b.language == "console" && strings.Contains(b.text, "go mod"):
			for _, line := range strings.Split(strings.TrimSpace(b.text), "\n") {
				line = strings.ReplaceAll(strings.TrimPrefix(line, "$ "), "/path/to/checkout", repo)
				if line == "go mod tidy" {
					// It asks for modules that only tests of dependencies need,
					// and this test needs no network. Below, -mod=mod is enough.
					continue
				}
				if out, err := shell(t, dir, line); err != nil {
					t.Fatalf("%s: %v\n%s", line, err, out)
				}
			}
		}
	}
	out, err := shell(t, dir, "go run -mod=mod .")
	if want := "greeting Ada\n[Hello, Dr. Ada!] <nil>\n"; err != nil || out != want {
		t.Errorf("it prints %q, %v; want %q", out, err, want)
	}
}

func sortLines(s string) string {
	lines := strings.SplitAfter(s, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// The scripts in scripts/ do what their first comments say.
func TestScripts(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"lua", "js"} {
		for _, test := range []struct {
			name, files, args, input, want string
			status                         int
		}{
			{"tidy.", "1/ 2/x 3", "", "rmdir\tD/1\nunlink\tD/3\nrmdir\tD/1\nrmdir\tD/2\n",
				"1\n1\nevent: requests\t3\n0\tNo such file or directory\n0\tDirectory not empty\n", 0},
			{"tidy_async.", "1/ 3", "--async", "rmdir\tD/1\nunlink\tD/3\nunlink\tD/4\n",
				"event: requests\t3\n1\n1\n0\tNo such file or directory\n", 0},
			{"countdown.", "", "--async --output jsonl", "3\n2\n1\n",
				`{"event":["started","3"]}
{"event":["started","2"]}
{"event":["started","1"]}
{"call":3,"result":["finished","1"]}
{"call":2,"result":["finished","2"]}
{"call":1,"result":["finished","3"]}
`, 0},
			{"echo.", "", "", "a\t\tb\n\n\xff\n", "a\t\tb\n\n\xff\n", 0},
		} {
			t.Run(test.name+language, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				for _, f := range strings.Fields(test.files) {
					path := filepath.Join(dir, f)
					if strings.HasSuffix(f, "/") {
						path += "/."
					}
					if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
						t.Fatal(err)
					}
					if !strings.HasSuffix(f, "/") {
						if err := os.WriteFile(path, nil, 0o600); err != nil {
							t.Fatal(err)
						}
					}
				}
				calls := filepath.Join(t.TempDir(), "calls")
				if err := os.WriteFile(calls, []byte(strings.ReplaceAll(test.input, "D/", dir+"/")), 0o600); err != nil {
					t.Fatal(err)
				}
				got, err := shell(t, ".", fmt.Sprintf("runner --script scripts/%s%s --allow-write=%s --events stdout --calls %s %s", test.name, language, dir, calls, test.args))
				if test.name == "tidy_async." { // answers need not wait for the event
					got, test.want = sortLines(got), sortLines(test.want)
				}
				if err != nil || got != test.want {
					t.Errorf("it prints\n%s\n(%v) and should print\n%s", got, err, test.want)
				}
			})
		}
		t.Run("unknown command."+language, func(t *testing.T) {
			t.Parallel()
			for _, script := range []string{"tidy.", "--async tidy_async."} {
				flags, name := "", script
				if f, n, ok := strings.Cut(script, " "); ok {
					flags, name = f, n
				}
				got, err := shell(t, ".", "runner "+flags+" --script scripts/"+name+language+" destroy x")
				var exit *exec.ExitError
				if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(got, "unknown command 'destroy': there are rmdir and unlink") {
					t.Errorf("%s: %v\n%s", script, err, got)
				}
			}
		})
	}
	t.Run("inline", func(t *testing.T) {
		t.Parallel()
		got, err := shell(t, ".", "go run ./scripts/inline")
		if want := "event: greeted 1\nHello, Ada!\nevent: greeted 2\nHello, Grace!\n"; err != nil || got != want {
			t.Errorf("it prints %q, %v; want %q", got, err, want)
		}
	})
}
