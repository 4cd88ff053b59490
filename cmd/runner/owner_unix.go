//go:build unix

package main

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// ownedByUser returns an error unless a file is the user's, or the superuser's.
func ownedByUser(info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !ok:
		return errors.New("nothing tells whose it is")
	case int(stat.Uid) != os.Getuid() && stat.Uid != 0:
		return errors.New("it belongs to somebody else")
	}
	return nil
}
