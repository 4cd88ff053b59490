package main

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"scripthost.example/fleet/internal/brokertest"
)

// The commands of docs/FLEET.md do what it says. Each name before a $ has a home of
// its own; their files are in one folder.
func TestDocs(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "FLEET.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range []string{"bash", "openssl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the page needs %s: %v", tool, err)
		}
	}
	sections := map[string]string{}
	for _, s := range strings.Split(string(page), "\n## ")[1:] {
		title, text, _ := strings.Cut(s, "\n")
		sections[title] = text
	}
	for name, titles := range map[string][]string{"one": {"One machine", "Jobs"}, "several": {"Several machines"}, "three": {"Three brokers"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShell(t)
			s.write("worker.lua", `function run(name) return "hello, " .. name end`)
			commands := 0
			for _, title := range titles {
				for _, c := range consoleOf(sections[title]) {
					s.run(c)
					commands++
				}
			}
			if commands < 8 {
				t.Errorf("%d commands only: has the page changed?", commands)
			}
		})
	}
}

// A command is one of a page, with what it prints.
type command struct {
	who, text string
	prints    []string
}

var prompt = regexp.MustCompile(`^([a-z]*)\$ (.*)$`)

// consoleOf returns the commands of a text's console blocks.
func consoleOf(text string) (all []command) {
	inside := false
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch m := prompt.FindStringSubmatch(line); {
		case strings.HasPrefix(line, "```"):
			inside = line == "```console"
		case !inside:
		case m != nil:
			all = append(all, command{who: m[1], text: m[2]})
		default:
			all[len(all)-1].prints = append(all[len(all)-1].prints, line)
		}
	}
	return all
}

// A shell runs the commands of a page.
type shell struct {
	t      *testing.T
	dir    string
	ports  map[string]string // of the page's machines, by their addresses there
	pushed bool              // there is a version to be served
	wait   []func()          // until what was started serves a version
}

func newShell(t *testing.T) *shell {
	s := &shell{t: t, dir: t.TempDir(), ports: map[string]string{}}
	// The name runner is that of the command which it would run.
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(s.dir, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(exe, filepath.Join(bin, "runner-fleet")); err != nil {
		t.Fatal(err)
	}
	s.write("bin/runner", "#!/bin/sh\nexec \"$(dirname \"$0\")/runner-fleet\" \"$@\"\n")
	if err := os.Chmod(filepath.Join(bin, "runner"), 0o700); err != nil {
		t.Fatal(err)
	}
	addrs, err := brokertest.FreeAddrs(6)
	if err != nil {
		t.Fatal(err)
	}
	for i, at := range []string{"one:4222", "two:4222", "three:4222", "one:6222", "two:6222", "three:6222"} {
		_, s.ports[at], _ = net.SplitHostPort(addrs[i])
	}
	return s
}

// machine is an address of a machine of the page that is played by this one.
var machine = regexp.MustCompile(`\b(one|two|three):[46]222\b`)

// altNames are those of a certificate for such machines.
var altNames = regexp.MustCompile(`DNS:one\b(,DNS:two,DNS:three)?`)

func (s *shell) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shell) command(c command) *exec.Cmd {
	text := machine.ReplaceAllStringFunc(c.text, func(addr string) string { return "localhost:" + s.ports[addr] })
	text = altNames.ReplaceAllString(text, "DNS:localhost")
	cmd := exec.Command("bash", "-c", strings.TrimSuffix(text, " &"))
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(s.dir, "bin")+":"+os.Getenv("PATH"), "HOME="+filepath.Join(s.dir, "home-"+c.who), "XDG_STATE_HOME=", "RUNNER_FLEET_DIR=", "GORACE=atexit_sleep_ms=0")
	return cmd
}

// run runs a command and compares what it prints. One that ends with & goes on until
// the test ends, and is waited for until it serves.
func (s *shell) run(c command) {
	s.t.Helper()
	if s.pushed {
		for _, wait := range s.wait {
			wait()
		}
		s.wait = nil
	}
	cmd := s.command(c)
	if strings.HasSuffix(c.text, " &") {
		s.serve(cmd)
		return
	}
	out, err := cmd.CombinedOutput()
	s.pushed = s.pushed || strings.Contains(c.text, "runner push")
	want := strings.Join(c.prints, "\n")
	got := strings.TrimSuffix(waits.ReplaceAllString(string(out), ""), "\n")
	// What openssl says of how it goes along is not in the page.
	if len(c.prints) == 0 && err == nil {
		return
	}
	if sorted(got) != sorted(want) {
		s.t.Fatalf("%s$ %s\n%s\nthe page has:\n%s\n(%v)", c.who, c.text, got, want, err)
	}
}

// waits is what a command says of a broker that is not there yet.
var waits = regexp.MustCompile(`(?m)^runner-fleet: (not all brokers of the cluster|the broker does not answer).*\n`)

// sorted are lines of two streams, whose order in one is not certain.
func sorted(text string) string {
	lines := strings.Split(text, "\n")
	if len(lines) == 2 && lines[0] > lines[1] {
		lines[0], lines[1] = lines[1], lines[0]
	}
	return strings.Join(lines, "\n")
}

func (s *shell) serve(cmd *exec.Cmd) {
	s.t.Helper()
	cmd.Args[2] = "exec " + cmd.Args[2]
	log, err := cmd.StderrPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	lines := make(chan string, 1000)
	go func() {
		defer close(lines)
		r := bufio.NewScanner(log)
		for r.Scan() {
			lines <- r.Text()
		}
		_, _ = io.Copy(io.Discard, log) // a line that is too long
	}()
	s.t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended
		for range lines {
		}
		if err := cmd.Wait(); err != nil {
			s.t.Error(err)
		}
	})
	var seen []string
	// until reads the log until it has one of the texts.
	until := func(texts ...string) {
		s.t.Helper()
		for timeout := time.After(2 * time.Minute); ; {
			select {
			case line, ok := <-lines:
				if !ok {
					s.t.Fatalf("%s has ended:\n%s", cmd.Args[2], strings.Join(seen, "\n"))
				}
				seen = append(seen, line)
				if slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(line, text) }) {
					return
				}
			case <-timeout:
				s.t.Fatalf("%s does not serve within two minutes:\n%s", cmd.Args[2], strings.Join(seen, "\n"))
			}
		}
	}
	const served = "a version is served"
	if s.pushed {
		until(served)
		return
	}
	until(served, "msg=serving", "waiting until somebody", "waiting until the broker", "waiting for the other brokers")
	s.wait = append(s.wait, func() { until(served) })
}
