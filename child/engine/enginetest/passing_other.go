//go:build !unix

package enginetest

import (
	"testing"

	"scripthost.example/child"
)

// NewFileParent skips the test.
func NewFileParent(t testing.TB, _ func(child.Conn) error) *Parent {
	t.Skip("files cannot be passed on this system: it has no Unix sockets that carry them")
	return nil
}
