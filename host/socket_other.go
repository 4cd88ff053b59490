//go:build !unix

package host

import "os"

// A socket is the parent's end of the stream to a child.
type socket struct{ *os.File }

func socketPair() (*socket, *os.File, error) { return nil, nil, ErrUnsupported }

func (s *socket) unread() bool { return false }

func unread(*os.File) bool { return false }

func (s *socket) tryWrite([]byte) (int, error) { return 0, ErrUnsupported }
