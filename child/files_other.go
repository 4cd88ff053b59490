//go:build !unix

package child

import (
	"errors"
	"os"
)

// Files cannot be passed on this system: no socket carries them, so there is
// never one to receive.

func inheritedFileSocket() *os.File { return nil }

func receiveFile(*os.File) (*os.File, error) { return nil, errors.ErrUnsupported }

func wouldBlock(error) bool { return false }

func reopened(*os.File) (*os.File, error) { return nil, errors.ErrUnsupported }

func describeErrno(error) (number int, name, text string) {
	return 9, "EBADF", "bad file descriptor" // the error of a handle that is none
}
