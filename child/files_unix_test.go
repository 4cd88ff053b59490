//go:build unix

package child_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"scripthost.example/child"
	"scripthost.example/child/engine"
	"scripthost.example/child/engine/enginetest"
	"scripthost.example/wire"
)

// processScript is what this test runs if it is started as a worker.
func processScript() engine.Engine { return passing() }

// passing is a worker with functions for what engines do with passed files.
func passing() *script {
	answer := func(v *vm, c *engine.Call) func([]any, error) {
		return func(results []any, err error) {
			v.Post(c, func() {
				if err != nil {
					v.Fail(c, err)
					return
				}
				texts := make([]string, len(results))
				for i, x := range results {
					if b, ok := x.([]byte); ok {
						x = string(b)
					}
					texts[i] = fmt.Sprint(x)
				}
				v.answer(c, texts...)
			})
		}
	}
	number := func(s string) int64 {
		n, _ := strconv.ParseInt(s, 10, 64)
		return n
	}
	return &script{
		run: func(v *vm, c *engine.Call, _ []string) {
			v.event(c, "waiting")
			v.HostCall(c, "runner.files.receive", nil, answer(v, c))
		},
		functions: map[string]func(*vm, *engine.Call, []string){
			"putback": func(v *vm, c *engine.Call, args []string) {
				v.HostCall(c, "runner.files.putback", []any{number(args[0])}, answer(v, c))
			},
			"read": func(v *vm, c *engine.Call, args []string) {
				v.event(c, "reading")
				v.HostCall(c, "runner.fs.read", []any{number(args[0]), int64(1 << 40)}, answer(v, c))
			},
			"write": func(v *vm, c *engine.Call, args []string) {
				v.HostCall(c, "runner.fs.write", []any{number(args[0]), args[1]}, answer(v, c))
			},
			"seek": func(v *vm, c *engine.Call, args []string) {
				v.HostCall(c, "runner.fs.seek", []any{number(args[0]), args[1], number(args[2])}, answer(v, c))
			},
			"close": func(v *vm, c *engine.Call, args []string) {
				v.HostCall(c, "runner.fs.close", []any{number(args[0])}, answer(v, c))
			},
			"stat": func(v *vm, c *engine.Call, args []string) {
				v.HostCall(c, "runner.fs.stat", []any{number(args[0])}, answer(v, c))
			},
			// open tells which of the descriptors 3 to 9 are sockets.
			"open": func(v *vm, c *engine.Call, args []string) {
				var open []string
				for fd := 3; fd < 10; fd++ {
					var st unix.Stat_t
					if unix.Fstat(fd, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFSOCK {
						open = append(open, strconv.Itoa(fd))
					}
				}
				v.answer(c, open...)
			},
		},
	}
}

// startPassing starts a worker that files can be passed to.
func startPassing(t testing.TB) *enginetest.Parent {
	t.Helper()
	p := enginetest.NewFileParent(t, serving(passing()))
	b := boot(true)
	b.Files = true
	p.Boot(b)
	p.Ready()
	return p
}

func pipe(t testing.TB) (read, write *os.File) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { read.Close(); write.Close() })
	return read, write
}

// control calls fn with the descriptor of f.
func control(t testing.TB, f *os.File, fn func(fd int) error) {
	t.Helper()
	raw, err := f.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if ctlErr := raw.Control(func(fd uintptr) { err = fn(int(fd)) }); errors.Join(ctlErr, err) != nil {
		t.Fatal(ctlErr, err)
	}
}

func setBlocking(t testing.TB, f *os.File, blocking bool) {
	t.Helper()
	control(t, f, func(fd int) error { return unix.SetNonblock(fd, !blocking) })
}

// again returns another descriptor of the same open file.
func again(t testing.TB, f *os.File) *os.File {
	t.Helper()
	var dup *os.File
	control(t, f, func(fd int) error {
		n, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
		dup = os.NewFile(uintptr(n), f.Name())
		return err
	})
	t.Cleanup(func() { dup.Close() })
	return dup
}

// What was put back comes before what came later, whenever it is put back.
func TestPutBack(t *testing.T) {
	t.Parallel()
	p := startPassing(t)
	receive := func(handle string) {
		t.Helper()
		p.Call(1)
		p.CallEvent(1, "waiting")
		p.Result(1, handle)
	}
	for range 3 {
		r, _ := pipe(t)
		p.Pass(r)
	}
	receive("-1")
	receive("-2")
	receive("-3")
	for _, handle := range []string{"-2", "-3", "-1", "-9"} { // there is no -9
		p.CallNamed(2, "putback", handle)
		p.Result(2)
	}
	receive("-1")
	receive("-2")
	receive("-3")
	p.Call(1)
	p.CallEvent(1, "waiting")
	p.CallNamed(2, "putback", "-2") // somebody waits for it
	p.Result(1, "-2")
	p.Result(2)
}

// The flags of a file are the parent's as well: they stay as they are, and may
// change while the worker has it.
func TestFileFlags(t *testing.T) {
	t.Parallel()
	for _, blocking := range []bool{true, false} {
		t.Run(fmt.Sprint("blocking ", blocking), func(t *testing.T) {
			t.Parallel()
			p := startPassing(t)
			r, w := pipe(t)
			setBlocking(t, r, blocking)
			mine := again(t, r)
			isBlocking := func() (is bool) {
				control(t, mine, func(fd int) error {
					flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
					is = flags&unix.O_NONBLOCK == 0
					return err
				})
				return is
			}
			p.Call(1)
			p.CallEvent(1, "waiting")
			p.Pass(r)
			p.Result(1, "-1")
			read := func() {
				t.Helper()
				p.CallNamed(1, "read", "-1")
				p.CallEvent(1, "reading")
				p.Ping(1)
				p.Pong(1)
				if _, err := w.WriteString("x"); err != nil {
					t.Fatal(err)
				}
				p.Result(1, "x")
			}
			read()
			if isBlocking() != blocking {
				t.Errorf("the file blocks: %v", !blocking)
			}
			setBlocking(t, mine, !blocking)
			read()
			read()
			if isBlocking() == blocking {
				t.Errorf("the file blocks again: %v", blocking)
			}
			w.Close()
			p.CallNamed(1, "read", "-1")
			p.CallEvent(1, "reading")
			p.Result(1, "")
		})
	}
}

// A read returns no more than it does from the parent's files.
func TestReadLimit(t *testing.T) {
	t.Parallel()
	p := startPassing(t)
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(3 << 20); err != nil {
		t.Fatal(err)
	}
	p.Pass(f)
	p.Call(1)
	p.CallEvent(1, "waiting")
	p.Result(1, "-1")
	p.CallNamed(1, "read", "-1")
	p.CallEvent(1, "reading")
	p.Result(1, string(make([]byte, 1<<20)))
}

func TestPassedFileErrors(t *testing.T) {
	t.Parallel()
	p := startPassing(t)
	r, _ := pipe(t)
	p.Pass(r)
	p.Call(1)
	p.CallEvent(1, "waiting")
	p.Result(1, "-1")
	fails := func(value string, name string, args ...any) {
		t.Helper()
		p.CallNamed(1, name, args...)
		e := p.Fails(1, wire.ErrorScript)
		if string(e.Value) != value {
			t.Errorf("%s%v: the details are %s, want %s (%s)", name, args, e.Value, value, e.Message)
		}
	}
	fails(`{"code":"ESPIPE","errno":29,"path":"","syscall":"seek"}`, "seek", "-1", "set", "0")
	fails(``, "seek", "-1", "where", "0")
	fails(``, "stat", "-1")
	fails(`{"code":"EBADF","errno":9,"path":"","syscall":"write"}`, "write", "-1", "x")
	fails(`{"code":"EBADF","errno":9,"path":"","syscall":"close"}`, "close", "-2")
	p.CallNamed(1, "close", "-1")
	p.Result(1)
	fails(`{"code":"EBADF","errno":9,"path":"","syscall":"close"}`, "close", "-1")
	p.CallNamed(1, "read", "-1")
	p.CallEvent(1, "reading")
	p.Fails(1, wire.ErrorScript, "Bad file descriptor")
}

// A file that is closed while somebody reads from it is closed.
func TestCloseWhileReading(t *testing.T) {
	t.Parallel()
	p := startPassing(t)
	r, w := pipe(t)
	p.Pass(r)
	p.Call(1)
	p.CallEvent(1, "waiting")
	p.Result(1, "-1")
	p.CallNamed(1, "read", "-1")
	p.CallEvent(1, "reading")
	p.CallNamed(2, "close", "-1")
	answers := map[uint32]bool{}
	for range 2 { // in either order
		answers[p.Next().ID] = true
	}
	if !answers[2] || !answers[wire.ControlID(wire.KindError, 1)] {
		t.Errorf("the answers are those of %v", answers)
	}
	// A process that another test just starts has a copy until its exec: on a busy
	// machine nothing tells how long that takes.
	_, err := w.WriteString("x")
	for ; err == nil; _, err = w.WriteString("x") {
		time.Sleep(time.Millisecond)
	}
	if !errors.Is(err, unix.EPIPE) {
		t.Errorf("writing to the pipe: %v", err)
	}
}

// When the worker ends, so does what waits for files, and they are closed.
func TestFilesEnd(t *testing.T) {
	t.Parallel()
	p := startPassing(t)
	for range 3 {
		r, _ := pipe(t)
		p.Pass(r)
	}
	r, w := pipe(t)
	p.Call(1)
	p.CallEvent(1, "waiting")
	p.Result(1, "-1")
	p.CallNamed(1, "read", "-1")
	p.CallEvent(1, "reading")
	p.Call(2)
	p.CallEvent(2, "waiting")
	p.Result(2, "-2")
	p.Call(2)
	p.CallEvent(2, "waiting")
	p.Result(2, "-3")
	p.Call(2)
	p.CallEvent(2, "waiting")
	p.Pass(r)
	p.Result(2, "-4")
	p.Call(2)
	p.CallEvent(2, "waiting")
	p.Close()
	if p.Served() == nil {
		t.Error("Serve returned no error")
	}
	if _, err := w.WriteString("x"); !errors.Is(err, unix.EPIPE) {
		t.Errorf("writing to the pipe: %v", err)
	}
}

// Without files in BOOT a worker has no use for the socket.
func TestFileSocketNotWanted(t *testing.T) {
	t.Parallel()
	p := enginetest.NewFileParent(t, serving(passing()))
	p.Boot(boot(true))
	p.Ready()
	if err := p.FilesEnded(); !errors.Is(err, io.EOF) {
		t.Errorf("the socket: %v", err)
	}
	p.Call(1)
	p.CallEvent(1, "waiting")
	p.Fails(1, wire.ErrorScript, "files can be passed only to")
}

func TestFileSocketMissing(t *testing.T) {
	t.Parallel()
	p := enginetest.NewParent(t, serving(passing()))
	b := boot(true)
	b.Files = true
	p.Boot(b)
	p.Ready() // most scripts have no use for it
	p.Call(1)
	p.CallEvent(1, "waiting")
	p.Fails(1, wire.ErrorScript, "files can be passed only to")
}

// socketOf returns a pair of sockets.
func socketOf(t testing.TB, domain, kind int) (near, far *os.File) {
	t.Helper()
	syscall.ForkLock.RLock()
	fds, err := unix.Socketpair(domain, kind, 0)
	if err == nil {
		unix.CloseOnExec(fds[0])
		unix.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
	near, far = os.NewFile(uintptr(fds[0]), "near"), os.NewFile(uintptr(fds[1]), "far")
	t.Cleanup(func() { near.Close(); far.Close() })
	return near, far
}

// startProcess starts this test as a worker, with more descriptors behind its
// socket.
func startProcess(t testing.TB, more ...*os.File) *enginetest.Parent {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return enginetest.NewParent(t, func(conn child.Conn) error {
		socket, err := conn.(interface{ File() (*os.File, error) }).File()
		conn.Close()
		if err != nil {
			return err
		}
		defer socket.Close()
		cmd := &exec.Cmd{
			Path: self, Args: []string{self, wire.ChildArg}, Env: []string{},
			ExtraFiles: append([]*os.File{socket}, more...), Stderr: os.Stderr,
		}
		if err := cmd.Start(); err != nil {
			return err
		}
		socket.Close() // else the parent would not see its end
		return cmd.Wait()
	})
}

// Enter takes descriptor 4 for what brings files if it can be, and closes all
// else that was left open.
func TestEnterWithFiles(t *testing.T) {
	t.Parallel()
	near, stream := socketOf(t, unix.AF_UNIX, unix.SOCK_STREAM)
	_, datagrams := socketOf(t, unix.AF_UNIX, unix.SOCK_DGRAM)
	r, _ := pipe(t)

	p := startProcess(t, stream, datagrams)
	b := boot(true)
	b.Files = true
	p.Boot(b)
	p.Ready()
	p.CallNamed(1, "open")
	p.Result(1, "3", "4")
	p.Call(1)
	p.CallEvent(1, "waiting")
	control(t, r, func(fd int) error {
		var err error
		control(t, near, func(to int) error { err = unix.Sendmsg(to, []byte{0}, unix.UnixRights(fd), nil, 0); return err })
		return err
	})
	p.Result(1, "-1")
	p.Drain()
	p.Drained()

	for _, other := range [][]*os.File{nil, {datagrams}, {r}, {nil, stream}} {
		p := startProcess(t, other...)
		p.Boot(boot(true))
		p.Ready()
		p.CallNamed(1, "open")
		p.Result(1, "3")
		p.Drain()
		p.Drained()

		p = startProcess(t, other...)
		p.Boot(b)
		p.Ready()
		p.Call(1)
		p.CallEvent(1, "waiting")
		p.Fails(1, wire.ErrorScript, "files can be passed only to")
		p.Drain()
		p.Drained()
	}

	p = startProcess(t, stream)
	p.Boot(boot(true)) // without files
	p.Ready()
	p.CallNamed(1, "open")
	p.Result(1, "3")
	p.Drain()
	p.Drained()
}
