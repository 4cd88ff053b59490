package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scripthost.example/host"
)

const benchLong = `Makes one call of a script over and over, and tells how many a second there
were, how long they took, and how much memory the workers had. Without SCRIPT
that is the script of runner.toml. Flags may stand before or behind SCRIPT; ARGs
that look like flags go behind --.`

const benchAfter = `As many calls as the workers take at a time (--jobs times --load) are under way:
with more than one in each worker a call waits for the one before it, which
counts. The calls of the warm-up are not counted. What the runner itself takes
is in all numbers; other programs on the machine are, too.

Exit status: 0 all calls were answered; 1 a call failed; 2 usage, or the script
does not load; 3 a worker died; 130 after Ctrl-C, with the numbers so far.`

// Defaults of bench.
const (
	benchDuration = 5 * time.Second
	benchWarmUp   = time.Second
)

// maxBenchCalls is the bound of --calls.
const maxBenchCalls = math.MaxInt32

// A warmUp is a flag that takes a time from 0.
type warmUp struct{ value time.Duration }

var _ pflag.Value = (*warmUp)(nil)

func (w *warmUp) String() string { return w.value.String() }
func (w *warmUp) Type() string   { return "duration" }

func (w *warmUp) Set(s string) error {
	v, err := time.ParseDuration(s)
	switch {
	case err != nil:
		return errors.New("write it like 500ms or 2m")
	case v < 0:
		return errors.New("it must not be less than 0")
	}
	w.value = v
	return nil
}

// benchFlags are the flags of bench.
type benchFlags struct {
	runFlags
	calls    count
	duration duration
	warmUp   warmUp
	save     string
	compare  string
	profile  choice
	into     string
	output   choice
}

func benchCommand(status *int) *cobra.Command {
	f := new(benchFlags)
	c := &cobra.Command{
		Use:   "bench SCRIPT [ARG...] [flags]",
		Short: "Measure how fast a script is",
		Long:  benchLong,
		Example: `    echo 'function run(name) return "Hello, " .. name end' > hello.lua
    runner bench hello.lua Ada --calls 2000 --warm-up 0s --save before.json
    runner bench hello.lua Ada --calls 2000 --warm-up 0s --compare before.json`,
		Annotations: map[string]string{afterHelp: benchAfter},
		Args:        cobra.ArbitraryArgs,
	}
	f.add(c)
	c.RunE = func(c *cobra.Command, args []string) (err error) {
		*status, err = f.run(c, args)
		return err
	}
	return c
}

// add adds the flags: of those of run the ones that say something of one call.
func (f *benchFlags) add(c *cobra.Command) {
	grouped(c.Flags(), groupCalls, func(fs *pflag.FlagSet) {
		f.calls.max, f.warmUp.value = maxBenchCalls, benchWarmUp
		fs.Var(&f.calls, "calls", "N: make so many calls")
		fs.Var(&f.duration, "duration", "D: or make calls for so long (default 5s)")
		fs.Var(&f.warmUp, "warm-up", "D: make calls for so long before; 0s is not at all\n(default 1s)")
	})
	ofRun := new(cobra.Command)
	f.addCommon(ofRun)
	addJobFlags(ofRun.Flags(), &f.jobFlags)
	without := []string{"script", "calls", "output", "events", "verbose", "log-format", "audit", "idempotent", "max-failures", "strict", "resume", "progress"}
	ofRun.Flags().VisitAll(func(flag *pflag.Flag) {
		if !slices.Contains(without, flag.Name) {
			c.Flags().AddFlag(flag)
		}
	})
	grouped(c.Flags(), groupOutput, func(fs *pflag.FlagSet) {
		f.output = choice{value: "text", choices: []string{"text", "json"}}
		fs.Var(&f.output, "output", "FORMAT: text (default) or json")
		fs.StringVar(&f.save, "save", "", "FILE: write the numbers there, too, as JSON")
		fs.StringVar(&f.compare, "compare", "", "FILE: of an earlier --save, to compare with")
	})
	grouped(c.Flags(), groupDebug, func(fs *pflag.FlagSet) {
		f.profile = choice{choices: []string{string(host.ProfileCPU), string(host.ProfileHeap), string(host.ProfileScript)}}
		fs.Var(&f.profile, "profile", "KIND: have the worker make a profile: script, of its\nfunctions and lines, or cpu or heap, of its process")
		fs.StringVar(&f.into, "profile-file", "", "FILE: for 'go tool pprof' (default KIND.pprof)")
	})
	c.Flags().SortFlags = false
	completeFlags(c)
	c.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveDefault
		}
		return []string{"lua", "js", "cjs", "mjs", "ts"}, cobra.ShellCompDirectiveFilterFileExt
	}
}

func benchUsage(hint, format string, args ...any) error {
	return &usageError{message: fmt.Sprintf(format, args...), hint: hint, help: "runner bench"}
}

// run runs the benchmark. An error is one of usage.
func (f *benchFlags) run(c *cobra.Command, args []string) (status int, err error) {
	given := c.Flags().Changed
	inline, named := given("eval"), false
	flags := withScript(c.Flags(), &f.script)
	if !inline && len(args) > 0 {
		f.script, args, named = args[0], args[1:], true
	}
	settled, err := f.settleBench(flags, named)
	if err != nil {
		return 0, err
	}
	settled.tellNotes()
	switch {
	case given("calls") && given("duration"):
		return 0, benchUsage("Leave one of them out", "--calls and --duration are both given")
	case given("save") && f.save == "":
		return 0, benchUsage("", "--save is empty: it is the name of a file")
	case f.save != "" && !folderOf(f.save):
		return 0, benchUsage("", "--save %s: there is no such folder", quoted(f.save))
	case f.save == stdin:
		return 0, benchUsage("For the numbers on standard output as JSON: --output json", "--save - names no file")
	case given("profile") && f.jobs.value > 1:
		return 0, benchUsage("Leave --jobs out", "--profile is given with --jobs %d: a profile is of one worker", f.jobs.value)
	case given("profile-file") && !given("profile"):
		return 0, benchUsage("Add --profile script, cpu or heap", "--profile-file is given without --profile")
	case given("profile-file") && f.into == "":
		return 0, benchUsage("", "--profile-file is empty: it is the name of a file")
	case f.into == stdin:
		return 0, benchUsage(dashHint, "--profile-file - names no file: standard output has the numbers")
	case given("init-arg") && f.init == "":
		return 0, benchUsage("Add --init NAME", "--init-arg is given without --init")
	case f.function == "":
		return 0, benchUsage("", "--function is empty")
	case !inline && f.script == "":
		return 0, benchUsage("Name its file, or give its text with --eval SOURCE", "bench needs a SCRIPT")
	}
	if given("profile") && f.into == "" {
		f.into = f.profile.value + ".pprof"
	}
	if !given("duration") {
		f.duration.value = benchDuration
	}
	var before *benchResult
	if given("compare") {
		if before, err = readBench(f.compare); err != nil {
			return 0, err
		}
	}
	b := &bench{flags: f, calls: uint64(f.calls.value)}
	if b.script, err = f.open(!inline, inline); err != nil {
		return 0, withHelp(err, "runner bench")
	}
	b.diag = newDiagnostics(os.Stderr, b.script.Name(), sourceOf(b.script))
	b.opts = f.poolOptions(f.logger(os.Stderr))
	settled.protect(&b.opts.Grants)
	b.opts.Idle = b.opts.Max
	if b.opts.Serialiser, b.custom, err = f.benchSerialiser(b.script); err != nil {
		return 0, err
	}
	parse := argParser{json: f.json, octets: b.opts.Serialiser != host.JSON}
	if b.opts.InitArgs, err = parse.args(f.initArgs); err != nil {
		return 0, benchUsage("", "--init-arg: %v", err)
	}
	if b.args, err = parse.args(args); err != nil {
		return 0, benchUsage("", "%v", err)
	}
	status, result := b.run()
	if result == nil {
		return status, nil
	}
	if f.save != "" {
		if err := result.save(f.save); err != nil {
			b.diag.note(fmt.Sprintf("--save %s: %v", quoted(f.save), plainError(err)))
			status = max(status, exitFailed)
		}
	}
	if err := result.write(os.Stdout, f.output.value, before); err != nil {
		b.diag.note(fmt.Sprintf("cannot write the numbers: %v", plainError(err)))
		status = max(status, exitFailed)
	}
	return status, nil
}

// folderOf tells whether there is a folder for a file: that is told before what it is for
// has taken its time.
func folderOf(file string) bool {
	info, err := os.Stat(filepath.Dir(file))
	return err == nil && info.IsDir()
}

// settleBench completes the flags. A script that is named is not that of the settings.
func (f *benchFlags) settleBench(flags *pflag.FlagSet, named bool) (*settlement, error) {
	skip := notForCommand("bench")
	c := settler{flags: flags, config: &f.configFlags, help: "runner bench",
		skip:   func(flag *pflag.Flag) bool { return skip(flag) || named && flag.Name == "script" },
		folder: func() string { return f.scriptFolder(flags.Changed("eval")) }}
	s, err := c.settle()
	if err != nil {
		return nil, err
	}
	f.dropUnfit(flags, s)
	if flags.Changed("profile") && s.drop("jobs") {
		f.jobs.value = 0 // a profile is of one worker
	}
	return s, nil
}

func (f *benchFlags) benchSerialiser(script *host.Script) (host.Serialiser, *fileSerialiser, error) {
	builtIn, custom, err := f.openSerialiser(script)
	if custom != nil {
		return custom, custom, err
	}
	return builtIn, nil, err
}

// errNoCalls is what there is to tell of nothing.
var errNoCalls = errors.New("no call was made in the time that was measured")
