package broker

import (
	"bytes"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// realPathOf returns where an open file or folder is, as the kernel knows it.
func realPathOf(f *os.File) (string, error) {
	buf := make([]byte, 4*unix.PathMax)
	var pin runtime.Pinner // also keeps it off the stack, which moves
	pin.Pin(&buf[0])
	defer pin.Unpin()
	err := withFD(f, func(fd int) error {
		_, err := unix.FcntlInt(uintptr(fd), unix.F_GETPATH, int(uintptr(unsafe.Pointer(&buf[0]))))
		return err
	})
	if err != nil {
		return "", err
	}
	end := bytes.IndexByte(buf, 0)
	if end <= 0 || buf[0] != '/' {
		return "", errNowhere
	}
	return string(buf[:end]), nil
}
