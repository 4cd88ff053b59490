//go:build unix

package main

import (
	"errors"
	"io/fs"
	"syscall"
)

// asTrusted returns an error if others may write to a file than to this program's.
func asTrusted(self, other fs.FileInfo) error {
	own, ok1 := self.Sys().(*syscall.Stat_t)
	its, ok2 := other.Sys().(*syscall.Stat_t)
	switch {
	case !ok1 || !ok2:
		return errors.New("nothing tells whose it is")
	case its.Uid != own.Uid && its.Uid != 0:
		return errors.New("it belongs to somebody else than runner does")
	case other.Mode().Perm()&0o022&^self.Mode().Perm() != 0:
		return errors.New("others may write to it, who may not write to runner")
	}
	return nil
}
