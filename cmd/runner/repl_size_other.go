//go:build !unix

package main

// watchSize does nothing here: the size is asked for before each line.
func (t *terminalInput) watchSize() (stop func()) { return func() {} }
