package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"scripthost.example/host"
)

// killTime is how long the end of a killed worker is waited for, for its calls
// to be told of.
const killTime = time.Second

// watchSignals has the first Ctrl-C, SIGTERM or SIGHUP end the session once the calls
// that run are answered or host.DefaultDrain has passed, and the second one at
// once.
func (s *session) watchSignals() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		signal.Notify(signals, syscall.SIGHUP)
	}
	go func() {
		first := <-signals
		s.signal.Store(int64(signalStatus(first)))
		s.stopCalls()
		// Telling may have to wait for whoever reads; the second signal must not.
		go s.tellSignal()
		time.AfterFunc(host.DefaultDrain, s.kill)
		<-signals
		s.killNow()
	}()
}

func (s *session) tellSignal() {
	defer close(s.signaled)
	calls := "1 call"
	switch n := s.left.Load(); n {
	case 0:
		fmt.Fprintln(os.Stderr, "runner: interrupted")
		return
	case 1:
	default:
		calls = fmt.Sprintf("%d calls", n)
	}
	fmt.Fprintf(os.Stderr, "runner: interrupted, finishing %s (once more kills)\n", calls)
}

// killNow ends the worker and this process.
func (s *session) killNow() {
	killed := make(chan struct{})
	go func() {
		defer close(killed)
		s.kill()
	}()
	select {
	case <-killed:
	case <-time.After(killTime):
	}
	os.Exit(int(s.signal.Load()))
}

// kill ends the worker, and waits until its calls have been told of.
func (s *session) kill() {
	if w := s.current.Load(); w != nil {
		w.Kill()
		_ = w.Close() // only this waits for the callbacks; the error is the kill
	}
}

func signalStatus(sig os.Signal) int {
	switch sig {
	case syscall.SIGTERM:
		return exitTerminated
	case syscall.SIGHUP:
		return exitHungUp
	}
	return exitInterrupted
}
