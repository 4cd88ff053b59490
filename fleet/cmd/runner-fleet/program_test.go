package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"scripthost.example/fleet/internal/brokertest"
)

// A program is the command, with a folder of its own for what it keeps.
type program struct {
	t   *testing.T
	bin string
	dir string
}

func newProgram(t *testing.T, dir string) *program {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(t.TempDir(), "runner-fleet") // by which name the test binary is the command
	if err := os.Symlink(exe, bin); err != nil {
		t.Skipf("links are not made here: %v", err)
	}
	return &program{t, bin, dir}
}

func (p *program) command(args ...string) *exec.Cmd {
	cmd := exec.Command(p.bin, append(args, "--dir", p.dir)...)
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", "RUNNER_NATS=", "RUNNER_CREDS=", "RUNNER_CA=")
	return cmd
}

// run runs the command until it ends.
func (p *program) run(args ...string) (out string, status int) {
	p.t.Helper()
	cmd := p.command(args...)
	text, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		p.t.Fatal(err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}

// must is run for what has to go well.
func (p *program) must(args ...string) string {
	p.t.Helper()
	out, status := p.run(args...)
	if status != 0 {
		p.t.Fatalf("%q: exit status %d: %s", args, status, out)
	}
	return out
}

// A serving is a serve that runs.
type serving struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines chan string // of its log
	seen  []string
	kill  func() // ends it by SIGKILL, if it runs
}

// serve starts a serve, which is killed at the end of the test if it still runs then.
func (p *program) serve(args ...string) *serving {
	p.t.Helper()
	s := &serving{t: p.t, cmd: p.command(append([]string{"serve"}, args...)...), lines: make(chan string, 1000)}
	log, err := s.cmd.StderrPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	go func() {
		defer close(s.lines)
		r := bufio.NewScanner(log)
		for r.Scan() {
			s.lines <- r.Text()
		}
		_, _ = io.Copy(io.Discard, log) // a line that is too long
	}()
	s.kill = sync.OnceFunc(s.end)
	p.t.Cleanup(s.kill)
	return s
}

// await waits for a line of the log that has the text, n times, and returns the last.
func (s *serving) await(text string, n int) string {
	s.t.Helper()
	for timeout := time.After(time.Minute); ; {
		select {
		case line, ok := <-s.lines:
			if !ok {
				s.t.Fatalf("serve has ended:\n%s", strings.Join(s.seen, "\n"))
			}
			s.seen = append(s.seen, line)
			if strings.Contains(line, text) {
				if n--; n == 0 {
					return line
				}
			}
		case <-timeout:
			s.t.Fatalf("%q is not in the log:\n%s", text, strings.Join(s.seen, "\n"))
		}
	}
}

func (s *serving) end() {
	_ = s.cmd.Process.Kill() // it may have ended
	for line := range s.lines {
		s.seen = append(s.seen, line)
	}
	err := s.cmd.Wait()
	if s.t.Failed() {
		s.t.Logf("serve has ended (%v):\n%s", err, strings.Join(s.seen, "\n"))
	}
}

// waited is must for what needs a broker that has just been started.
func (p *program) waited(args ...string) (out string) {
	p.t.Helper()
	brokertest.Await(p.t, func() bool {
		var status int
		out, status = p.run(args...)
		return status == 0
	})
	return out
}
