//go:build unix

package peers_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"

	"scripthost.example/wire"
)

// A worker is a child that a test speaks to.
type worker struct {
	t      *testing.T
	m      mode
	cmd    *exec.Cmd
	in     io.Writer
	out    io.Reader
	unread []byte // what came and was not taken by next
	// halfClose ends the direction to the worker.
	halfClose func() error
	stderr    bytes.Buffer // to be read after wait
}

func start(t *testing.T, p peer, m mode) *worker {
	t.Helper()
	argv := p.command(t, m)
	w := &worker{t: t, m: m, cmd: exec.CommandContext(t.Context(), argv[0], argv[1:]...)}
	w.cmd.Stderr = &w.stderr
	if m.stdio {
		in, err := w.cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		w.in, w.halfClose = in, in.Close
		if w.out, err = w.cmd.StdoutPipe(); err != nil {
			t.Fatal(err)
		}
	} else {
		ours, theirs := socketpair(t)
		defer theirs.Close()
		w.cmd.ExtraFiles = []*os.File{theirs} // which is descriptor 3
		w.in, w.out, w.halfClose = ours, ours, ours.CloseWrite
	}
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if w.cmd.ProcessState == nil { // the test has failed; its context kills
			w.cmd.Wait()
		}
	})
	return w
}

func socketpair(t *testing.T) (ours *net.UnixConn, theirs *os.File) {
	t.Helper()
	syscall.ForkLock.RLock()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fds[0])
		syscall.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(os.NewSyscallError("socketpair", err))
	}
	file := os.NewFile(uintptr(fds[0]), "parent's end")
	defer file.Close()
	conn, err := net.FileConn(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn.(*net.UnixConn), os.NewFile(uintptr(fds[1]), "child's end")
}

// request returns the frame of a call. A sync one has no id.
func (w *worker) request(id uint32, args ...string) []byte {
	payload := freeze(args)
	if w.m.async {
		return wire.AppendFrame(nil, id, payload)
	}
	return wire.AppendSyncRequest(nil, payload)
}

func (w *worker) send(frames ...[]byte) {
	w.t.Helper()
	for _, f := range frames {
		if _, err := w.in.Write(f); err != nil {
			w.t.Fatalf("write to the worker: %v", err)
		}
	}
}

// A message is a result or an event.
type message struct {
	id     uint32
	values []string
}

// next returns the next thing that the worker sends, or ok false at the end.
func (w *worker) next() (m message, ok bool) {
	w.t.Helper()
	for {
		if f, rest, ok := wire.ParseFrame(w.unread); ok {
			w.unread = rest
			return message{f.ID, thaw(w.t, f.Payload)}, true
		}
		w.unread = slices.Grow(w.unread, 64<<10)
		n, err := w.out.Read(w.unread[len(w.unread):cap(w.unread)])
		w.unread = w.unread[:len(w.unread)+n]
		switch {
		case n > 0:
		case err == io.EOF && len(w.unread) > 0:
			w.t.Fatalf("the worker ended the stream with %d bytes of a frame", len(w.unread))
		case err == io.EOF, errors.Is(err, syscall.ECONNRESET): // a reset is an end with requests unread
			return message{}, false
		case err != nil:
			w.t.Fatalf("read from the worker: %v", err)
		}
	}
}

// expect reads exactly these messages.
func (w *worker) expect(want ...message) {
	w.t.Helper()
	for _, m := range want {
		got, ok := w.next()
		if !ok {
			w.t.Fatalf("the worker ended in place of %v (%v)\n%s", short(m), w.cmd.Wait(), w.stderr.String())
		}
		if got.id != m.id || !slices.Equal(got.values, m.values) {
			w.t.Fatalf("got %v, want %v", short(got), short(m))
		}
	}
}

// short returns a message that can be printed.
func short(m message) message {
	values := make([]string, len(m.values))
	for i, v := range m.values {
		values[i] = v[:min(len(v), 300)]
	}
	return message{m.id, values}
}

// end reads to the end of the stream, where nothing may come any more, and
// returns the exit status.
func (w *worker) end() (status int) {
	w.t.Helper()
	if got, ok := w.next(); ok {
		w.t.Fatalf("got %v, want the end of the stream", short(got))
	}
	return w.wait()
}

func (w *worker) wait() (status int) {
	w.t.Helper()
	var exit *exec.ExitError
	if err := w.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		w.t.Fatal(err)
	}
	return w.cmd.ProcessState.ExitCode()
}

// drain half-closes, and fails the test unless the worker sends nothing more and
// ends well.
func (w *worker) drain(rest ...message) {
	w.t.Helper()
	if err := w.halfClose(); err != nil {
		w.t.Fatal(err)
	}
	w.expect(rest...)
	if status := w.end(); status != 0 || w.stderr.Len() > 0 {
		w.t.Errorf("exit status %d, want 0\n%s", status, w.stderr.String())
	}
}

func freeze(values []string) []byte {
	var payload []byte
	for _, v := range values {
		payload = wire.AppendOctets(payload, v)
	}
	return payload
}

func thaw(t *testing.T, payload []byte) []string {
	t.Helper()
	var values []string
	for len(payload) > 0 {
		octets, rest, err := wire.NextOctets(payload)
		if err != nil {
			t.Fatal(err)
		}
		values, payload = append(values, string(octets)), rest
	}
	return values
}
