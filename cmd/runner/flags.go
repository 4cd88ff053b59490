package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scripthost.example/host"
)

// scriptFlags say what is run.
type scriptFlags struct {
	script, eval string
	language     choice
	function     string
}

// grantFlags say what the script may reach.
type grantFlags struct {
	allowRead, allowWrite, denyRead, denyWrite paths
	allowNet, denyNet, allowEnv, denyEnv       names
	modules                                    folders
	all                                        bool
	audit                                      string
}

// streamFlags say what the worker is, and how it is reached.
type streamFlags struct {
	exec  commandLine
	stdio bool
	wire  choice
}

// runFlags are the flags of run.
type runFlags struct {
	scriptFlags
	grantFlags
	streamFlags
	jobFlags
	configFlags
	watch      bool
	record     string
	trace      choice
	async      bool
	init       string
	initArgs   []string
	seed       seed
	clock      moment
	serialiser string
	json       bool
	calls      string
	timeout    duration
	memory     memorySize
	cpu        duration
	maxPayload payloadSize
	sandbox    choice
	events     choice
	output     choice
	verbose    bool
	logFormat  choice
	metrics    string
}

// Groups of flags, in the order of the help.
const (
	groupScript = "The script"
	groupCalls  = "Calls"
	groupLimits = "Limits"
	groupGrants = "Grants (none by default; all without =, several with commas; deny wins)"
	groupOutput = "Output"
	groupDebug  = "Finding mistakes"
	groupStream = "Workers that are other programs"
	groupParent = "The parent"
)

var groups = []string{groupParent, groupScript, groupCalls, groupLimits, groupGrants, groupOutput, groupDebug, groupStream}

// Annotations of a flag: its group, and what its value is called.
const (
	groupKey = "group"
	valueKey = "value"
)

// grouped notes the group of each flag that add adds. What stands before a colon
// in a flag's usage, in capitals, is what its value is called.
func grouped(fs *pflag.FlagSet, group string, add func(*pflag.FlagSet)) {
	g := pflag.NewFlagSet("", pflag.ContinueOnError)
	g.SortFlags, fs.SortFlags = false, false
	add(g)
	g.VisitAll(func(f *pflag.Flag) {
		f.Annotations = map[string][]string{groupKey: {group}}
		if value, usage, ok := strings.Cut(f.Usage, ": "); ok && value == strings.ToUpper(value) {
			f.Annotations[valueKey] = []string{value}
			f.Usage = usage
		}
		fs.AddFlag(f)
	})
}

// valueName is what the value of a flag is called.
func valueName(f *pflag.Flag) string {
	if v := f.Annotations[valueKey]; len(v) > 0 {
		return v[0]
	}
	return ""
}

func sandboxChoice() choice {
	return choice{choices: []string{string(host.SandboxStrict), string(host.SandboxBestEffort), string(host.SandboxOff)}}
}

func languageChoice() choice {
	return choice{choices: []string{string(host.Lua), string(host.JS), string(host.TS)}}
}

func addFunctionFlag(fs *pflag.FlagSet, name *string) {
	fs.StringVar(name, "function", host.DefaultFunction, "NAME: the function to call (default run); dots reach into\ntables and objects")
}

func addLanguageFlag(fs *pflag.FlagSet, language *choice) {
	*language = languageChoice()
	fs.Var(language, "lang", "LANG: lua, js or ts, where the file's name does not tell")
}

func addGrantFlags(fs *pflag.FlagSet, g *grantFlags) {
	grouped(fs, groupGrants, func(fs *pflag.FlagSet) {
		fs.Var(&g.allowRead, "allow-read", "PATH: read these files, and what is in these folders")
		fs.Var(&g.allowWrite, "allow-write", "PATH: write, make and remove these")
		fs.Var(&g.denyRead, "deny-read", "PATH: but do not read these")
		fs.Var(&g.denyWrite, "deny-write", "PATH: but do not write these")
		fs.VisitAll(func(f *pflag.Flag) { f.NoOptDefVal = everything })
		g.allowNet.check, g.denyNet.check = checkHost, checkHost
		g.allowEnv.check, g.denyEnv.check = checkVariable, checkVariable
		for _, f := range []struct {
			list        *names
			name, usage string
		}{
			{&g.allowNet, "allow-net", "HOST: make requests to these: example.com:443,\n*.example.com, 10.0.0.0/8, localhost; * (or none) is\nall but loopback, private and such addresses"},
			{&g.allowEnv, "allow-env", "NAME: read these variables; AWS_* is all that begin so"},
			{&g.denyNet, "deny-net", "HOST: but make no requests to these"},
			{&g.denyEnv, "deny-env", "NAME: but do not read these"},
		} {
			fs.Var(f.list, f.name, f.usage)
			fs.Lookup(f.name).NoOptDefVal = everyName
		}
		fs.Var(&g.modules, "module-path", "DIR: require files of this folder too, beside those of\nthe script's own; can be repeated")
		fs.BoolVarP(&g.all, "allow-all", "A", false, "allow all that can be allowed without a value")
		fs.Var((*nonEmpty)(&g.audit), "audit", "FILE: add a line of JSON for each use and each refusal\n(- is stderr); 'runner grants' makes flags of it")
	})
}

func wireChoice() choice {
	return choice{value: string(host.Extended), choices: []string{string(host.Extended), string(host.Classic)}}
}

func addStreamFlags(fs *pflag.FlagSet, f *streamFlags) {
	f.wire = wireChoice()
	grouped(fs, groupStream, func(fs *pflag.FlagSet) {
		fs.Var(&f.exec, "exec", "CMD: start this as the worker: words as in a shell, but\nnothing is expanded. Its stream is its descriptor 3")
		fs.BoolVar(&f.stdio, "stdio", false, "or its standard input and output")
		fs.Var(&f.wire, "wire", "DIALECT: that it speaks: extended (default) or classic;\na classic worker has its script already")
	})
}

// add adds the flags of run to a command.
func (f *runFlags) add(cmd *cobra.Command) {
	f.addCommon(cmd)
	addJobFlags(cmd.Flags(), &f.jobFlags)
	grouped(cmd.Flags(), groupScript, func(fs *pflag.FlagSet) {
		fs.BoolVar(&f.watch, "watch", false, "go on with the new version when a file of it\nchanges; a call of ARGs is then made again")
	})
	grouped(cmd.Flags(), groupOutput, func(fs *pflag.FlagSet) {
		fs.Var((*nonEmpty)(&f.metrics), "metrics", "HOST:PORT: answer HTTP requests of Prometheus there, for\n/metrics; port 0 is one that is free")
	})
	addDebugFlags(cmd.Flags(), f)
	addStreamFlags(cmd.Flags(), &f.streamFlags)
	completeFlags(cmd)
}

// addDebugFlags adds the flags that say what is kept and told of what a script does.
func addDebugFlags(fs *pflag.FlagSet, f *runFlags) {
	grouped(fs, groupDebug, func(fs *pflag.FlagSet) {
		fs.StringVar(&f.record, "record", "", "FILE: keep all that the script is given, for\n'runner replay'")
		addTraceFlag(fs, &f.trace)
	})
}

func addTraceFlag(fs *pflag.FlagSet, trace *choice) {
	*trace = choice{choices: []string{traceCalls, traceLines}}
	fs.Var(trace, "trace", "WHAT: tell on stderr of calls: each with its arguments,\nevents, what it asks of the parent, its results, and\nhow long that took; or of lines: each that is run,\nand all that, too")
}

// addCommon adds those flags of run that the command child has too.
func (f *runFlags) addCommon(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.SetInterspersed(false) // what follows the first argument is the script's
	grouped(fs, groupScript, func(fs *pflag.FlagSet) {
		fs.StringVarP(&f.script, "script", "s", "", "FILE: the worker: .lua, .js, .cjs, .mjs, .ts and the\nlike; - is standard input")
		fs.StringVarP(&f.eval, "eval", "e", "", "SOURCE: the worker's text (with --lang)")
		addLanguageFlag(fs, &f.language)
		addFunctionFlag(fs, &f.function)
		fs.BoolVar(&f.async, "async", false, "all calls at the same time, answered with done()")
		fs.Var((*nonEmpty)(&f.init), "init", "NAME: a function to call first, once")
		fs.StringArrayVar(&f.initArgs, "init-arg", nil, "V: an argument for it; can be repeated")
		addFixedFlags(fs, f)
	})
	addConfigFlags(cmd, &f.configFlags)
	grouped(fs, groupCalls, func(fs *pflag.FlagSet) {
		fs.BoolVar(&f.json, "json", false, "each ARG is a JSON value, and so is each result")
		fs.Var((*nonEmpty)(&f.serialiser), "serialiser", "NAME: string, json, cbor, msgpack, or a file with a custom\none (default string; json with --json)")
		fs.Var((*nonEmpty)(&f.calls), "calls", "FILE: make a call of each line: values separated by tabs,\na JSON array with --json; - is standard input")
	})
	addLimitFlags(fs, f)
	addGrantFlags(fs, &f.grantFlags)
	grouped(fs, groupOutput, func(fs *pflag.FlagSet) {
		f.output = choice{value: "text", choices: []string{"text", "jsonl"}}
		f.events = choice{choices: []string{"stderr", "stdout", "none"}}
		f.logFormat = choice{value: "text", choices: []string{"text", "json"}}
		fs.Var(&f.output, "output", "FORMAT: text, a line a call, in their order (default), or\njsonl, a line for all that happens, when it does")
		fs.Var(&f.events, "events", "WHERE: stderr, stdout or none (default stderr; stdout\nwith jsonl)")
		fs.BoolVarP(&f.verbose, "verbose", "v", false, "tell on stderr what the runner does")
		fs.Var(&f.logFormat, "log-format", "FORMAT: of that: text (default) or json")
	})
}

// addFixedFlags adds what makes runs reproducible.
func addFixedFlags(fs *pflag.FlagSet, f *runFlags) {
	fs.Var(&f.seed, "seed", "N: fix the random numbers, and random ids and octets:\nN gives the same every time, and who knows it can\nforetell them")
	fs.Var(&f.clock, "clock", "TIME: fix the clock, and the zone (UTC): each call begins\nat TIME, like 2024-02-29T12:30:00Z, and goes on with\nits timers only")
}

// addLimitFlags adds the limits and the protections of a worker.
func addLimitFlags(fs *pflag.FlagSet, f *runFlags) {
	grouped(fs, groupLimits, func(fs *pflag.FlagSet) {
		f.sandbox = sandboxChoice()
		fs.Var(&f.sandbox, "sandbox", "MODE: protection by the kernel: strict (default on Linux),\nbest-effort or off")
		fs.Var(&f.timeout, "timeout", "D: for each call, like 500ms or 2m (default none)")
		fs.Var(&f.memory, "memory", "SIZE: that the script may use: bytes, or K, M, G (at least\n8M; default no limit)")
		fs.Var(&f.cpu, "cpu", "D: of processor time, in the worker's whole life\n(default no limit)")
		fs.Var(&f.maxPayload, "max-payload", "SIZE: for the values of one call or result: bytes, or\nK, M, G (default 64M)")
	})
}

// completeFlags tells shells what the values of flags can be.
func completeFlags(cmd *cobra.Command) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		var words []string
		switch v := f.Value.(type) {
		case *choice:
			words = v.choices
		case *count, *duration, *warmUp, *memorySize, *payloadSize, *seed, *moment:
			words = []string{} // and no names of files
		}
		if f.Name == "serialiser" {
			words = builtInSerialisers
		}
		if words == nil {
			return
		}
		directive := cobra.ShellCompDirectiveNoFileComp
		if f.Name == "serialiser" {
			directive = cobra.ShellCompDirectiveDefault
		}
		// It fails only for flags that are not there, or were registered before.
		_ = cmd.RegisterFlagCompletionFunc(f.Name, cobra.FixedCompletions(words, directive))
	})
	if cmd.Flags().Lookup("module-path") != nil {
		_ = cmd.MarkFlagDirname("module-path")
	}
	if cmd.Flags().Lookup("script") != nil {
		_ = cmd.MarkFlagFilename("script", "lua", "js", "cjs", "mjs", "ts", "mts", "cts", "tsx", "jsx")
	}
}

// clip has what is added to a copy of the flags not be seen in another one.
func (g *grantFlags) clip() {
	for _, list := range []*[]string{
		&g.allowRead.value, &g.allowWrite.value, &g.denyRead.value, &g.denyWrite.value,
		&g.allowNet.value, &g.denyNet.value, &g.allowEnv.value, &g.denyEnv.value, &g.modules.value,
	} {
		*list = slices.Clip(*list)
	}
}

// grants are what the flags grant.
func (g *grantFlags) grants() host.Grants {
	r := host.Grants{
		Read: g.allowRead.value, Write: g.allowWrite.value,
		DenyRead: g.denyRead.value, DenyWrite: g.denyWrite.value,
		Net: g.allowNet.value, DenyNet: g.denyNet.value,
		Env: g.allowEnv.value, DenyEnv: g.denyEnv.value,
		Modules: g.modules.value,
	}
	if g.all {
		r.Read, r.Write = append(r.Read, everything), append(r.Write, everything)
		r.Net, r.Env = append(r.Net, everyName), append(r.Env, everyName)
	}
	if path := g.auditPath(); path != "" {
		r.DenyWrite = append(r.DenyWrite, path) // what is told of a script is not the script's
	}
	return r
}
