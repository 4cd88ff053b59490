//go:build linux && !race && !386 && !s390x

package wire

import (
	"syscall"
	"unsafe"
)

// receiveNow is readNow of a socket. The kernel does less for recv and send than for read
// and write, which have to ask first what it is that they are of.
func receiveNow(fd int, b []byte) (int, error) {
	if len(b) > shortTransfer || len(b) == 0 {
		return syscall.Read(fd, b)
	}
	return transferred(syscall.RawSyscall6(syscall.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), 0, 0, 0))
}

// sendNow is receiveNow for writing. Go ignores SIGPIPE of most descriptors, but not of
// 1 and 2.
func sendNow(fd int, b []byte) (int, error) {
	if len(b) > shortTransfer || len(b) == 0 {
		return syscall.Write(fd, b)
	}
	return transferred(syscall.RawSyscall6(syscall.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), syscall.MSG_NOSIGNAL, 0, 0))
}
