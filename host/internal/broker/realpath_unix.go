//go:build unix && !darwin

package broker

import (
	"os"
)

// realPathByName returns where an open file or folder is, going by the name
// that it was opened with. It is right unless somebody changes the names on the
// way at this very moment.
func realPathByName(f *os.File) (string, error) {
	path, err := realPath(f.Name())
	if err != nil {
		return "", err
	}
	here, err := f.Stat()
	if err != nil {
		return "", err
	}
	named, err := os.Lstat(path)
	if err != nil {
		return "", err
	}
	if !os.SameFile(here, named) {
		return "", errNowhere
	}
	return path, nil
}
