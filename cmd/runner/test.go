package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scripthost.example/host"
	"scripthost.example/host/scripttest"
)

const testLong = `Runs tests of workers, which are scripts themselves: the FILEs, or those in
the folders named, or all below this one: x_test.lua, x_spec.lua, x_test.js,
x.test.js and x.spec.js, and .ts and the like. Each runs in a worker of its own.

Tests are written with describe, it and expect, as for Jest and Vitest, or in
Lua with describe, it and assert, as for busted. What they load is run as it
will be, in another worker:

    const { load } = require('runner:test');  local test = require "runner.test"
    const w = await load('./worker.js');      local w = test.load("worker.lua")
    await w.call('Ada')                       w:call("Ada")

Settings are those of the folder of each file: 'runner config --for test'.
docs/TESTING.md tells of events, host functions, fake time and the rest.`

const testExample = `    echo 'it("adds", () => expect(1 + 1).toBe(2))' > sum_test.js
    runner test sum_test.js`

// maxTestJobs is how many files are tested at the same time unless --jobs says so.
const maxTestJobs = 4

// testFlags are the flags of test.
type testFlags struct {
	grantFlags
	configFlags
	filter     pattern
	timeout    duration
	serialiser choice
	json       bool
	memory     memorySize
	sandbox    choice
	jobs       count
	output     choice
	verbose    bool
	coverage   string
	watch      bool
}

// pattern is a flag that is a regular expression.
type pattern struct{ value *regexp.Regexp }

func (p *pattern) String() string { return "" }
func (p *pattern) Type() string   { return "pattern" }
func (p *pattern) Set(s string) (err error) {
	p.value, err = regexp.Compile(s)
	var syntax interface{ Unwrap() error }
	if err != nil && !errors.As(err, &syntax) {
		err = errors.New("it is no regular expression: " + err.Error())
	}
	return err
}

func testCommand(status *int) *cobra.Command {
	f := new(testFlags)
	c := &cobra.Command{
		Use:     "test [flags] [FILE...]",
		Short:   "Run the tests of workers",
		Long:    testLong,
		Example: testExample,
		Annotations: map[string]string{afterHelp: `Exit status: 0 if all tests passed; 1 if some failed; 2 if there are none, or a
file of tests does not load; 130 after Ctrl-C, 143 after SIGTERM.`},
	}
	fs := c.Flags()
	grouped(fs, groupScript, func(fs *pflag.FlagSet) {
		fs.BoolVar(&f.watch, "watch", false, "run the tests anew when a file of theirs changes")
		fs.Var(&f.filter, "filter", "PATTERN: only tests whose full names match: those of the\ndescribes around and their own, with spaces between")
		f.serialiser = choice{choices: []string{"string", "json", "cbor", "msgpack"}}
		fs.Var(&f.serialiser, "serialiser", "NAME: of workers whose test names none: string (default),\njson, cbor or msgpack")
		fs.BoolVar(&f.json, "json", false, "the same as --serialiser json")
	})
	addConfigFlags(c, &f.configFlags)
	grouped(fs, groupLimits, func(fs *pflag.FlagSet) {
		f.timeout.value = scripttest.DefaultTimeout
		fs.Var(&f.timeout, "timeout", "D: for each test that has not its own (default 5s)")
		fs.Var(&f.memory, "memory", "SIZE: for each worker: bytes, or K, M, G (default no\nlimit)")
		f.sandbox = choice{choices: []string{string(host.SandboxStrict), string(host.SandboxBestEffort), string(host.SandboxOff)}}
		fs.Var(&f.sandbox, "sandbox", "MODE: protection by the kernel: strict (default on Linux),\nbest-effort or off")
		f.jobs = count{value: min(runtime.NumCPU(), maxTestJobs), max: maxJobs}
		fs.VarP(&f.jobs, "jobs", "j", "N: files at the same time (default as many as\nprocessors, 4 at most)")
	})
	addGrantFlags(fs, &f.grantFlags)
	grouped(fs, groupOutput, func(fs *pflag.FlagSet) {
		f.output = choice{value: "text", choices: []string{"text", "tap", "junit", "jsonl"}}
		fs.Var(&f.output, "output", "FORMAT: text (default), tap, junit or jsonl")
		fs.BoolVarP(&f.verbose, "verbose", "v", false, "name the tests that passed, too")
	})
	grouped(fs, groupOutput, func(fs *pflag.FlagSet) {
		fs.StringVar(&f.coverage, "coverage", "", "FILE: write which lines were run, as lcov has it\n(lcov.info without =), and a table of it with text")
		fs.Lookup("coverage").NoOptDefVal = coverageFile
	})
	completeFlags(c)
	c.RunE = func(c *cobra.Command, paths []string) (err error) {
		*status, err = f.run(c, paths)
		return err
	}
	return c
}

func testUsage(hint, format string, args ...any) error {
	return &usageError{message: fmt.Sprintf(format, args...), hint: hint, help: "runner test"}
}

// run runs the tests, and returns the exit status.
func (f *testFlags) run(c *cobra.Command, paths []string) (int, error) {
	if f.json && c.Flags().Changed("serialiser") && f.serialiser.value != "json" {
		return 0, testUsage("Leave one of them out", "--json and --serialiser %s are both given", f.serialiser.value)
	}
	files, err := discoverTests(paths)
	if err != nil {
		if u := (*usageError)(nil); errors.As(err, &u) && u.hint == "" && f.coverage == coverageFile {
			u.hint = "The file of --coverage goes behind a =, if that is one: --coverage=FILE"
		}
		return 0, err
	}
	f.clip()
	r := &testRun{testFlags: f, flags: c.Flags(), given: *f, out: &stream{file: os.Stdout}, log: &stream{file: os.Stderr}}
	ctx, stop := r.untilSignal()
	defer stop()
	if c.Flags().Changed("coverage") {
		if f.coverage == "" {
			return 0, testUsage("Name a file, or leave = out: then it is "+coverageFile, "--coverage= names no file")
		}
		if f.coverage == stdin {
			return 0, testUsage(dashHint, "--coverage=- names no file: standard output has what the tests say")
		}
		r.covered = new(scripttest.Coverage)
	}
	if f.watch {
		return r.watchAndRun(ctx, files, paths), nil
	}
	return r.once(ctx, files), nil
}

// discoverTests finds the files of tests.
func discoverTests(paths []string) ([]string, error) {
	for _, path := range paths {
		if path == "" {
			return nil, testUsage("", "the name of a file is empty")
		}
	}
	files, err := scripttest.Discover(paths...)
	switch {
	case errors.Is(err, scripttest.ErrNoTests):
		return nil, testUsage("They are called x_test.lua, x_test.js, x.test.ts and the like; others have to be named", "%v", err)
	case err != nil:
		name := "."
		if pe := (*os.PathError)(nil); errors.As(err, &pe) {
			name = pe.Path
		}
		return nil, testUsage(nearFile(name, err), "cannot read %s: %v", quoted(name), plainError(err))
	}
	return files, nil
}

// A testRun is one run of the command.
type testRun struct {
	*testFlags
	flags *pflag.FlagSet
	given testFlags // by the command line
	out   *stream
	// audits are those that are written, by their names.
	audits map[string]func(host.AuditRecord)
	noted  bool // what there is to note of settings
	// covered is nil without --coverage.
	covered *scripttest.Coverage
	signal  atomic.Int64 // the exit status of the first, or 0
	// seen is nil without --watch.
	seen *seenFiles

	mu  sync.Mutex // guards what follows
	log *stream
}

// A testedFile is what came of a file of tests.
type testedFile struct {
	name    string
	results []scripttest.Result
	err     error // why its tests could not be run
	cut     bool  // a signal came before they all had been
	time    time.Duration
	sources *sources
}

// once runs the tests of some files once, and returns the exit status.
func (r *testRun) once(ctx context.Context, files []string) int {
	begun := time.Now()
	settings, err := r.settle(files)
	if err != nil {
		return tellUsage(err)
	}
	report := r.newReporter()
	report.begin()
	done := make([]chan testedFile, len(files))
	for i := range done {
		done[i] = make(chan testedFile, 1)
	}
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(r.jobs.value, len(files)) {
		workers.Go(func() {
			for i := range next {
				done[i] <- r.file(ctx, files[i], settings[i])
			}
		})
	}
	go func() {
		for i := range files {
			next <- i
		}
		close(next)
	}()
	var sum testSummary
	for i := range files {
		tested := <-done[i]
		sum.add(tested)
		report.file(tested)
	}
	workers.Wait()
	sum.time = time.Since(begun)
	report.end(sum)
	if r.covered != nil {
		if err := r.writeCoverage(); err != nil {
			fmt.Fprintf(os.Stderr, "runner: cannot write the coverage to %s: %v\n", quoted(r.coverage), plainError(err))
			return max(r.status(ctx, sum), exitFailed)
		}
	}
	return r.status(ctx, sum)
}

func (r *testRun) status(ctx context.Context, sum testSummary) int {
	switch {
	case ctx.Err() != nil:
		return r.interrupted()
	case r.out.failed != nil:
		if errors.Is(r.out.failed, syscall.EPIPE) {
			return exitBrokenPipe
		}
		fmt.Fprintf(os.Stderr, "runner: cannot write the results: %v\n", plainError(r.out.failed))
		return exitFailed
	case sum.broken > 0:
		return exitUsage
	case sum.failed > 0:
		return exitFailed
	case sum.tests() == 0:
		if r.filter.value != nil {
			fmt.Fprintf(os.Stderr, "runner: no test matches --filter %s\n", quoted(r.filter.value.String()))
		} else {
			fmt.Fprintln(os.Stderr, "runner: there are no tests in these files: a test is it(name, function)")
		}
		return exitUsage
	}
	return exitOK
}

// file runs the tests of a file.
func (r *testRun) file(ctx context.Context, name string, set fileSettings) testedFile {
	begun := time.Now()
	src := newSources(name)
	onModule := src.add
	if r.seen != nil {
		onModule = func(paths []string) {
			src.add(paths)
			r.seen.add(name, paths)
		}
	}
	opts := &scripttest.Options{
		Root:       projectRoot(name),
		Grants:     set.grants,
		Sandbox:    set.sandbox,
		Timeout:    r.timeout.value,
		Filter:     r.filter.value,
		Serialiser: set.serialiser,
		Memory:     set.memory,
		Audit:      set.audit,
		Coverage:   r.covered,
		OnModule:   onModule,
		OnLog:      r.onLog,
	}
	results, err := scripttest.Run(ctx, name, opts)
	return testedFile{name: name, results: results, err: err, cut: err != nil && ctx.Err() != nil, time: time.Since(begun), sources: src}
}

// untilSignal returns a context that ends with the first Ctrl-C or SIGTERM. The next
// one ends this process.
func (r *testRun) untilSignal() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case sig := <-signals:
			signal.Stop(signals)
			r.signal.Store(int64(signalStatus(sig)))
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// interrupted tells of the signal, and returns the exit status.
func (r *testRun) interrupted() int {
	fmt.Fprintln(os.Stderr, "runner: interrupted")
	return int(r.signal.Load())
}

// onLog writes what a script has logged; those of several files come at the same
// time.
func (r *testRun) onLog(_ string, l host.LogRecord) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log.write(logLine(l))
}

func (f *testFlags) workerSerialiser() host.Serialiser {
	name := f.serialiser.value
	if name == "" && f.json {
		name = "json"
	}
	if name == "" {
		return host.String
	}
	return serialisersByName[name]
}

var serialisersByName = map[string]host.Serialiser{"string": host.String, "json": host.JSON, "cbor": host.CBOR, "msgpack": host.MsgPack}

// projectRoot is the folder whose files tests may load: the working directory, if
// the file is in it, or the file's own folder.
func projectRoot(file string) string {
	if filepath.IsLocal(file) {
		return "."
	}
	return filepath.Dir(file)
}
