package broker

import (
	"os"
	"strconv"
	"strings"
)

// realPathOf returns where an open file or folder is, as the kernel knows it.
// Of one that has been removed meanwhile it is where it was.
func realPathOf(f *os.File) (string, error) {
	var path string
	err := withFD(f, func(fd int) (err error) {
		path, err = os.Readlink("/proc/self/fd/" + strconv.Itoa(fd))
		return err
	})
	if err != nil {
		return realPathByName(f) // no proc
	}
	if !strings.HasPrefix(path, "/") {
		return "", errNowhere
	}
	if was, ok := strings.CutSuffix(path, " (deleted)"); ok {
		// The kernel's remark, unless that is its name.
		here, err1 := f.Stat()
		named, err2 := os.Lstat(path)
		if err1 != nil || err2 != nil || !os.SameFile(here, named) {
			return was, nil
		}
	}
	return path, nil
}
