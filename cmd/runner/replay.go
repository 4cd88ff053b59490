package main

import (
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scripthost.example/host"
)

const replayLong = `Makes the calls of a record anew, as 'runner --record FILE' has kept it: the
same script, with the same arguments, seed, limits and, if it was fixed, the
same clock. What the script asked of the parent, such as files, requests and
variables, is answered from the record: nothing is read, written or reached.

It says where the script does something else than in the record: another
question, or another answer.`

const replayAfter = `Without --clock in the recorded run the clock stands at the time of that run.
With --script the record's calls are made of another script, such as a mended
one; the files that it requires are those of the record. docs/DEBUGGING.md tells
more.

Exit status: 0 all calls were answered, and as in the record; 1 a call failed,
or something was different; 2 usage, what is no record, or a script that does
not load; 3 a worker died; 130 after Ctrl-C, 143 after
SIGTERM.`

// replayFlags are the flags of replay.
type replayFlags struct {
	script  string
	call    count
	timeout duration
	sandbox choice
	events  choice
	output  choice
	trace   choice
}

func replayCommand(status *int) *cobra.Command {
	f := new(replayFlags)
	c := &cobra.Command{
		Use:   "replay FILE [flags]",
		Short: "Make the calls of a record again",
		Long:  replayLong,
		Example: `    runner --record calls.record --lang lua --allow-env=HOME \
      --eval 'function run() return os.getenv("HOME"), math.random(100) end'
    runner replay calls.record`,
		Annotations: map[string]string{afterHelp: replayAfter},
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) == 0 || args[0] == "":
				return replayUsage("It is what 'runner --record FILE' has written", "replay needs a FILE")
			case len(args) > 1:
				return replayUsage("The arguments of the calls are in the record", "replay takes one FILE, and was given %s, too", quoted(args[1]))
			}
			return nil
		},
	}
	fs := c.Flags()
	grouped(fs, groupScript, func(fs *pflag.FlagSet) {
		fs.StringVarP(&f.script, "script", "s", "", "FILE: run this instead of the script of the record")
	})
	grouped(fs, groupCalls, func(fs *pflag.FlagSet) {
		f.call.max = math.MaxInt32
		fs.Var(&f.call, "call", "N: show this call only; those that its worker ran\nbefore are made, too, as its state comes from them")
	})
	grouped(fs, groupLimits, func(fs *pflag.FlagSet) {
		f.sandbox = sandboxChoice()
		fs.Var(&f.sandbox, "sandbox", "MODE: protection by the kernel: strict (default on Linux),\nbest-effort or off")
		fs.Var(&f.timeout, "timeout", "D: for each call, like 500ms or 2m (default that of the\nrecord)")
	})
	grouped(fs, groupOutput, func(fs *pflag.FlagSet) {
		f.output = choice{value: "text", choices: []string{"text", "jsonl"}}
		f.events = choice{choices: []string{eventsStderr, eventsStdout, eventsNone}}
		fs.Var(&f.output, "output", "FORMAT: text, a line a call, in their order (default), or\njsonl, a line for all that happens, when it does")
		fs.Var(&f.events, "events", "WHERE: stderr, stdout or none (default stderr; stdout\nwith jsonl)")
	})
	grouped(fs, groupDebug, func(fs *pflag.FlagSet) { addTraceFlag(fs, &f.trace) })
	completeFlags(c)
	c.RunE = func(c *cobra.Command, args []string) (err error) {
		if c.Flags().Changed("script") && f.script == "" {
			return replayUsage("", "--script is empty: it is the name of a file")
		}
		*status, err = f.run(args[0])
		return err
	}
	return c
}

// run replays a record. An error is one of usage.
func (f *replayFlags) run(name string) (status int, err error) {
	in, err := openInput("the record", name)
	if err != nil {
		return 0, withHelp(err, "runner replay")
	}
	defer in.Close()
	stop := endOnSignal() // reading it may take long
	rec, err := openRecord(name, in)
	stop()
	if err != nil {
		return 0, err
	}
	defer rec.close()
	r := &replay{flags: f, record: rec, diag: newDiagnostics(os.Stderr, rec.header.Script.Name, nil)}
	if r.script, err = f.open(rec); err != nil {
		return 0, err
	}
	if r.opts, r.custom, err = f.options(rec); err != nil {
		return 0, err
	}
	if rec.torn {
		r.diag.note(fmt.Sprintf("the last line of %s is not whole, and is left out: the run was ended while it was written", quoted(name)))
	}
	if f.script == "" {
		r.tellChanged()
	}
	out := &stream{file: os.Stdout}
	if f.output.value == "jsonl" {
		r.out = &jsonOutput{out: out, diag: r.diag, events: f.events.value, json: rec.header.JSON}
	} else {
		r.out = &textOutput{out: out, diag: r.diag, events: f.events.value, json: rec.header.JSON, held: make(map[uint64][]byte)}
	}
	if f.trace.value != traceNone {
		script := new(atomic.Pointer[host.Script])
		script.Store(r.script)
		r.observers = newObservers(newTracer(f.trace.value, os.Stderr, script, r.traceFailed))
		if f.trace.value == traceLines {
			r.opts.OnLine = func(l host.Line) { r.observers.line(l) }
		}
	}
	return r.run()
}

// open makes the script that is to be run: the record's, unless another one is named.
func (f *replayFlags) open(rec *record) (*host.Script, error) {
	s := rec.header.Script
	source, language := string(s.Source), s.Language
	if f.script != "" {
		other, err := openScript(f.script, "")
		if err != nil {
			return nil, err
		}
		source, language = other.Source(), other.Language()
	}
	var script *host.Script
	var err error
	if s.File == "" {
		script, err = host.Inline(language, source)
	} else { // it has a folder, whose files are in the record
		file := "script." + string(language)
		script, err = host.OpenFS(oneFile{file, source}, file)
	}
	if err != nil {
		return nil, replayUsage("", "the record %s: %v", quoted(rec.name), err)
	}
	return script.WithName(s.Name), nil
}

// options are those of the workers of a record, without callbacks.
func (f *replayFlags) options(rec *record) (host.Options, *fileSerialiser, error) {
	h := &rec.header
	o := host.Options{
		Function: h.Function, Async: h.Async, Init: h.Init, InitArgs: plainValues(h.InitArgs),
		Seed: h.Seed, Clock: h.Time, Sandbox: host.Sandbox(f.sandbox.value),
		Grants: host.Grants{Modules: h.Modules}, // for their names: nothing is read
		Limits: host.Limits{
			Memory: h.Limits.Memory, Payload: h.Limits.Payload, Drain: noLimit,
			CPU: time.Duration(h.Limits.CPU) * time.Millisecond, CallTime: time.Duration(h.Limits.Time) * time.Millisecond,
		},
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	if h.Clock != nil {
		o.Clock = *h.Clock
	}
	if f.timeout.value > 0 {
		o.Limits.CallTime = f.timeout.value
	}
	if h.Serialiser.Source != "" {
		language, err := host.LanguageOf(h.Serialiser.Name)
		if err == nil {
			var custom *fileSerialiser
			if custom, err = newFileSerialiser(h.Serialiser.Name, language, []byte(h.Serialiser.Source)); err == nil {
				o.Serialiser = custom
				return o, custom, nil
			}
		}
		return o, nil, replayUsage("", "the record %s: %v", quoted(rec.name), err)
	}
	var err error
	if o.Serialiser, err = host.SerialiserByName(h.Serialiser.Name); err != nil {
		return o, nil, replayUsage("", "the record %s: %v", quoted(rec.name), err)
	}
	return o, nil, nil
}

// tellChanged says so if the script's file is not what it was.
func (r *replay) tellChanged() {
	s := r.record.header.Script
	if s.File == "" {
		return
	}
	now, err := os.ReadFile(s.File)
	if err == nil && string(now) == string(s.Source) {
		return
	}
	what := "has changed since it was recorded"
	if err != nil {
		what = fmt.Sprintf("cannot be read now (%v)", plainError(err))
	}
	r.diag.note(fmt.Sprintf("note: %s %s: the script is run as it was then; --script FILE runs another one", s.Name, what))
}

// oneFile is a file system with one file in its folder: the script, the others of
// which come from the record.
type oneFile struct{ name, text string }

// Open implements fs.FS.
func (o oneFile) Open(name string) (fs.File, error) {
	if name != o.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return openText{strings.NewReader(o.text), o}, nil
}

// openText is its file.
type openText struct {
	io.Reader
	file oneFile
}

func (t openText) Stat() (fs.FileInfo, error) { return t, nil }
func (openText) Close() error                 { return nil }
func (t openText) Name() string               { return t.file.name }
func (t openText) Size() int64                { return int64(len(t.file.text)) }
func (openText) Mode() fs.FileMode            { return 0o400 }
func (openText) ModTime() time.Time           { return time.Time{} }
func (openText) IsDir() bool                  { return false }
func (openText) Sys() any                     { return nil }
