package broker

import (
	"errors"
	"os"
)

// errNowhere says that an open file has no path that could be checked, or that
// it changed while it was looked up.
var errNowhere = errors.New("its path changed while it was opened: try again")

// withFD calls fn with the descriptor or handle of f, which stays open meanwhile.
func withFD(f *os.File, fn func(fd int) error) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := conn.Control(func(fd uintptr) { inner = fn(int(fd)) }); err != nil {
		return err
	}
	return inner
}
