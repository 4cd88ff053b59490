//go:build unix

package main

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"scripthost.example/wire"
)

// "runner child" serves a parent that is not the runner.
func TestChild(t *testing.T) {
	t.Parallel()
	for language, source := range map[string]string{
		"lua": "function run(x) return x, 'lua' end",
		"js":  "function run(x) { return results(x, 'js') }",
	} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			conn, stderr, wait := startChild(t)
			boot, err := wire.AppendMessage(make([]byte, wire.HeaderSize), &wire.Boot{
				Version: wire.Version, Name: "test", Language: language, Source: []byte(source),
				Function: "run", Mode: wire.ModeSync, Serialiser: wire.BootSerialiser{Name: "string"},
			})
			if err != nil {
				t.Fatal(err)
			}
			wire.PutHeader(boot, wire.ControlID(wire.KindBoot, 0))
			write(t, conn, boot)

			rd := wire.NewReader(conn, 1<<20)
			f, err := rd.Next()
			if err != nil || f.ID != wire.ControlID(wire.KindReady, 0) {
				t.Fatalf("instead of READY: %#x %q, %v; %s", f.ID, f.Payload, err, stderr)
			}
			frame, err := wire.String().AppendFreeze(make([]byte, wire.HeaderSize), []any{"hello"})
			if err != nil {
				t.Fatal(err)
			}
			wire.PutHeader(frame, 7)
			write(t, conn, frame)
			f, err = rd.Next()
			if err != nil {
				t.Fatal(err)
			}
			if values, err := wire.String().Thaw(f.Payload); f.ID != 7 || err != nil || len(values) != 2 || values[0] != "hello" || values[1] != language {
				t.Errorf("the answer is %#x %q, %v", f.ID, values, err)
			}
			write(t, conn, wire.AppendHeader(nil, wire.ControlID(wire.KindDrain, 0), 0))
			if err := wait(); err != nil {
				t.Errorf("drained: %v; %s", err, stderr)
			}
		})
	}
	for name, end := range map[string]struct {
		source string
		answer bool // else the parent closes the stream
		status int
	}{
		"end behind DRAIN":     {"function run() sleep(0.01) return 'answered' end", true, 0},
		"parent gone in DRAIN": {"function run() while true do end end", false, exitDied},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, stderr, wait := startChild(t)
			boot, err := wire.AppendMessage(make([]byte, wire.HeaderSize), &wire.Boot{
				Version: wire.Version, Name: "test", Language: "lua", Source: []byte(end.source),
				Function: "run", Mode: wire.ModeSync, Serialiser: wire.BootSerialiser{Name: "string"},
			})
			if err != nil {
				t.Fatal(err)
			}
			wire.PutHeader(boot, wire.ControlID(wire.KindBoot, 0))
			write(t, conn, boot)
			write(t, conn, wire.AppendFrame(nil, 1, nil))
			write(t, conn, wire.AppendHeader(nil, wire.ControlID(wire.KindDrain, 0), 0))
			if err := conn.(*net.UnixConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			rd := wire.NewReader(conn, 1<<20)
			if f, err := rd.Next(); err != nil || f.ID != wire.ControlID(wire.KindReady, 0) {
				t.Fatalf("instead of READY: %#x %q, %v; %s", f.ID, f.Payload, err, stderr)
			}
			if end.answer {
				if f, err := rd.Next(); err != nil || string(f.Payload) != "\x08answered" {
					t.Errorf("the answer is %#x %q, %v", f.ID, f.Payload, err)
				}
			} else {
				conn.Close()
			}
			status := 0
			if exit, ok := wait().(*exec.ExitError); ok {
				status = exit.ExitCode()
			}
			if status != end.status {
				t.Errorf("it exits with %d, and not %d; %s", status, end.status, stderr)
			}
		})
	}
	t.Run("parent gone", func(t *testing.T) {
		t.Parallel()
		conn, stderr, wait := startChild(t)
		conn.Close()
		err := wait()
		if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != exitDied {
			t.Errorf("%v; %s", err, stderr)
		}
	})
}

func write(t *testing.T, conn net.Conn, b []byte) {
	t.Helper()
	if _, err := conn.Write(b); err != nil {
		t.Fatal(err)
	}
}

// startChild starts "runner child" and returns the parent's end of its socket.
func startChild(t *testing.T) (conn net.Conn, stderr *strings.Builder, wait func() error) {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	syscall.CloseOnExec(fds[0])
	syscall.CloseOnExec(fds[1])
	parent, child := os.NewFile(uintptr(fds[0]), "parent"), os.NewFile(uintptr(fds[1]), "child")
	defer parent.Close()
	defer child.Close()
	if conn, err = net.FileConn(parent); err != nil {
		t.Fatal(err)
	}
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	stderr = new(strings.Builder)
	cmd := &exec.Cmd{
		Path: path, Args: []string{"runner", "child"}, Env: []string{"GORACE=atexit_sleep_ms=0"},
		Stderr: stderr, ExtraFiles: []*os.File{child},
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		cmd.Process.Kill() // it has ended, unless the test failed
	})
	return conn, stderr, cmd.Wait
}
