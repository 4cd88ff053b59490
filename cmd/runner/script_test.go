//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdStatus is "status N ARG...": the runner with these arguments exits with
// status N.
func cmdStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: status N ARG...")
	}
	checkStatus(ts, args[0], ts.Exec("runner", args[1:]...))
}

func checkStatus(ts *testscript.TestScript, want string, err error) {
	got := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(got) != want {
		ts.Fatalf("exit status %d, want %s", got, want)
	}
}

// cmdSignal is "signal N STEP@PATTERN... -- ARG...": the runner with these
// arguments, and with a standard input that does not end, exits with status N. As
// soon as what it has written matches the pattern of a step that is done: INT, TERM
// and HUP send it the signal, and another word makes an empty file of that name, for
// which a worker may wait; nothing is no more than the wait. Like a terminal's, the
// signals go to its workers too.
func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	dash := 0
	for dash < len(args) && args[dash] != "--" {
		dash++
	}
	if neg || dash < 2 || dash == len(args) {
		ts.Fatalf("usage: signal N STEP@PATTERN... -- ARG...")
	}
	cmd := exec.Command("runner", args[dash+1:]...)
	path, err := exec.LookPath("runner")
	ts.Check(err)
	cmd.Path = path
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = []string{"GORACE=" + ts.Getenv("GORACE"), "PATH=" + ts.Getenv("PATH")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := cmd.StdinPipe()
	ts.Check(err)
	defer stdin.Close()
	if input, err := io.ReadAll(strings.NewReader(ts.ReadFile("stdin.txt"))); err == nil {
		go stdin.Write(input)
	}
	written := newWatched()
	cmd.Stdout = io.MultiWriter(ts.Stdout(), written)
	cmd.Stderr = io.MultiWriter(ts.Stderr(), written)
	ts.Check(cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()

	for _, arg := range args[1:dash] {
		step, pattern, _ := strings.Cut(arg, "@")
		if !written.wait(regexp.MustCompile(pattern), ended) {
			ts.Fatalf("it ended before it had written %s", pattern)
		}
		signals := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP}
		if sig, ok := signals[step]; ok {
			ts.Check(syscall.Kill(-cmd.Process.Pid, sig))
		} else if step != "" {
			ts.Check(os.WriteFile(ts.MkAbs(step), nil, 0o600))
		}
	}
	checkStatus(ts, args[0], <-ended)
}

// cmdReap is "reap N ARG...": the runner with these arguments exits with status N.
// What it writes to standard error in lines "event: kill", a tab and a number is
// killed: its workers ask for that, which cannot do it themselves.
func cmdReap(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: reap N ARG...")
	}
	path, err := exec.LookPath("runner")
	ts.Check(err)
	cmd := exec.Command(path, args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = []string{"GORACE=" + ts.Getenv("GORACE")}
	cmd.Stdout = ts.Stdout()
	stderr, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		line := lines.Text()
		fmt.Fprintln(ts.Stderr(), line)
		if word, ok := strings.CutPrefix(line, "event: kill\t"); ok {
			pid, err := strconv.Atoi(word)
			ts.Check(err)
			ts.Check(syscall.Kill(pid, syscall.SIGKILL))
		}
	}
	checkStatus(ts, args[0], cmd.Wait())
}

// A watched is what a command has written so far.
type watched struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func newWatched() *watched { return &watched{more: make(chan struct{}, 1)} }

func (w *watched) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case w.more <- struct{}{}:
	default:
	}
	return w.text.Write(b)
}

// wait returns true once the text matches re, and false if the command ends
// without that.
func (w *watched) wait(re *regexp.Regexp, ended chan error) bool {
	for {
		w.mu.Lock()
		found := re.Match(w.text.Bytes())
		w.mu.Unlock()
		if found {
			return true
		}
		select {
		case <-w.more:
		case err := <-ended:
			ended <- err
			return false
		}
	}
}
