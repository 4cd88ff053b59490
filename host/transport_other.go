//go:build !unix

package host

import (
	"io"
	"os"
	"syscall"
)

func socketPair() (parent, child *os.File, err error) { return nil, nil, ErrUnsupported }

func socketToWorker() (*transport, *os.File, error) { return nil, nil, ErrUnsupported }

func socketTransport(f *os.File) *transport { return newTransport(f, f, f) }

func standardPipes() (stdin, toChild, fromChild, stdout *os.File, err error) {
	return nil, nil, nil, nil, ErrUnsupported
}

func fileTransport(*os.File) *transport { return nil }

func unread(syscall.Conn) bool { return false }

func readerGone(syscall.Conn) bool { return false }

// A tryWriter writes without waiting, which this system cannot.
type tryWriter struct{ raw syscall.RawConn }

func (*tryWriter) init(io.Writer) {}

// tryWrite writes nothing: all is left to a goroutine that may wait.
func (t *transport) tryWrite([]byte) (int, error) { return 0, nil }
