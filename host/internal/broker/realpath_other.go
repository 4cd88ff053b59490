//go:build unix && !linux && !darwin

package broker

import "os"

// realPathOf returns where an open file or folder is.
func realPathOf(f *os.File) (string, error) { return realPathByName(f) }
