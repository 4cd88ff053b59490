//go:build unix

package host

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// executable writes a shell script that can be started, and returns its path.
func executable(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "worker")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// Options.Worker is started as this program would be: with one argument and without
// an environment.
func TestWorkerExecutable(t *testing.T) {
	t.Parallel()
	path := executable(t, `echo "$# $1 ${HOME-none}" >&2
exec '`+self(false)[0]+`' "$@"
`)
	said := make(chan string, 1)
	w := start(t, inline(t, Lua, "function run(x) return x end"), &Options{Worker: path, OnLog: func(r LogRecord) {
		select {
		case said <- r.Message:
		default:
		}
	}})
	if out := mustCall(t, w, "a"); len(out) != 1 || out[0] != "a" {
		t.Errorf("it returned %v", out)
	}
	if got, want := <-said, "1 scripthost-child none"; got != want {
		t.Errorf("it was started with %q, want %q", got, want)
	}
	mustClose(t, w)
}

func TestWorkerExecutableErrors(t *testing.T) {
	t.Parallel()
	absent := filepath.Join(t.TempDir(), "absent")
	script := inline(t, Lua, "function run() end")
	for name, c := range map[string]struct {
		opts Options
		want []string
	}{
		"absent":   {Options{Worker: absent}, []string{"cannot start a worker", absent, "no such file"}},
		"relative": {Options{Worker: "worker"}, []string{`Options.Worker is "worker"`, "absolute path"}},
		"both":     {Options{Worker: absent, Command: self(false)}, []string{"Options.Worker and Options.Command"}},
		"no worker at all": {Options{Worker: executable(t, "echo I am something else >&2; exit 3\n")},
			[]string{"status 3", "I am something else"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, err := Start(context.Background(), script, unhurried(&c.opts))
			if err == nil {
				w.Kill()
				t.Fatal("it was started")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error is %q, and does not say %q", err, want)
				}
			}
		})
	}
	near, _ := unixPair(t)
	if _, err := Attach(context.Background(), near, script, &Options{Worker: absent}); err == nil || !strings.Contains(err.Error(), "Options.Worker is of no use") {
		t.Errorf("Attach: %v", err)
	}
}
