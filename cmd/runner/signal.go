package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"scripthost.example/host"
)

// killTime is how long the end of killed workers is waited for, for their calls
// to be told of: more than a busy machine takes, and not for ever, for nobody may
// read what is told.
const killTime = 5 * time.Second

// watchSignals has the first Ctrl-C or SIGTERM end the session once the calls that
// run are answered or host.DefaultDrain has passed, and the second one at once. A
// SIGHUP has the script loaded anew, unless the terminal is gone: then it is like a
// SIGTERM.
func (s *session) watchSignals() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(reloadSignal) { // as nohup has it
		signal.Notify(signals, reloadSignal)
	}
	hadTerminal := hasTerminal()
	isReload := func(sig os.Signal) bool { return sig == reloadSignal && !(hadTerminal && !hasTerminal()) }
	next := func() os.Signal {
		for {
			sig := <-signals
			if !isReload(sig) {
				return sig
			}
			s.reload.ask()
		}
	}
	go func() {
		s.signal.Store(int64(signalStatus(next())))
		s.stopCalls()
		// Telling may have to wait for whoever reads; the second signal must not.
		go s.tellSignal()
		time.AfterFunc(host.DefaultDrain, s.kill)
		next()
		s.killNow()
	}()
}

// endOnSignal has Ctrl-C and SIGTERM end this process until stop is called: for what has
// nothing to finish, and workers that end with it. By itself a process that gets a signal
// has no exit status, and as the first one of a container it has another one.
func endOnSignal() (stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	stopped := make(chan struct{})
	go func() {
		select {
		case sig := <-signals:
			fmt.Fprintln(os.Stderr, "runner: interrupted")
			os.Exit(signalStatus(sig))
		case <-stopped:
		}
	}()
	return func() {
		signal.Stop(signals)
		close(stopped)
	}
}

func (s *session) tellSignal() {
	defer close(s.signaled)
	calls := "1 call"
	switch n := s.left.Load(); n {
	case 0:
		fmt.Fprintln(s.stderr, "runner: interrupted")
		return
	case 1:
	default:
		calls = fmt.Sprintf("%d calls", n)
	}
	fmt.Fprintf(s.stderr, "runner: interrupted, finishing %s (once more kills)\n", calls)
}

// killNow ends the workers and this process.
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
	s.progress.clear()
	os.Exit(int(s.signal.Load()))
}

// kill ends the workers, and waits until their calls have been told of.
func (s *session) kill() {
	if p := s.pool.Load(); p != nil {
		p.Kill()
		_ = p.Close() // only this waits for the callbacks; the error is the kill
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
