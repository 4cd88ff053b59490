//go:build unix

package child

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"scripthost.example/wire"
)

// FD returns the stream socket that this process was started with as descriptor
// n, from 3 on. The error is a *StreamError if n is something else. n belongs to
// the Conn from now on.
func FD(n int) (Conn, error) {
	if n < 3 {
		return nil, &StreamError{n, "it is one of the standard streams"}
	}
	if reason := notSocket(n); reason != "" {
		return nil, &StreamError{n, reason}
	}
	unix.CloseOnExec(n)
	socket, err := wire.NewSocket(n, "stream to parent")
	if err != nil {
		return nil, &StreamError{n, err.Error()}
	}
	conn := &inherited{Socket: socket}
	if n != fileSocketFD {
		conn.files = inheritedFileSocket()
	}
	return conn, nil
}

// notSocket says why n is not a stream socket, or nothing if it is one.
func notSocket(n int) string {
	var st unix.Stat_t
	switch err := unix.Fstat(n, &st); {
	case errors.Is(err, unix.EBADF):
		return "it is not open"
	case err != nil:
		return err.Error()
	}
	if what := kindOf(st); what != "a socket" {
		return "it is " + what + ", and not a socket"
	}
	if kind, err := unix.GetsockoptInt(n, unix.SOL_SOCKET, unix.SO_TYPE); err != nil || kind != unix.SOCK_STREAM {
		return "it is a socket, but not one of a stream"
	}
	return ""
}

// kindOf names what a descriptor is.
func kindOf(st unix.Stat_t) string {
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFSOCK:
		return "a socket"
	case unix.S_IFIFO:
		return "a pipe"
	case unix.S_IFDIR:
		return "a folder"
	case unix.S_IFREG:
		return "a file"
	case unix.S_IFCHR:
		return "a terminal or a device"
	default:
		return "something else"
	}
}

// Stdio returns the stream that is this process's standard input and output,
// which have to be pipes or sockets; the error is a *StreamError if they are not.
// They are moved away first: what this process writes to its standard output
// later goes to its standard error, and its standard input is empty.
//
// A worker of the extended dialect has to greet (wire.Greeting) next.
func Stdio() (Conn, error) {
	var stats [3]unix.Stat_t
	for n := range stats {
		err := unix.Fstat(n, &stats[n])
		if n == 2 {
			break // it may be closed
		}
		if err != nil {
			return nil, &StreamError{n, "it is not open"}
		}
		if what := kindOf(stats[n]); what != "a pipe" && what != "a socket" {
			return nil, &StreamError{n, "it is " + what + ", and neither a pipe nor a socket"}
		}
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	in, err := move(0, int(null.Fd()))
	if err != nil {
		return nil, err
	}
	elsewhere := 2
	if stats[2].Dev == stats[1].Dev && stats[2].Ino == stats[1].Ino {
		// Standard error is the stream too. Then both go nowhere.
		elsewhere = int(null.Fd())
	}
	out, err := move(1, elsewhere)
	if err == nil && elsewhere != 2 {
		err = replace(2, elsewhere)
	}
	if err != nil {
		return nil, err
	}
	return &stdio{in, out}, nil
}

// move gives descriptor n another number, and puts a copy of other in its place.
func move(n, other int) (*os.File, error) {
	moved, err := unix.FcntlInt(uintptr(n), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	if err := unix.SetNonblock(moved, true); err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	if err := replace(n, other); err != nil {
		// Nothing may get into the stream, so it goes nowhere.
		unix.Close(n)
	}
	return os.NewFile(uintptr(moved), "stream to parent"), nil
}
