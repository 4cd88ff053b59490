//go:build !linux

package wire

import "syscall"

func canLook(syscall.RawConn) bool { return false }

func (r *EagerReader) look(uintptr) {}

func schedYield() {}
