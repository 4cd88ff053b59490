package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scripthost.example/host"
)

const runLong = `Runs a worker script, in Lua, JavaScript or TypeScript, in a process of its own:
calls its function run with the ARGs and prints what it returns. Flags go before
the ARGs.`

const runExample = `    runner --lang lua --eval 'function run(x) return "Hello, " .. x end' Ada

    # Many calls, in four workers; if it is ended, the same command goes on:
    seq 1000 > calls.txt
    runner --lang lua --eval 'function run(n) return n * n end' -j 4 \
      --calls calls.txt --resume calls.journal >> squares.txt`

const runAfter = `What a script prints goes to stderr, and so do failed calls and, unless told
otherwise, events. In a file of calls an empty line is a call without arguments,
lines may end in CR LF, and a byte order mark before the first is left out. In
JSON, octets that are not UTF-8 are written as {"base64": …}. 'runner run' is
the same as 'runner'.

With --resume a call that failed is made again, and the output of a run has the
results that those before it have not written; docs/JOBS.md tells more of many
calls.

With --watch, and on SIGHUP, the script is loaded anew; if that fails the one
before goes on, and the reason is told. Each call is run by one version, and
none is lost. Calls of --calls are made once, and the run ends with their
answers; the call of a command line is made again by each new version, until
Ctrl-C.

A failed call is told as "file:line: message", its traceback, and the line,
in colour on a terminal unless NO_COLOR is set.

Exit status: 0 all calls were answered; 1 a call failed; 2 usage, or the script
does not load; 3 a worker died or broke the protocol; 130 after Ctrl-C and 143
after SIGTERM: the first one lets the calls that run finish, the second kills;
141 if nobody reads the results.`

func runCommand(status *int) *cobra.Command {
	f := new(runFlags)
	c := &cobra.Command{
		Use:         "run --script FILE [flags] [ARG...]",
		Short:       "Run a script",
		Long:        runLong,
		Example:     runExample,
		Annotations: map[string]string{afterHelp: runAfter},
		Args:        cobra.ArbitraryArgs,
	}
	f.add(c)
	c.RunE = func(c *cobra.Command, args []string) (err error) {
		*status, err = f.run(c, args)
		return err
	}
	return c
}

// run turns flags into a session and runs it. An error is one of usage.
func (f *runFlags) run(c *cobra.Command, args []string) (status int, err error) {
	given := c.Flags().Changed
	settled, err := f.settle(c.Flags(), f.notForClassic)
	if err != nil {
		return 0, err
	}
	f.callsOf(c.Flags(), args)
	for _, note := range slices.Concat(notes(c, wordBefore(args), args), settled.notes, folderNotes(f.modules.value)) {
		fmt.Fprintln(os.Stderr, "runner: note: "+note)
	}
	if err := f.check(c, args); err != nil {
		return 0, err
	}
	var script *host.Script
	name := f.exec.text
	if f.wire.value == string(host.Extended) {
		if script, err = f.open(given("script"), given("eval")); err != nil {
			return 0, err
		}
		name = script.Name()
	}
	s := newSession()
	s.progress = f.newProgress()
	s.stderr = s.progress.writer(os.Stderr)
	s.script, s.name, s.log, s.diag = script, name, f.logger(s.stderr), newDiagnostics(s.stderr, name, sourceOf(script))
	if err := f.chooseReloads(s); err != nil {
		return 0, err
	}
	settled.tell(s.log)
	s.opts = f.poolOptions(s.log)
	settled.protect(&s.opts.Grants)
	for _, path := range []string{f.resumePath(), f.recordPath()} {
		if path != "" && script != nil {
			s.opts.Grants.DenyWrite = append(s.opts.Grants.DenyWrite, path) // as the audit is
		}
	}
	if len(f.exec.words) == 0 {
		s.opts.Worker = leanWorker(s.script)
		if note := leanNote(s.script); note != "" {
			fmt.Fprintln(os.Stderr, "runner: note: "+note)
		}
	}
	s.window, s.eager, s.idempotent = s.opts.Max*s.opts.Load, f.eager(), f.idempotent
	s.opts.Command, s.opts.Stdio, s.opts.Wire = f.exec.words, f.stdio, host.Wire(f.wire.value)
	if s.opts.Wire == host.Classic {
		s.opts.Function = "" // it has one
	}
	if s.audit, err = f.openAudit(s.stderr); err != nil {
		return 0, err
	}
	if err := f.chooseSerialiser(s); err != nil {
		return 0, err
	}
	parse := argParser{json: f.json, octets: s.opts.Serialiser != host.JSON}
	if s.opts.InitArgs, err = parse.args(f.initArgs); err != nil {
		return 0, usagef("", "--init-arg: %v", err)
	}
	in, err := f.input(parse, args, s)
	if err != nil {
		return 0, err
	}
	if err := f.observe(s); err != nil {
		return 0, err
	}
	s.strict, s.maxFailures = f.strict, uint64(f.maxFailures.value)
	s.out = f.newOutput(s)
	endMetrics, err := f.serveMetrics(s)
	if err != nil {
		return 0, err
	}
	defer endMetrics()
	return s.run(in), nil
}

// sourceOf is the text of a script, nil if there is none.
func sourceOf(script *host.Script) source {
	if script == nil {
		return nil
	}
	return script
}

// check refuses flags that do not go together.
func (f *runFlags) check(c *cobra.Command, args []string) error {
	given := c.Flags().Changed
	switch {
	case given("stdio") && !given("exec"):
		return usagef("Add --exec CMD", "--stdio is given without --exec")
	case f.wire.value == string(host.Classic):
		if err := f.checkClassic(c); err != nil {
			return err
		}
	case !given("script") && !given("eval"):
		return noScript(c, args)
	}
	switch {
	case given("calls") && len(args) > 0:
		return usagef("Put them into the file, or leave --calls out", "--calls and arguments are both given: %s", quoted(args[0]))
	case f.calls == stdin && f.script == stdin:
		return usagef("One of them has to be a file", "--script - and --calls - both read standard input")
	case given("init-arg") && f.init == "":
		return usagef("Add --init NAME", "--init-arg is given without --init")
	case f.function == "":
		return usagef("", "--function is empty")
	case f.watch && (given("eval") || f.script == stdin):
		return usagef("Put the script into a file", "--watch needs a script that is a file")
	}
	if err := f.checkRecord(given); err != nil {
		return err
	}
	return f.jobFlags.check(f.calls, given)
}

// checkClassic refuses flags that a classic worker cannot be told of.
func (f *runFlags) checkClassic(c *cobra.Command) error {
	if !c.Flags().Changed("exec") {
		return usagef("Add --exec CMD; to be the worker of a classic parent: runner child --wire classic", "--wire classic is given without --exec")
	}
	var err error
	c.Flags().Visit(func(flag *pflag.Flag) {
		switch group := flag.Annotations[groupKey]; {
		case flag.Name == "async":
		case flag.Name == "trace":
			err = usagef("", "--trace is given with --wire classic: what a classic worker asks for is not known here")
		case len(group) > 0 && (group[0] == groupScript || group[0] == groupGrants):
			err = usagef("Give it to the command, if it knows what to do with it",
				"--%s is given with --wire classic: a classic worker has its script already, and cannot be told of that", flag.Name)
		}
	})
	return err
}

// options are what the flags say of a worker.
func (f *runFlags) options(log *slog.Logger) host.Options {
	return host.Options{
		Function: f.function,
		Init:     f.init,
		Async:    f.async,
		Grants:   f.grants(),
		Seed:     f.seed.value,
		Clock:    f.clock.value,
		Sandbox:  host.Sandbox(f.sandbox.value),
		Limits: host.Limits{
			Memory: f.memory.value, CPU: f.cpu.value,
			CallTime: f.timeout.value, Payload: f.maxPayload.value, Drain: noLimit,
		},
		Logger: log,
	}
}

// noScript is the error of a command line without a script.
func noScript(c *cobra.Command, args []string) error {
	if c.Flags().Changed("exec") {
		return usagef("If the command brings its own code, it speaks the classic dialect: add --wire classic", "there is no script for the worker")
	}
	if len(args) > 0 && c.Flags().NFlag() == 0 {
		if err := unknownCommand(c.Root(), args[0]); err != nil {
			return err
		}
		if _, err := host.LanguageOf(args[0]); err == nil {
			return usagef("Did you mean 'runner --script "+args[0]+"'?", "there is no script")
		}
	}
	return usagef("Name its file with --script FILE, or give its text with --eval SOURCE", "there is no script")
}

// input is where the calls come from.
func (f *runFlags) input(parse argParser, args []string, s *session) (*input, error) {
	if f.calls == "" {
		values, err := parse.args(args)
		if err != nil {
			return nil, usagef("", "%v", err)
		}
		if f.watch {
			s.reload.done = make(chan struct{}, 1)
			return repeatedCall(values, s.reload.done, s.stop), nil
		}
		return oneCall(values), nil
	}
	file, err := openInput("the calls", f.calls)
	if err != nil {
		return nil, err
	}
	payload := f.maxPayload.value
	if payload == 0 {
		payload = host.DefaultPayload
	}
	var before *history
	if f.resume != "" {
		if s.journal, before, err = f.openJournal(s.script, file); err != nil {
			return nil, err
		}
		s.journal.fail = s.journalFailed
		if err := before.checkCalls(file); err != nil {
			return nil, err
		}
		s.tellResumed(before, before.edited(f.journalHeader(s.script)))
	}
	return readCalls(file, f.calls, parse, limitsOf(payload, parse.json), before, s.stop), nil
}

// chooseReloads sets how the script is read anew, and when. With --watch it is read
// once more: what has changed since files are watched counts.
func (f *runFlags) chooseReloads(s *session) (err error) {
	s.reload.open = func() (*host.Script, error) { return s.script, nil }
	if s.script == nil || f.script == "" || f.script == stdin {
		return nil
	}
	s.reload.open = func() (*host.Script, error) { return openScript(f.script, host.Language(f.language.value)) }
	if !f.watch {
		return nil
	}
	if err := s.reload.watch(f.script, func(err error) { s.log.Warn(err.Error()) }); err != nil {
		return usagef("", "--watch: %v", err)
	}
	s.script, err = s.reload.open()
	return err
}

// observe has what the calls do recorded and told of, as the flags say.
func (f *runFlags) observe(s *session) error {
	var list []observer
	if f.record != "" {
		r, err := f.openRecorder(s)
		if err != nil {
			return err
		}
		list = append(list, r)
	}
	if f.trace.value != traceNone {
		s.current.Store(s.script)
		list = append(list, newTracer(f.trace.value, s.stderr, &s.current, s.traceFailed))
		s.opts.OnLine = s.onLine(f.trace.value)
	}
	s.observers = newObservers(list...)
	return nil
}

// newOutput is how results are written.
func (f *runFlags) newOutput(s *session) output {
	out, where := &stream{file: s.progress.writer(os.Stdout)}, f.events.value
	if f.output.value == "jsonl" {
		return &jsonOutput{out: out, diag: s.diag, journal: s.journal, events: where, json: f.json}
	}
	return &textOutput{
		out: out, diag: s.diag, journal: s.journal, events: where, json: f.json,
		calls: f.calls, held: make(map[uint64][]byte),
	}
}

// logger is what tells what the runner does.
func (f *runFlags) logger(stderr io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: slog.LevelWarn}
	if f.verbose {
		o.Level = slog.LevelInfo
	}
	if f.logFormat.value == "json" {
		return slog.New(slog.NewJSONHandler(stderr, o))
	}
	return slog.New(slog.NewTextHandler(stderr, o))
}

// chooseSerialiser sets what carries values.
func (f *runFlags) chooseSerialiser(s *session) error {
	builtIn, custom, err := f.openSerialiser(s.script)
	switch {
	case err != nil:
		return err
	case custom != nil:
		s.custom = custom
		s.opts.Serialiser = custom
	default:
		s.opts.Serialiser = builtIn
	}
	return nil
}

var builtInSerialisers = []string{"string", "json", "cbor", "msgpack"}

// openSerialiser returns the serialiser of the flags for a script: one that is
// built in or one from a file.
func (f *runFlags) openSerialiser(script *host.Script) (host.Serialiser, *fileSerialiser, error) {
	name := f.serialiser
	if name == "" && f.json {
		name = "json"
	}
	builtIn, err := host.SerialiserByName(name)
	if err == nil {
		return builtIn, nil, nil
	}
	if _, notAFile := host.LanguageOf(name); notAFile != nil {
		hint := "A file with a custom one has a name that ends in .lua or .js"
		if near := nearest(name, builtInSerialisers); near != "" {
			hint = fmt.Sprintf("Did you mean %s?", near)
		}
		return nil, nil, usagef(hint, "--serialiser: %v", err)
	}
	custom, err := openSerialiser(name, script)
	return nil, custom, err
}
