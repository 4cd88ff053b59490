//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// watchSize has the editor told of changes of the terminal's size, until stop is
// called.
func (t *terminalInput) watchSize() (stop func()) {
	changes := make(chan os.Signal, 1)
	signal.Notify(changes, syscall.SIGWINCH)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range changes {
			t.resize()
		}
	}()
	return func() {
		signal.Stop(changes)
		close(changes)
		<-done
	}
}
