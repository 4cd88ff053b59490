package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A typist sits at a terminal on which runner repl runs.
type typist struct {
	t      *testing.T
	master *os.File
	cmd    *exec.Cmd

	mu   sync.Mutex
	seen strings.Builder // all that the terminal showed
	read int             // how much of it was waited for
	more chan struct{}
}

func newTypist(t *testing.T, state string, args ...string) *typist {
	master, terminal, err := openTerminal()
	if err != nil {
		t.Skip("there is no terminal: ", err)
	}
	defer terminal.Close()
	if err := unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}); err != nil {
		t.Fatal(err)
	}
	runner, err := exec.LookPath("runner")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(runner, append([]string{"repl"}, args...)...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+state, "GORACE=atexit_sleep_ms=0")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal, terminal, terminal
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &typist{t: t, master: master, cmd: cmd, more: make(chan struct{}, 1)}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it has ended, unless the test failed
		master.Close()
	})
	go p.watch()
	return p
}

func (p *typist) watch() {
	b := make([]byte, 4096)
	for {
		n, err := p.master.Read(b)
		p.mu.Lock()
		p.seen.Write(b[:n])
		p.mu.Unlock()
		select {
		case p.more <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// sees waits until the terminal has shown a text, behind what was waited for before.
func (p *typist) sees(text string) {
	p.t.Helper()
	deadline := time.After(time.Minute)
	for {
		p.mu.Lock()
		// A line end is one more while nothing is edited: the terminal makes it one, too.
		seen := strings.ReplaceAll(p.seen.String(), "\r\r\n", "\r\n")
		i := strings.Index(seen[p.read:], text)
		if i >= 0 {
			p.read += i + len(text)
		}
		p.mu.Unlock()
		if i >= 0 {
			return
		}
		select {
		case <-p.more:
		case <-deadline:
			p.t.Fatalf("the terminal does not show %q behind %q", text, seen)
		}
	}
}

func (p *typist) types(keys string) {
	p.t.Helper()
	if _, err := p.master.WriteString(keys); err != nil {
		p.t.Fatal(err)
	}
}

func (p *typist) ends() {
	p.t.Helper()
	if err := p.cmd.Wait(); err != nil {
		p.t.Errorf("%v after %q", err, p.seen.String())
	}
}

func TestReplTerminal(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	p := newTypist(t, state, "--lang", "lua")
	p.sees("Lua; :help lists")
	p.sees("lua> ")
	p.types("greeting = 'Hello'\r")
	p.sees("lua> ")
	p.types("gree\t\r") // completed
	p.sees("greeting")
	p.sees("\"Hello\"\r\n")
	p.sees("lua> ")
	p.types("string.re\t") // two of them
	p.sees("rep      reverse\r\n")
	p.types("p('ab', 2)\r")
	p.sees("\"abab\"\r\n")
	p.sees("lua> ")
	p.types("function f()\r")
	p.sees(".... ")
	p.types("return 5 end\r")
	p.sees("lua> ")
	p.types("f(\r")
	p.sees(".... ")
	p.types("\x03") // drops what is typed
	p.sees("lua> ")
	p.types("f()\r")
	p.sees("5\r\n")
	p.sees("lua> ")
	p.types("event('running') while true do end\r")
	p.sees("event: running\r\n")
	p.types("\x03") // interrupts
	p.sees("runner: interrupted\r\n")
	p.sees("lua> ")
	p.types("greeting\r") // the worker goes on
	p.sees("\"Hello\"\r\n")
	p.sees("lua> ")
	p.types("timer.after(0.01, function() event('later') end) return\r")
	p.sees("event: later\r\n")
	p.types(" 'not kept'\r")
	p.sees("\"not kept\"\r\n")
	p.sees("lua> ")
	p.types("\x04")
	p.ends()

	file := filepath.Join(state, "runner", "repl.lua.history")
	history, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line, kept := range map[string]bool{"greeting": true, "return 5 end": true, "'not kept'": false} {
		if strings.Contains("\n"+string(history), "\n"+line+"\n") != kept {
			t.Errorf("%s: that it is in the history is not %v: %q", line, kept, history)
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the history: %v, %v", info, err)
	}

	// The next session has it.
	p = newTypist(t, state, "--lang", "lua")
	p.sees("lua> ")
	p.types("\x1b[A") // up
	p.sees("timer.after")
	p.types("\x15\"above\"\r")
	p.sees("\"above\"\r\n")
	p.sees("lua> ")
	p.types(":quit\r")
	p.ends()
}

func TestReplTerminalJS(t *testing.T) {
	t.Parallel()
	p := newTypist(t, t.TempDir(), "--lang", "js")
	p.sees("js> ")
	p.types("const answer = {first: 41, second: 42}\r")
	p.sees("js> ")
	p.types("ans\t.sec\t\r")
	p.sees("42\r\n")
	p.sees("js> ")
	p.types("await new Promise(r => { event('running'); setTimeout(r, 1e8) })\r")
	p.sees("event: running\r\n")
	p.types("\x03")
	p.sees("interrupted\r\n")
	p.sees("js> ")
	// What is pasted is not completed, and its lines are inputs.
	p.types("\x1b[200~if (1) {\r\t'past' + 'ed'\r}\r\x1b[201~")
	p.sees("'pasted'\r\n")
	p.sees("js> ")
	p.types("\x04")
	p.ends()
}
