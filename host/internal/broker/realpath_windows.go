package broker

import (
	"os"
	"strings"

	"golang.org/x/sys/windows"
)

// realPathOf returns where an open file or folder is, as the system knows it.
func realPathOf(f *os.File) (string, error) {
	buf := make([]uint16, windows.MAX_LONG_PATH)
	var n uint32
	err := withFD(f, func(fd int) (err error) {
		n, err = windows.GetFinalPathNameByHandle(windows.Handle(fd), &buf[0], uint32(len(buf)), 0)
		return err
	})
	if err != nil {
		return "", err
	}
	if n == 0 || int(n) >= len(buf) {
		return "", errNowhere
	}
	path := windows.UTF16ToString(buf[:n])
	if share, ok := strings.CutPrefix(path, `\\?\UNC\`); ok {
		return `\\` + share, nil
	}
	return strings.TrimPrefix(path, `\\?\`), nil
}
