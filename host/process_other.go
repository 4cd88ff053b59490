//go:build !linux

package host

import "os"

// ownPath is the file that this program was started from.
func ownPath() (string, error) { return os.Executable() }
