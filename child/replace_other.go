//go:build unix && !linux

package child

import "golang.org/x/sys/unix"

// replace makes descriptor n a copy of other.
func replace(n, other int) error { return unix.Dup2(other, n) }
