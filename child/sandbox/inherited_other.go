//go:build !unix

package sandbox

// CloseInherited does nothing: children inherit what they are given only.
func CloseInherited(int) {}
