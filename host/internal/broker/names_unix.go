//go:build unix

package broker

import "runtime"

// Names are told apart by every byte; but macOS's usual file system does not
// tell "a" from "A", so a denied path must not either.
const (
	foldNames  = false
	foldDenied = runtime.GOOS == "darwin" || runtime.GOOS == "ios"
)

// expand returns the paths that a path of a grant stands for.
func expand(path string) []string { return []string{path} }
