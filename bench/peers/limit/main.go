//go:build unix

// Command limit is the driver of what nothing can be faster than: a process that
// sends bytes to another one over a socket pair and gets them back, by blocking
// system calls and nothing else. Its worker is also the smallest child there is in
// Go.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"

	"scripthost.example/bench/driver"
)

// childArg and a number of bytes are the arguments of a worker.
const childArg = "child"

func main() {
	if len(os.Args) == 3 && os.Args[1] == childArg {
		size, err := strconv.Atoi(os.Args[2])
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		echo(make([]byte, size))
		return
	}
	os.Exit(driver.Serve(peer{}))
}

// echo answers on descriptor 3 until that ends.
func echo(message []byte) {
	for transfer(syscall.SYS_READ, 3, message) == nil && transfer(syscall.SYS_WRITE, 3, message) == nil {
	}
}

type peer struct{}

func (peer) Version() string { return "socketpair, " + runtime.Version() }

func (peer) Start() (driver.Worker, error) {
	w := &worker{children: map[int]*child{}}
	// The first child is the one that is started for the shortest payload.
	if _, err := w.child(16); err != nil {
		return nil, err
	}
	return w, nil
}

// A worker has a child for each size of payload: there are no lengths on the wire.
type worker struct{ children map[int]*child }

type child struct {
	cmd    *exec.Cmd
	fd     int
	answer []byte
}

// Single: there is nothing but bytes on the wire that would tell calls apart.
func (*worker) Single() {}

func (w *worker) PID() int { return w.children[16].cmd.Process.Pid }

// Call returns a string that is valid until the next Call.
func (w *worker) Call(payload string) (string, error) {
	c, err := w.child(len(payload))
	if err != nil {
		return "", err
	}
	if err := transfer(syscall.SYS_WRITE, c.fd, unsafe.Slice(unsafe.StringData(payload), len(payload))); err != nil {
		return "", err
	}
	if err := transfer(syscall.SYS_READ, c.fd, c.answer); err != nil {
		return "", err
	}
	return unsafe.String(unsafe.SliceData(c.answer), len(c.answer)), nil
}

func (w *worker) child(size int) (*child, error) {
	if c := w.children[size]; c != nil {
		return c, nil
	}
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return nil, os.NewSyscallError("socketpair", err)
	}
	syscall.CloseOnExec(fds[0])
	for _, fd := range fds { // as large as a payload, if the system lets us
		_ = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_SNDBUF, 2*size+1<<16)
	}
	theirs := os.NewFile(uintptr(fds[1]), "socket")
	defer theirs.Close()
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &child{cmd: exec.Command(self, childArg, strconv.Itoa(size)), fd: fds[0], answer: make([]byte, size)}
	c.cmd.ExtraFiles = []*os.File{theirs}
	c.cmd.Stderr = os.Stderr
	// Go's scheduler is not told that the child waits, and would interrupt it for that each
	// 10 ms. It is there while others are measured.
	c.cmd.Env = append(os.Environ(), "GODEBUG=asyncpreemptoff=1")
	if err := c.cmd.Start(); err != nil {
		syscall.Close(c.fd)
		return nil, err
	}
	w.children[size] = c
	return c, nil
}

func (w *worker) Close() error {
	for _, c := range w.children {
		syscall.Close(c.fd)
		if err := c.cmd.Wait(); err != nil {
			return err
		}
	}
	return nil
}

// transfer reads or writes all of b. The scheduler is not told of the call: that is
// what makes it the limit, and what no other program can do.
func transfer(call uintptr, fd int, b []byte) error {
	for len(b) > 0 {
		n, _, errno := syscall.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
		switch {
		case errno == syscall.EINTR:
			continue
		case errno != 0:
			return os.NewSyscallError("read or write", errno)
		case n == 0:
			return fmt.Errorf("the other end has closed the socket")
		}
		b = b[n:]
	}
	return nil
}
