package main

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"scripthost.example/host"
)

// Bounds of --jobs and --load.
const (
	maxJobs = 1024
	maxLoad = 1 << 16
)

// poolStart is how long a call waits for a worker before another one is started: a
// file of calls is not a load that may pass.
const poolStart = 10 * time.Millisecond

// maxMaxFailures is the bound of --max-failures.
const maxMaxFailures = math.MaxInt32

// jobFlags say how calls are made of which there are many.
type jobFlags struct {
	jobs, load  count
	idempotent  bool
	strict      bool
	maxFailures count
	resume      string
	progress    choice
}

// A count is a flag that takes a whole number from 1. 0 is none.
type count struct{ value, max int }

var _ pflag.Value = (*count)(nil)

func (c *count) String() string { return strconv.Itoa(c.value) }
func (c *count) Type() string   { return "number" }

func (c *count) Set(s string) error {
	v, err := strconv.Atoi(s)
	switch {
	case errors.Is(err, strconv.ErrSyntax):
		return errors.New("it is a whole number")
	case err != nil && s[0] != '-', v > c.max:
		return fmt.Errorf("it is at most %d", c.max)
	case v < 1:
		return errors.New("it is at least 1")
	}
	c.value = v
	return nil
}

func addJobFlags(fs *pflag.FlagSet, f *jobFlags) {
	f.jobs.max, f.load.max, f.maxFailures.max = maxJobs, maxLoad, maxMaxFailures
	grouped(fs, groupCalls, func(fs *pflag.FlagSet) {
		fs.VarP(&f.jobs, "jobs", "j", "N: up to N workers, as the calls need them (default 1)")
		fs.Var(&f.load, "load", "N: calls that a worker has at a time (default 2, with\n--timeout 1; async 64, or 1024 without --jobs)")
		fs.BoolVar(&f.idempotent, "idempotent", false, "calls may be run twice: one whose worker dies goes\nto another one, once")
		fs.Var(&f.maxFailures, "max-failures", "N: make no more calls once N have failed")
		fs.BoolVar(&f.strict, "strict", false, "end at the first line that is not a call, which is a\nfailed call without the flag")
		fs.StringVar(&f.resume, "resume", "", "FILE: a journal of the calls that were answered: those\nare not made again when a run is started anew")
	})
	grouped(fs, groupOutput, func(fs *pflag.FlagSet) {
		f.progress = choice{value: progressAuto, choices: []string{progressAuto, progressAlways, progressNever}}
		fs.Var(&f.progress, "progress", "WHEN: how far the calls are, on stderr, and a summary:\nauto (default: on a terminal, if they take a while),\nalways or never")
	})
}

// check refuses what makes no sense. given tells which flags there are.
func (f *jobFlags) check(calls string, given func(string) bool) error {
	for _, name := range []string{"load", "max-failures", "strict", "resume"} {
		if given(name) && calls == "" {
			return usagef("Leave it out, or name a file of calls with --calls FILE", "--%s is given without --calls: there is only one call", name)
		}
	}
	switch {
	case given("resume") && f.resume == "":
		return usagef("", "--resume is empty: it is the name of a file")
	case f.resume == stdin:
		return usagef(dashHint, "--resume - names no file: a journal is read and written")
	}
	return nil
}

// poolOptions are what the flags say of the workers.
func (f *runFlags) poolOptions(log *slog.Logger) host.PoolOptions {
	o := host.PoolOptions{Options: f.options(log), Max: max(1, f.jobs.value), Load: f.load.value, Start: poolStart}
	if o.Load == 0 {
		o.Load = f.defaultLoad()
	}
	switch {
	case f.eager():
		o.Idle = o.Max // they are there before there are calls for them
	case o.Max == 1:
		o.Idle = 1 // it keeps what its script has noted, however long no call comes
	}
	o.MaxOutstanding = max(o.Load, host.DefaultMaxOutstanding)
	o.Queue = max(o.Max*o.Load, host.DefaultPoolQueue)
	return o
}

// eager tells whether the time of a call that waits for a worker would run.
func (f *runFlags) eager() bool { return f.timeout.value > 0 }

// defaultLoad is how many calls a worker has at the same time.
func (f *runFlags) defaultLoad() int {
	switch {
	case f.async && f.jobs.value == 0:
		return host.DefaultMaxOutstanding
	case f.async:
		return host.DefaultAsyncLoad
	case f.eager(), f.trace.value != traceNone: // the time of a call that waits in a worker would run
		return 1
	default:
		return host.DefaultPoolLoad // one that runs, and one that is there when it ends
	}
}
