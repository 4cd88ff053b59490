//go:build unix

package child

import (
	"errors"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// inheritedFileSocket returns the socket that files come over, if this process
// was started with one, or nil. Nothing else is taken for one: another program
// may have left anything open under that number, and the runtime may have
// opened something of its own.
func inheritedFileSocket() *os.File {
	flags, err := unix.FcntlInt(fileSocketFD, unix.F_GETFD, 0)
	if err != nil || flags&unix.FD_CLOEXEC != 0 { // not from an exec
		return nil
	}
	if kind, err := unix.GetsockoptInt(fileSocketFD, unix.SOL_SOCKET, unix.SO_TYPE); err != nil || kind != unix.SOCK_STREAM {
		return nil
	}
	if addr, err := unix.Getsockname(fileSocketFD); err != nil {
		return nil
	} else if _, ok := addr.(*unix.SockaddrUnix); !ok {
		return nil
	}
	unix.CloseOnExec(fileSocketFD)
	if err := unix.SetNonblock(fileSocketFD, true); err != nil {
		unix.Close(fileSocketFD)
		return nil
	}
	return os.NewFile(fileSocketFD, "socket for files")
}

// maxRights is how many descriptors in one message are noticed one by one. The
// kernel closes those beyond.
const maxRights = 8

// receiveFile waits for the next message of one byte and returns the file that
// is in it. A *refusedError says that the message was no good; others, that no
// more will come.
func receiveFile(socket *os.File) (*os.File, error) {
	raw, err := socket.SyscallConn()
	if err != nil {
		return nil, err
	}
	var b [1]byte
	oob := make([]byte, unix.CmsgSpace(4*maxRights))
	var n, oobn, flags int
	var readErr error
	err = raw.Read(func(fd uintptr) bool {
		n, oobn, flags, readErr = receiveMessage(int(fd), b[:], oob)
		return !errors.Is(readErr, unix.EAGAIN)
	})
	switch {
	case err != nil:
		return nil, err
	case readErr != nil:
		return nil, readErr
	case n == 0:
		return nil, io.EOF
	}
	fds, err := rights(oob[:oobn])
	switch {
	case err != nil:
		return nil, refused(fds, "the parent passed something that cannot be read: "+err.Error())
	case flags&unix.MSG_CTRUNC != 0 && len(fds) < maxRights:
		return nil, refused(fds, "a file that the parent passed could not be received: perhaps this worker has too many open")
	case len(fds) == 0:
		return nil, refused(fds, "the parent passed nothing where a file should be")
	case len(fds) > 1:
		return nil, refused(fds, "the parent passed several files at once: each must be in a message of its own")
	case b[0] != 0:
		return nil, refused(fds, "the parent passed a file in a way that this version does not know")
	}
	return openedFile(fds[0])
}

// receiveMessage is recvmsg, with what it brings closed on exec.
func receiveMessage(fd int, b, oob []byte) (n, oobn, flags int, err error) {
	// Where the system cannot set the flag at once, nothing may fork meanwhile.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	for {
		n, oobn, flags, _, err = unix.Recvmsg(fd, b, oob, cloexecRights)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err == nil && cloexecRights == 0 {
		fds, _ := rights(oob[:oobn])
		for _, fd := range fds {
			unix.CloseOnExec(fd)
		}
	}
	return n, oobn, flags, err
}

// rights returns the descriptors in control messages, also beside an error.
func rights(oob []byte) ([]int, error) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil, err
	}
	var fds []int
	for _, m := range messages {
		got, rightsErr := unix.ParseUnixRights(&m)
		if rightsErr != nil {
			err = rightsErr
		}
		fds = append(fds, got...)
	}
	return fds, err
}

// refused closes what came in a message and returns why.
func refused(fds []int, reason string) error {
	for _, fd := range fds {
		unix.Close(fd)
	}
	return &refusedError{reason}
}

// openedFile makes a file of a descriptor. It leaves its flags alone: O_NONBLOCK
// is the parent's as well.
func openedFile(fd int) (*os.File, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, refused([]int{fd}, "the parent passed something that is no file: "+err.Error())
	}
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		// Everything below and above it could be reached from there.
		return nil, refused([]int{fd}, "the parent passed a folder, which was not taken: pass the files in it")
	}
	return os.NewFile(uintptr(fd), "passed file"), nil
}

// wouldBlock reports whether err is that of a file that does not block, and is
// not known to be one.
func wouldBlock(err error) bool { return errors.Is(err, unix.EAGAIN) }

// reopened returns the same open file once more, as what it is now: one that
// blocks, or one that does not.
func reopened(f *os.File) (*os.File, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	fd, dupErr := -1, error(nil)
	err = raw.Control(func(old uintptr) {
		fd, dupErr = unix.FcntlInt(old, unix.F_DUPFD_CLOEXEC, 0)
	})
	if err = errors.Join(err, dupErr); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// describeErrno returns the errno of an error of a file operation, its name, and
// what the C library says of it.
func describeErrno(err error) (number int, name, text string) {
	var errno syscall.Errno
	switch {
	case errors.As(err, &errno) && errno != 0:
	case errors.Is(err, os.ErrClosed):
		errno = syscall.EBADF
	default:
		errno = syscall.EIO
	}
	return int(errno), unix.ErrnoName(errno), errno.Error()
}
