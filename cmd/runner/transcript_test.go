//go:build unix

package main

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

var updateTranscripts = flag.Bool("update-transcripts", false, "write docs/TRANSCRIPTS.md")

const transcriptsFile = "../../docs/TRANSCRIPTS.md"

// A pane is a terminal of tmux's.
type pane struct {
	t      *testing.T
	socket string
}

// newPane returns a terminal in dir with a shell, of so many lines.
func newPane(t *testing.T, dir, lines string) *pane {
	if _, err := exec.LookPath("tmux"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("tmux is not installed")
	}
	// Not in t.TempDir: names of sockets have to be short.
	sockets, err := os.MkdirTemp("", "tmux")
	if err != nil {
		t.Fatal(err)
	}
	p := &pane{t, filepath.Join(sockets, "s")}
	t.Cleanup(func() {
		_ = exec.Command("tmux", "-S", p.socket, "kill-server").Run() // it may have ended
		os.RemoveAll(sockets)
	})
	shell := exec.Command("tmux", "-S", p.socket, "-f", os.DevNull, "new-session", "-d", "-x", "78", "-y", lines, "-c", dir, "env", "-i",
		"PATH="+os.Getenv("PATH"), "HOME="+dir, "TERM=screen", "PS1=$ ", "GORACE=atexit_sleep_ms=0", "sh")
	if out, err := shell.CombinedOutput(); err != nil {
		t.Fatalf("tmux: %v: %s", err, out)
	}
	p.await(`^\$ *$`)
	return p
}

// shown is what the terminal shows, without blanks at the ends of lines.
func (p *pane) shown() string {
	out, err := exec.Command("tmux", "-S", p.socket, "capture-pane", "-p").Output()
	if err != nil {
		p.t.Fatal("tmux: ", err)
	}
	return strings.TrimSpace(string(out))
}

// await waits until what is shown ends in a pattern, and returns it.
func (p *pane) await(pattern string) string {
	p.t.Helper()
	re := regexp.MustCompile(pattern)
	for begun := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		now := p.shown()
		if re.MatchString(now) {
			return now
		}
		if time.Since(begun) > time.Minute {
			p.t.Fatalf("there is no %q in\n%s", pattern, now)
		}
	}
}

// enter types a line.
func (p *pane) enter(line string) {
	for _, keys := range [][]string{{"-l", line}, {"Enter"}} {
		if out, err := exec.Command("tmux", append([]string{"-S", p.socket, "send-keys"}, keys...)...).CombinedOutput(); err != nil {
			p.t.Fatalf("tmux: %v: %s", err, out)
		}
	}
}

// What the page shows of a terminal is what one shows, but for numbers that are not
// the same twice.
func TestTranscripts(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(transcriptsFile)
	if err != nil && !*updateTranscripts {
		t.Fatal(err)
	}
	repl, progress := replTranscript(t), progressTranscript(t)
	now := "# What it looks like\n\n" +
		"Terminals as `go test ./cmd/runner -run TestTranscripts -update-transcripts` has seen them, with tmux.\n\n" +
		"## Trying things out\n\n```text\n" + repl + "\n```\n\n" +
		"## Many calls\n\nWhile they are made, and in the end:\n\n```text\n" + progress[0] + "\n```\n\n```text\n" + progress[1] + "\n```\n"
	if *updateTranscripts {
		if err := os.WriteFile(transcriptsFile, []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	numbers := regexp.MustCompile(` *[0-9]+% \[[#-]*\] |~?([0-9]+[hm])*[0-9][0-9,.]*(µs|ms|s\b)?`)
	if got, want := numbers.ReplaceAllString(now, "N"), numbers.ReplaceAllString(string(page), "N"); got != want {
		t.Errorf("the page shows\n%s\nand a terminal\n%s", want, got)
	}
}

func replTranscript(t *testing.T) string {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "greet.lua"), "function greet(name)\n  event(\"asked for \" .. name)\n  return \"hello \" .. name\nend\nrun = greet\n")
	p := newPane(t, dir, "30")
	p.enter("runner repl -s greet.lua")
	p.await(`lua>$`)
	for _, line := range []string{
		"1 + 1", `greet("you")`, "for i = 1, 2 do", "  print(i * i)", "end", `{1, 2, {name = "Ada"}}`, `error("oh")`, ":events", ":mem",
	} {
		prompt := `lua>`
		if strings.HasPrefix(line, "for") || strings.HasPrefix(line, " ") {
			prompt = `\.\.\.\.`
		}
		before := len(regexp.MustCompile(prompt).FindAllString(p.shown(), -1))
		p.enter(line)
		p.await(`(?s)(` + prompt + `.*){` + strconv.Itoa(before) + `}` + prompt + `$`)
	}
	shown := p.shown()
	p.enter(":quit")
	p.await(`\$$`)
	return shown
}

func progressTranscript(t *testing.T) [2]string {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "double.lua"), "function run(x)\n  sleep(0.005)\n  return x * 2\nend\n")
	writeFile(t, filepath.Join(dir, "numbers.txt"), strings.Repeat("21\n", 600))
	p := newPane(t, dir, "8")
	p.enter("runner -s double.lua --calls numbers.txt > results.txt")
	var shown [2]string
	shown[0] = p.await(`[0-9]+ of ~?600 done, .*ETA [0-9]`)
	shown[1] = p.await(`(?s)600 calls in .*\$$`)
	return shown
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
