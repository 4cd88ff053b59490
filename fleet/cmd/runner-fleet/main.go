// Runner-fleet has the commands of a fleet: it serves plugins on this machine, gives
// the fleet new versions of them, and calls them. The command runner runs it for its
// own commands of these names.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/child"
	"scripthost.example/fleet"
	"scripthost.example/fleet/jobs"
	"scripthost.example/fleet/registry"
	_ "scripthost.example/host/nethttp"
	"scripthost.example/js"
	_ "scripthost.example/js/bundle"
	"scripthost.example/lua"
)

func main() {
	child.Enter(lua.Engine(), js.Engine())
	os.Exit(execute(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// The exit statuses, which are those of runner.
const (
	exitOK     = 0
	exitFailed = 1 // a call failed, or what was asked for was refused
	exitUsage  = 2 // the command line, a script that does not load, no broker
	exitLost   = 3 // a worker, an instance or the broker was lost

	exitInterrupted = 130 // Ctrl-C, before it was done
	exitTerminated  = 143 // SIGTERM
)

// An interruption is the cause of a context that a signal has ended.
type interruption struct{ os.Signal }

func (i interruption) Error() string { return "it was interrupted: " + i.String() }

// status is the exit status of what was interrupted.
func (i interruption) status() int {
	if i.Signal == os.Interrupt {
		return exitInterrupted
	}
	return exitTerminated
}

// A failure is an error with its exit status.
type failure struct {
	status int
	err    error
	hint   string // what to do next; may be empty
}

func (f *failure) Error() string { return f.err.Error() }

func (f *failure) Unwrap() error { return f.err }

// usagef is an error of the command line.
func usagef(hint, format string, args ...any) error {
	return &failure{exitUsage, fmt.Errorf(format, args...), hint}
}

// asked is the error of what was asked of a broker, with its exit status: a broker that
// cannot be used at all is none, and one that does not answer any more is lost.
func asked(err error) error {
	if err == nil {
		return nil
	}
	if errors.As(err, new(*failure)) {
		return err
	}
	is := func(kinds ...error) bool {
		return slices.ContainsFunc(kinds, func(kind error) bool { return errors.Is(err, kind) })
	}
	f := &failure{status: exitFailed, err: err}
	switch {
	case is(context.Canceled):
		f.status = exitInterrupted
	case is(registry.ErrPermission):
		f.hint = "What a user may do is for its role: 'runner-fleet tenant add TENANT USER ROLE' makes one who is caller, instance, pusher or admin"
	case is(registry.ErrNoJetStream, registry.ErrNoRegistry, registry.ErrTooOld, registry.ErrReplicas, registry.ErrName, jobs.ErrNoJetStream, jobs.ErrNoQueue):
		f.status = exitUsage
	case is(jobs.ErrNoDead):
		f.hint = "'runner-fleet job dead ls' lists them"
	case is(registry.ErrUnavailable, context.DeadlineExceeded, nats.ErrTimeout, nats.ErrNoResponders, fleet.ErrDisconnected, nats.ErrConnectionClosed, nats.ErrDisconnected):
		f.status = exitLost
	}
	return f
}

// execute runs the command and returns its exit status.
func execute(args []string, in io.Reader, out, diag io.Writer) int {
	// The first Ctrl-C drains, the second one ends the process.
	ctx, end := context.WithCancelCause(context.Background())
	defer end(nil)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	go func() {
		select {
		case s := <-signals:
			signal.Stop(signals)
			end(interruption{s})
		case <-ctx.Done():
		}
	}()
	root := newRoot(&app{in: in, out: out, diag: diag})
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(diag)
	c, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	f := new(failure)
	if !errors.As(err, &f) {
		f = &failure{status: exitUsage, err: err, hint: helpOf(c)}
	}
	if f.status == exitInterrupted {
		// It may also have been cancelled by an instance that has ended.
		var i interruption
		if f.status = exitFailed; errors.As(context.Cause(ctx), &i) {
			f.status = i.status()
		}
	}
	fmt.Fprintf(diag, "runner-fleet: %v\n", f.err)
	if f.hint != "" {
		fmt.Fprintln(diag, f.hint)
	}
	return f.status
}

// An app is what commands have in common.
type app struct {
	in        io.Reader
	out, diag io.Writer
	broker    brokerFlags
	patience  time.Duration // with a broker that does not answer; 0 is openTime
}
