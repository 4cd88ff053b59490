//go:build !unix

package host

import (
	"errors"
	"fmt"
	"os"
)

var errFilesSystem = fmt.Errorf("files cannot be passed on this system: pass what is in them as an argument: %w", errors.ErrUnsupported)

// A fileSender passes files, which this system cannot.
type fileSender struct{ sock *os.File }

func newFileSender(sock *os.File) *fileSender { return &fileSender{sock} }

func (*fileSender) send(*os.File) error { return errFilesSystem }

func (s *fileSender) close() { s.sock.Close() }
