//go:build !unix

package child

import "errors"

// FD fails: on this system a process cannot be started with a socket.
func FD(n int) (Conn, error) {
	return nil, &StreamError{n, "this system has no sockets that are passed to a new process"}
}

// Stdio fails: standard input cannot be waited for with a deadline here.
func Stdio() (Conn, error) {
	return nil, errors.New("on this system a worker cannot serve its standard input and output")
}
