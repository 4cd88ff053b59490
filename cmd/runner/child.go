package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scripthost.example/child"
	"scripthost.example/host"
	"scripthost.example/js"
	"scripthost.example/lua"
	"scripthost.example/wire"
)

// childFD is the file descriptor of the socket to the parent, unless --fd names
// another one.
const childFD = 3

const childLong = `Is a worker, for a parent that starts it: with a stream socket as its file
descriptor 3, or with --stdio on its standard input and output, over ssh for
example. It gets its script from the parent, over the extended protocol
(wire/PROTOCOL.md).

With --wire classic the parent is one that speaks the protocol of Perl's
AnyEvent::Fork::RPC, such as that module itself. The script is then given here,
with --script, and so is all that the parent cannot say: the flags are those of
runner, but for those about many calls and what comes of them, which are the
parent's. Nor can calls be recorded or traced here: their values pass through,
and nobody reads them but the parent and the worker. A call that fails ends the
worker, as it does in that module; why is told on stderr.`

const childExample = `    runner --exec 'runner child --stdio' --stdio \
        --lang lua --eval 'function run(x) return x end' hello`

// childFlags are the flags of child.
type childFlags struct {
	runFlags
	fd int
}

func childCommand(status *int) *cobra.Command {
	f := new(childFlags)
	c := &cobra.Command{
		Use:     "child [flags]",
		Short:   "Be a worker, for a parent that speaks the protocol",
		Long:    childLong,
		Example: childExample,
		Annotations: map[string]string{afterHelp: `Exit status, with --wire classic: 0 if all that the parent asked for was
answered; 1 a call failed; 2 usage, or the script does not load; 3 the worker
died, or the parent or the worker broke the protocol.`},
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return childUsagef("The parent makes the calls", "child takes no arguments: %s", quoted(args[0]))
			}
			return nil
		},
	}
	fs := c.Flags()
	grouped(fs, groupParent, func(fs *pflag.FlagSet) {
		fs.BoolVar(&f.stdio, "stdio", false, "it is at the other end of standard input and output")
		fs.IntVar(&f.fd, "fd", childFD, "N: or of the socket that is this descriptor (default 3)")
		f.wire = wireChoice()
		fs.Var(&f.wire, "wire", "DIALECT: it speaks extended (default) or classic")
	})
	f.addCommon(c)
	grouped(fs, groupStream, func(fs *pflag.FlagSet) {
		fs.Var(&f.exec, "exec", "CMD: start this as the script's worker; its stream to\nrunner child is its descriptor 3")
	})
	ofRun := new(cobra.Command)
	new(runFlags).add(ofRun)
	ofRun.Flags().VisitAll(func(flag *pflag.Flag) {
		if fs.Lookup(flag.Name) == nil {
			fs.AddFlag(flag)
		}
	})
	fs.VisitAll(func(flag *pflag.Flag) {
		// Accepted, and refused with the reason.
		flag.Hidden = notForChild[flag.Name] != ""
	})
	completeFlags(c)
	c.RunE = func(c *cobra.Command, _ []string) (err error) {
		*status, err = f.serve(c)
		return err
	}
	return c
}

// notForChild are flags of run for what a parent does, and why they are not for a worker.
var notForChild = map[string]string{
	"calls": parentCalls, "output": parentCalls, "events": parentCalls, "progress": parentCalls,
	"max-failures": parentCalls, "strict": parentCalls, "resume": parentCalls, "idempotent": parentCalls, "load": parentCalls,
	"jobs":    "It is one worker: the parent starts as many as it wants",
	"watch":   "The parent starts another worker when the script has changed",
	"metrics": "They are of a run: the parent knows what it has asked for, and how long that took",
	"record":  unseen, "trace": unseen,
}

const (
	parentCalls = "The parent makes the calls and gets what comes of them"
	unseen      = "What the parent sends and gets passes through, and is not read here. Try the script\nout with 'runner --script FILE', which has that"
)

func childUsagef(hint, format string, args ...any) error {
	return &usageError{message: fmt.Sprintf(format, args...), hint: hint, help: "runner child"}
}

// check refuses flags that do not go together.
func (f *childFlags) check(c *cobra.Command) (err error) {
	given := c.Flags().Changed
	classic := f.wire.value == string(host.Classic)
	c.Flags().Visit(func(flag *pflag.Flag) {
		switch group := flag.Annotations[groupKey]; {
		case len(group) > 0 && group[0] == groupParent:
		case notForChild[flag.Name] != "":
			err = childUsagef(notForChild[flag.Name], "--%s is not for a worker", flag.Name)
		case !classic:
			err = childUsagef("A parent that speaks the extended protocol sends the script, and all that belongs to it", "--%s goes with --wire classic", flag.Name)
		}
	})
	switch {
	case err != nil:
		return err
	case given("fd") && f.stdio:
		return childUsagef("Leave one of them out", "--fd and --stdio are both given")
	case classic && !given("script") && !given("eval"):
		return childUsagef("Name its file with --script FILE, or give its text with --eval SOURCE", "there is no script, and a classic parent sends none")
	case classic && f.script == stdin && f.stdio:
		return childUsagef("The script has to be a file", "--script - and --stdio both read standard input")
	case given("init-arg") && f.init == "":
		return childUsagef("Add --init NAME", "--init-arg is given without --init")
	}
	return nil
}

// serve is the worker, and returns the exit status.
func (f *childFlags) serve(c *cobra.Command) (int, error) {
	if f.wire.value == string(host.Classic) {
		return f.serveClassic(c)
	}
	if err := f.check(c); err != nil {
		return 0, err
	}
	conn, err := f.stream()
	if err != nil {
		return 0, err
	}
	if f.stdio {
		if _, err := conn.Write(wire.Greeting()); err != nil {
			fmt.Fprintf(os.Stderr, "runner child: the parent is gone: %v\n", err)
			return exitDied, nil
		}
	}
	child.Main(conn, lua.Engine(), js.Engine())
	return exitOK, nil // not reached
}

// stream is the stream to the parent.
func (f *childFlags) stream() (child.Conn, error) {
	open := child.Stdio
	if !f.stdio {
		open = func() (child.Conn, error) { return child.FD(f.fd) }
	}
	conn, err := open()
	if bad := new(child.StreamError); errors.As(err, &bad) {
		hint := "A worker is started by its parent; to run a script: runner --script FILE. If the\nparent is at standard input and output: runner child --stdio"
		if f.stdio {
			hint = "The parent has to use them too: runner --exec 'runner child --stdio' --stdio --script FILE"
		}
		return nil, childUsagef(hint, "there is no parent: file descriptor %d is not its stream: %s", bad.Descriptor, bad.Reason)
	}
	return conn, err
}

// serveClassic is the worker of a classic parent: it runs the script in a worker
// of its own.
func (f *childFlags) serveClassic(c *cobra.Command) (int, error) {
	given := c.Flags().Changed
	settled, err := f.settle(c.Flags(), func(flag *pflag.Flag) bool { return notForChild[flag.Name] != "" })
	if err != nil {
		return 0, err
	}
	for _, note := range settled.notes {
		fmt.Fprintln(os.Stderr, "runner child: note: "+note)
	}
	if err := f.check(c); err != nil {
		return 0, err
	}
	script, err := f.open(given("script"), given("eval"))
	if usage := new(usageError); errors.As(err, &usage) {
		usage.help = "runner child"
	}
	if err != nil {
		return 0, err
	}
	log := f.logger(os.Stderr)
	settled.tell(log)
	opts := f.options(log)
	if opts.Command = f.exec.words; len(opts.Command) == 0 {
		opts.Worker = leanWorker(script)
	}
	settled.protect(&opts.Grants)
	parse := argParser{json: f.json, octets: true}
	if opts.InitArgs, err = parse.args(f.initArgs); err != nil {
		return 0, childUsagef("", "--init-arg: %v", err)
	}
	if opts.Serialiser, err = f.workerSerialiser(script); err != nil {
		return 0, err
	}
	if err := f.auditing(&opts, func(err error) {
		fmt.Fprintf(os.Stderr, "runner child: %v\n", err)
		os.Exit(exitFailed)
	}); err != nil {
		return 0, err
	}
	diag := newDiagnostics(os.Stderr, script.Name(), script)
	opts.OnLog, opts.OnModule = diag.log, diag.loads(nil)
	conn, err := f.stream()
	if err != nil {
		return 0, err
	}
	// They go to all processes at once, and the parent decides what they mean.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	if err := host.ServeClassic(context.Background(), conn, script, &opts); err != nil {
		diag.report(err)
		if errors.As(err, new(*host.StartError)) {
			return startStatus(err), nil
		}
		return statusOf(err), nil
	}
	return exitOK, nil
}

// workerSerialiser is the worker's half of the serialiser; the parent has the
// other one.
func (f *childFlags) workerSerialiser(script *host.Script) (host.Serialiser, error) {
	builtIn, custom, err := f.openSerialiser(script)
	switch {
	case err != nil:
		return nil, err
	case custom == nil:
		return builtIn, nil
	case f.init != "":
		return nil, childUsagef("Use a built-in one, or leave --init out", "--init cannot be used here with a serialiser from a file: nobody freezes its arguments")
	}
	return workerHalf{custom.name, custom.text}, nil
}
