package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// progressWorker fails its second call, and waits in the fourth for a file.
const progressWorker = `
function run(n)
  if n == "2" then error("no") end
  if n == "4" then
    print("waiting")
    while not io.open("go") do sleep(0.01) end
  end
  return n
end`

// The progress is shown on a terminal, in its width, and makes way for what else is
// written there. Standard output gets nothing of it.
func TestProgressOnTerminal(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		flags    []string
		env      string
		onScreen bool // standard output is the terminal, too
		shown    bool
	}{
		{"auto", nil, "", false, true},
		{"results too", nil, "", true, true},
		{"always", []string{"--progress", "always"}, "", false, true},
		{"jsonl", []string{"--progress", "always", "--output", "jsonl"}, "", true, true},
		{"NO_COLOR", []string{"--progress=always"}, "NO_COLOR=1", false, true},
		{"never", []string{"--progress", "never"}, "", false, false},
		{"dumb", nil, "TERM=dumb", false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := startOnTerminal(t, test.flags, test.env, test.onScreen)
			r.wait(t, `waiting`)
			if test.shown {
				// In 60 columns, and as soon as the terminal is wider with a bar.
				r.wait(t, `\r3 of 4 done, [^,]*1 failed[^,]*, 1 running, [0-9.]+/s, ETA [^ ]*\x1b\[K`)
				r.resize(t, 120)
				r.wait(t, `\r 75% \[#{22}-{8}\] 3 of 4 done, `)
				r.resize(t, 20)
				r.wait(t, `\r3 done, [^,]*1 failed[^,]*\x1b\[K\r3 done`)
			}
			if err := os.WriteFile(filepath.Join(r.dir, "go"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			results, screen := r.end(t)
			if !test.onScreen && results != "1\n3\n4\n" {
				t.Errorf("the results are %q", results)
			}
			colours := regexp.MustCompile(`\x1b\[[0-9;]*m`) // errors have them, too
			if got := strings.Contains(colours.ReplaceAllString(screen, ""), "\x1b"); got != test.shown {
				t.Errorf("the progress is shown: %v\n%q", got, screen)
			}
			if got := strings.Contains(screen, red); got != (test.shown && test.env == "") {
				t.Errorf("there is colour: %v\n%q", got, screen)
			}
			if !test.shown {
				return
			}
			// What stands there in the end, without what was cleared.
			lines := regexp.MustCompile(`\r[^\r\n]*\x1b\[K`).ReplaceAllString(colours.ReplaceAllString(screen, ""), "")
			want := []string{"no", "\r\nwaiting\r\n", "4 calls in ", ": 3 answered, 1 failed (1 script)\r\n", "p50 "}
			if test.onScreen {
				want = append(want, "3")
			}
			for _, part := range want {
				if !strings.Contains(lines, part) {
					t.Errorf("%q is not on the screen:\n%q", part, lines)
				}
			}
			if strings.Contains(lines, "\x1b") || strings.Contains(lines, "done") {
				t.Errorf("something of the progress is left:\n%q", lines)
			}
		})
	}
}

// Elsewhere than on a terminal the progress is lines, and a summary in the end.
func TestProgressElsewhere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"worker.lua": progressWorker, "calls.txt": "1\n2\n3\n", "go": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for flag, want := range map[string]string{
		"auto": "", "never": "",
		"always": `^runner: 3 calls in \S+ \(\S+/s\): 2 answered, 1 failed \(1 script\)\nrunner: p50 \S+, p99 \S+; 0 retries, 0 restarts\n$`,
	} {
		cmd := exec.Command("runner", "-s", "worker.lua", "--calls", "calls.txt", "--progress", flag)
		var stdout, stderr bytes.Buffer
		cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
		cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
		if err := cmd.Run(); err == nil || stdout.String() != "1\n3\n" {
			t.Errorf("%s: %v, %q", flag, err, &stdout)
		}
		_, after, _ := strings.Cut(stderr.String(), "| ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n")
		if want == "" && after != "" || !regexp.MustCompile(want).MatchString(after) {
			t.Errorf("%s: the end is %q", flag, after)
		}
	}
}

// An onTerminal is a runner whose standard error is a terminal.
type onTerminal struct {
	dir              string
	master           *os.File
	cmd              *exec.Cmd
	screen, results  *watched
	readAll, exitErr chan error
}

func startOnTerminal(t *testing.T, flags []string, env string, resultsToo bool) *onTerminal {
	t.Helper()
	master, terminal, err := openTerminal()
	if err != nil {
		t.Skip("there is no terminal: ", err)
	}
	t.Cleanup(func() { master.Close() })
	r := &onTerminal{dir: t.TempDir(), master: master, screen: newWatched(), results: newWatched(), readAll: make(chan error, 1), exitErr: make(chan error, 1)}
	r.resize(t, 60)
	for name, text := range map[string]string{"worker.lua": progressWorker, "calls.txt": "1\n2\n3\n4\n"} {
		if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r.cmd = exec.Command("runner", append(flags, "-s", "worker.lua", "--allow-read=.", "--load", "1", "--calls", "calls.txt")...)
	r.cmd.Dir, r.cmd.Stdout, r.cmd.Stderr = r.dir, r.results, terminal
	r.cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", "TERM=xterm", "NO_COLOR=", env)
	if env == "" {
		r.cmd.Env = r.cmd.Env[:len(r.cmd.Env)-1]
	}
	if resultsToo {
		r.cmd.Stdout = terminal
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	terminal.Close()
	go func() {
		b := make([]byte, 4096)
		for {
			n, err := master.Read(b)
			r.screen.Write(b[:n])
			if err != nil { // it is EIO when nobody has the terminal open any more
				r.readAll <- err
				return
			}
		}
	}()
	go func() { r.exitErr <- r.cmd.Wait() }()
	return r
}

func (r *onTerminal) resize(t *testing.T, columns uint16) {
	t.Helper()
	if err := unix.IoctlSetWinsize(int(r.master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns}); err != nil {
		t.Fatal(err)
	}
}

// wait waits until something is on the screen.
func (r *onTerminal) wait(t *testing.T, pattern string) {
	t.Helper()
	if !r.screen.wait(regexp.MustCompile(pattern), r.exitErr) {
		t.Fatalf("it ended before it had written %s:\n%q", pattern, r.screen.text.String())
	}
}

// end waits for the end, and returns all that was written.
func (r *onTerminal) end(t *testing.T) (results, screen string) {
	t.Helper()
	err := <-r.exitErr
	<-r.readAll
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != exitFailed {
		t.Error(fmt.Errorf("it ended with %v", err))
	}
	return r.results.text.String(), r.screen.text.String()
}
