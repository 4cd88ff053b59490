//go:build unix

package peers_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"scripthost.example/host"
)

// eachExtended runs a test for each transport and language of the extended
// dialect.
func eachExtended(t *testing.T, test func(t *testing.T, c cell)) {
	t.Parallel()
	for _, transport := range transports {
		for _, worker := range scripts {
			t.Run(transport+"/"+worker.name, func(t *testing.T) {
				t.Parallel()
				test(t, cell{transport: transport, wire: host.Extended, worker: worker})
			})
		}
	}
}

// reachers are scripts that use what the parent has.
var reachers = map[string]string{
	"lua": `
		function run(what, path, text)
			if what == "read" then
				local f = assert(io.open(path))
				text = f:read("*a")
				f:close()
				return text
			elseif what == "write" then
				local f = assert(io.open(path, "w"))
				f:write(text)
				f:close()
			elseif what == "greet" then
				return host.greet(path)
			elseif what == "pid" then
				return worker.pid
			end
		end`,
	"js": `
		const fs = require('fs');
		async function run(what, path, text) {
			switch (what) {
			case 'read': return fs.readFileSync(path);
			case 'write': await fs.promises.writeFile(path, text); return;
			case 'greet': return await host.greet(path);
			case 'pid': return worker.pid;
			}
		}`,
}

// Host functions, and files that were granted, are the parent's own, wherever
// the script is.
func TestRemoteReachesParent(t *testing.T) {
	eachExtended(t, func(t *testing.T, c cell) {
		script, err := host.Inline(host.Language(c.worker.name), reachers[c.worker.name])
		if err != nil {
			t.Fatal(err)
		}
		here, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		refusal := errors.New("nobody of that name")
		w, err := host.Start(t.Context(), script, &host.Options{
			Command: c.elsewhere(t), Stdio: c.mode().stdio,
			Host: map[string]any{"greet": func(name string) (string, error) {
				if name == "" {
					return "", refusal
				}
				return fmt.Sprintf("Hello, %s, from %d!", name, os.Getpid()), nil
			}},
			Grants: host.Grants{Read: []string{dir, here}, Write: []string{dir}},
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(w.Kill)
		call := func(want string, args ...any) {
			t.Helper()
			if got, err := w.Call(t.Context(), args...); err != nil || len(got) != 1 || got[0] != want {
				t.Errorf("%.100q: got %.100q, %v; want %.100q", args, got, err, want)
			}
		}

		call(fmt.Sprintf("Hello, Ada, from %d!", os.Getpid()), "greet", "Ada")
		var failure *host.ScriptError
		if _, err := w.Call(t.Context(), "greet", ""); !errors.As(err, &failure) || failure.Message != refusal.Error() {
			t.Errorf("a host function that fails: %v", err)
		}

		file := filepath.Join(dir, "file")
		if err := os.WriteFile(file, []byte(octets(1<<20)), 0o600); err != nil {
			t.Fatal(err)
		}
		call(octets(1<<20), "read", file)
		source, err := os.ReadFile("worker.lua")
		if err != nil {
			t.Fatal(err)
		}
		call(string(source), "read", "worker.lua")
		written := filepath.Join(dir, "written")
		if got, err := w.Call(t.Context(), "write", written, octets(1<<20)); err != nil || len(got) > 0 {
			t.Errorf("write: %q, %v", got, err)
		}
		if b, err := os.ReadFile(written); err != nil || string(b) != octets(1<<20) {
			t.Errorf("the file that was written has %d bytes, %v", len(b), err)
		}
		for grant, args := range map[string][]any{
			"read":  {"read", filepath.Join(filepath.Dir(dir), "secret")},
			"write": {"write", filepath.Join(filepath.Dir(dir), "secret"), ""},
		} {
			_, err := w.Call(t.Context(), args...)
			if denied := new(host.DeniedError); !errors.As(err, &denied) || denied.Grant != grant || denied.Target != args[1] {
				t.Errorf("%s without a grant: %v", args, err)
			}
		}

		if pid, err := w.Call(t.Context(), "pid"); err != nil || len(pid) != 1 || pid[0] == fmt.Sprint(os.Getpid()) {
			t.Errorf("the worker's own process is %v, %v; this one is %d", pid, err, os.Getpid())
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A script's other files, and those of module paths, come from the parent, too.
func TestRemoteRequires(t *testing.T) {
	eachExtended(t, func(t *testing.T, c cell) {
		dir, language := t.TempDir(), c.worker.name
		for name, text := range map[string]string{
			"app/main.lua":                      `local names = require "lib.names" function run(name) return names.greet(require(name)) end`,
			"app/lib/names.lua":                 `return {greet = function(who) return "Hello, " .. who .. "!" end}`,
			"app/own.lua":                       `return "own"`,
			"libs/shared.lua":                   `return "shared"`,
			"app/main.js":                       `const names = require('./lib/names'); function run(name) { return names.greet(require(name === 'own' ? './own' : name)) }`,
			"app/lib/names.js":                  "exports.greet = (who) => `Hello, ${who}!`",
			"app/own.json":                      `"own"`,
			"libs/node_modules/shared/index.js": `module.exports = "shared"`,
		} {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		script, err := host.Open(filepath.Join(dir, "app/main."+language))
		if err != nil {
			t.Fatal(err)
		}
		w, err := host.Start(t.Context(), script, &host.Options{
			Command: c.elsewhere(t), Stdio: c.mode().stdio,
			Grants: host.Grants{Modules: []string{filepath.Join(dir, "libs")}},
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(w.Kill)
		for _, name := range []string{"own", "shared"} {
			if got, err := w.Call(t.Context(), name); err != nil || fmt.Sprint(got) != "[Hello, "+name+"!]" {
				t.Errorf("%s: %v, %v", name, got, err)
			}
		}
		if got, err := w.Call(t.Context(), "/etc/hostname"); err == nil || !strings.Contains(err.Error(), "/etc/hostname") {
			t.Errorf("a file of nobody's: %v, %v", got, err)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
}

// elsewhere is the command of a worker that is in another folder than the parent,
// and can write no file itself.
func (c cell) elsewhere(t *testing.T) []string {
	argv := c.worker.command(t, c.mode())
	const before = "cd / && ulimit -f 0"
	if c.transport == "ssh" {
		return sshd(t).over(t, argv, before)
	}
	return []string{"sh", "-c", before + "; exec " + quoteAll(argv)}
}

// What a login prints is skipped before the greeting of the extended dialect,
// and is an error that says so in the other one.
func TestBanner(t *testing.T) {
	t.Parallel()
	for _, banner := range []string{
		"Welcome!\n",
		"no line end",
		strings.Repeat("Authorised use only.\n", 1000),
		"\x00RUNNER/\x00\xff\n", // looks like the greeting
	} {
		for _, m := range modes[:2] { // of the login only
			name := fmt.Sprintf("%.10q/", banner)
			over := func(t *testing.T, argv []string) []string {
				print := "printf %s " + quote(banner)
				if strings.Contains(banner, "\x00") {
					print = `printf '\000RUNNER/\000\377\n'`
				}
				if m.stdio {
					return []string{"sh", "-c", print + "; exec " + quoteAll(argv)}
				}
				return sshd(t).over(t, argv, print)
			}
			where := "ssh"
			if m.stdio {
				where = "stdio"
			}
			t.Run(name+where+"/extended", func(t *testing.T) {
				t.Parallel()
				script, err := host.Open("worker.lua")
				if err != nil {
					t.Fatal(err)
				}
				w, err := host.Start(t.Context(), script, &host.Options{
					Command: over(t, []string{runner(t), "child", "--stdio"}), Stdio: true,
				})
				if err != nil {
					t.Fatal(err)
				}
				defer w.Kill()
				if got, err := w.Call(t.Context(), "echo", octets(large)); err != nil || !slices.Equal(got, []any{octets(large)}) {
					t.Errorf("got %.300q, %v", got, err)
				}
				if err := w.Close(); err != nil {
					t.Error(err)
				}
			})
			t.Run(name+where+"/classic", func(t *testing.T) {
				t.Parallel()
				w, err := host.Start(t.Context(), nil, &host.Options{
					Command: over(t, perlWorker(t, mode{stdio: true})), Stdio: true, Wire: host.Classic, OnError: func(error) {},
				})
				if err != nil {
					t.Fatal(err)
				}
				defer w.Kill()
				_, err = w.Call(t.Context(), "echo", "x")
				if !errors.Is(err, host.ErrProtocol) && !errors.Is(err, host.ErrTooLarge) || !strings.Contains(err.Error(), "no banner, for instance") {
					t.Errorf("got %v", err)
				}
				if closed := w.Close(); closed == nil {
					t.Error("Close has no error")
				}
			})
		}
	}
}

// What ssh says when it does not get anywhere is in the error.
func TestSSHFails(t *testing.T) {
	t.Parallel()
	s := sshd(t)
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	userKey, err := os.ReadFile(s.key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	unused := deafPort(t)
	for _, test := range []struct {
		name    string
		command []string
		code    int
		said    string // is in the error
		stderr  string // and this in what it has of standard error
	}{
		{"nobody listens", s.commandTo(unused, s.key, s.knownHosts, "true"), 255, "Connection refused", "Connection refused"},
		{"unknown host", s.commandTo(s.port, s.key, file("none", ""), "true"), 255, "No ED25519 host key is known for", "Host key verification failed."},
		{"another host", s.commandTo(s.port, s.key, file("other", s.known(string(userKey))), "true"), 255,
			"has changed and you have requested strict checking", "Host key verification failed."},
		{"unknown user", s.commandTo(s.port, file("key", "nonsense"), s.knownHosts, "true"), 255, "key", "Permission denied (publickey"},
		{"no such command", s.command("no-such-command"), 127, "no-such-command: not found", "no-such-command: not found"},
		{"nothing said", s.command("exit 3"), 3, "exited with status 3", ""},
	} {
		for _, wire := range []host.Wire{host.Extended, host.Classic} {
			t.Run(test.name+"/"+string(wire), func(t *testing.T) {
				t.Parallel()
				err := startAndCall(t, &host.Options{Command: test.command, Stdio: true, Wire: wire})
				exit := new(host.ExitError)
				if !errors.As(err, &exit) {
					t.Fatalf("got %#v: %v", err, err)
				}
				if exit.Code != test.code || exit.Killed || !strings.Contains(err.Error(), test.said) || !strings.Contains(exit.Stderr, test.stderr) {
					t.Errorf("got the status %d: %v\n%s", exit.Code, err, exit.Stderr)
				}
			})
		}
	}
}

// startAndCall returns why neither of the two works.
func startAndCall(t *testing.T, opts *host.Options) error {
	t.Helper()
	var script *host.Script
	if opts.Wire == host.Extended {
		var err error
		if script, err = host.Open("worker.lua"); err != nil {
			t.Fatal(err)
		}
	}
	opts.OnLog = func(host.LogRecord) {}
	opts.OnError = func(error) {}
	w, err := host.Start(t.Context(), script, opts)
	if err != nil {
		return err
	}
	defer w.Kill()
	_, err = w.Call(t.Context(), "echo")
	if closed := w.Close(); closed == nil {
		t.Error("Close has no error")
	}
	return err
}

// deafPort returns a port where nobody listens, and nobody else will while the
// test runs: a connection of its own has it.
func deafPort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { accepted.Close() })
	return conn.LocalAddr().(*net.TCPAddr).Port
}
