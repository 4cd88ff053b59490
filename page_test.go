package runner_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// page is "Write a worker in another language".
const page = "docs/PROTOCOL.md"

func readPage(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// pageBlock returns the only block of the page whose fence says info.
func pageBlock(t *testing.T, info string) string {
	t.Helper()
	text, found := "", 0
	for _, b := range blocks(t, page) {
		if b.language == info {
			text = b.text
			found++
		}
	}
	if found != 1 {
		t.Fatalf("%s has %d blocks of %s", page, found, info)
	}
	return text
}

// asyncWorker is the page's worker with the loop of the async mode.
func asyncWorker(t *testing.T) string {
	t.Helper()
	text, _, ok := strings.Cut(pageBlock(t, "python"), "while header")
	if !ok {
		t.Fatalf("%s: the worker has no loop", page)
	}
	return text + pageBlock(t, "python async")
}

// workerFolder returns a folder with the files that the page has one make.
func workerFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, dir, "hello.py", pageBlock(t, "python"))
	writeFile(t, dir, "hello_async.py", asyncWorker(t))
	scripts, err := filepath.Abs("scripts")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(scripts, filepath.Join(dir, "scripts")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func writeFile(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func replaceOnce(t *testing.T, text, old, replacement string) string {
	t.Helper()
	if n := strings.Count(text, old); n != 1 {
		t.Fatalf("%q is there %d times, not once", old, n)
	}
	return strings.Replace(text, old, replacement, 1)
}

// The commands of the page do what it says, with the workers of the page.
func TestPageCommands(t *testing.T) {
	t.Parallel()
	runConsoles(t, page, workerFolder(t), nil)
}

// The Go program of the page does with that worker what the command does.
func TestPageProgram(t *testing.T) {
	t.Parallel()
	needs(t, python)
	dir := workerFolder(t)
	writeFile(t, dir, "main.go", pageBlock(t, "go"))
	if out, err := shell(t, ".", fmt.Sprintf("go build -o '%s/greet' '%s/main.go'", dir, dir)); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got, err := shell(t, dir, "./greet")
	if want := "greeting Ada\n[Hello, Ada! 3] <nil>\n"; err != nil || got != want {
		t.Errorf("it prints %q, %v; want %q", got, err, want)
	}
}

// The async worker of the page runs calls at the same time, and when the stream
// ends it answers those that it has.
func TestPageAsyncWorker(t *testing.T) {
	t.Parallel()
	needs(t, python)
	dir := t.TempDir()
	all := "barrier = threading.Barrier(3)\n\ndef run(name):\n    barrier.wait()\n"
	writeFile(t, dir, "hello.py", replaceOnce(t, "import threading\n"+asyncWorker(t), "def run(name):\n", all))
	got, err := shell(t, dir, `printf 'a\nbb\nccc\n' | runner --wire classic --async --events none --exec 'python3 hello.py' --calls -`)
	if want := "Hello, a!\t1\nHello, bb!\t2\nHello, ccc!\t3\n"; err != nil || got != want {
		t.Errorf("it prints %q, %v; want %q", got, err, want)
	}
}

// What the page says that one sees of a mistake is what one sees of it. The rows
// are in the order of those in the page.
func TestPageMistakes(t *testing.T) {
	t.Parallel()
	_, table, _ := strings.Cut(readPage(t), "| mistake | what one sees |\n|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	rows := strings.Split(table, "\n")

	const sends = `    send(0, [b"greeting", name])`
	mistakes := []struct {
		name     string
		old, new string // what is another in the worker
		command  string // the default is the first one of the page
	}{
		{name: "no such command", command: "--wire classic --exec 'pyhton3 hello.py' Ada"},
		{name: "needs a shell", command: "--wire classic --exec 'python3 hello.py | tee log' Ada"},
		{name: "exits", old: sends, new: "    sys.exit(0)"},
		{name: "crashes", old: sends, new: "    sys.exit('no memory')"},
		{name: "another stream", command: "--wire classic --exec 'python3 hello.py --stdio' Ada"},
		{name: "prints", old: "    os.dup2(2, 1)", new: "    print('Welcome', flush=True)", command: "--wire classic --stdio --exec 'python3 hello.py --stdio' Ada"},
		{name: "not flushed", old: "    answers.flush()\n", command: "--wire classic --timeout 1s --exec 'python3 hello.py' Ada"},
		{name: "worker async", command: "--wire classic --timeout 1s --exec 'python3 hello_async.py' Ada"},
		{name: "parent async", command: "--wire classic --async --exec 'python3 hello.py' Ada"},
		{name: "byte order", old: `">II", id`, new: `"<II", id`},
		{name: "another id", old: "send(1, run", new: "send(7, run"},
		{name: "answered twice", old: "    send(1, run", new: "    send(1, [b'']); send(1, run"},
		{name: "length of a payload", old: "len(payload)) + payload", new: "len(payload) - 1) + payload"},
		{name: "length of a string", old: "payload += length + value", new: `payload += b"\x80" + length + value`},
		{name: "worker extended", command: "--wire classic --exec 'runner child' Ada"},
		{name: "worker extended over stdio", command: "--wire classic --stdio --exec 'runner child --stdio' Ada"},
		{name: "parent extended", command: "--exec 'python3 hello.py' --lang lua --eval 'function run() end'"},
	}
	if len(rows) != len(mistakes) {
		t.Fatalf("%s has %d rows of mistakes, and this test %d", page, len(rows), len(mistakes))
	}
	for i, m := range mistakes {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			if m.command == "" {
				m.command = "--wire classic --exec 'python3 hello.py' Ada"
			}
			if strings.Contains(m.command, "python3") {
				needs(t, python)
			}
			worker := pageBlock(t, "python")
			if m.old != "" {
				worker = replaceOnce(t, worker, m.old, m.new)
			}
			dir := workerFolder(t)
			writeFile(t, dir, "hello.py", worker)
			_, seen, _ := strings.Cut(strings.TrimSuffix(rows[i], "` |"), " | `")
			got, err := shell(t, dir, "runner "+m.command)
			if err == nil || seen == "" || !strings.Contains(got, seen) {
				t.Errorf("it prints\n%s\n(%v), and %s says\n%s", got, err, page, rows[i])
			}
		})
	}
}
