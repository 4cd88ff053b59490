package main

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scripthost.example/host"
)

const replLong = `Reads what you type, runs it in a sandboxed worker, and shows what comes out:
Lua or JavaScript, with a script loaded (-s, or that of runner.toml) or, with
--lang, without one. An input that is not complete goes on in the next line. An
expression's value is shown; an error ends its input only. In JavaScript what is
typed may await.`

const replAfter = `On a terminal lines can be edited: Tab completes names, Up and Down find earlier
lines (kept in $XDG_STATE_HOME/runner, but for those that begin with a blank),
Ctrl-C interrupts what runs or drops what is typed, and Ctrl-D leaves.

` + replCommands + `

A worker that dies is replaced, and told of; what was defined in it is lost.

Exit status: 0 after a session on a terminal. Where standard input is none: 0 if
all inputs were run, 1 if one failed, 3 if a worker died; 2 usage, or the script
does not load; 130 after Ctrl-C and 143 after SIGTERM.`

const replCommands = `    :load FILE      a new worker with this script, in its language
    :reload         a new worker with the script as it is now
    :events         the last events; with off or on: whether they are shown
                    when they come
    :mem            the memory of the worker
    :help           this list
    :quit           leave, as Ctrl-D does`

// replFlags are the flags of repl, some of those of run.
type replFlags struct {
	runFlags
	settled *settlement
}

func replCommand(status *int) *cobra.Command {
	f := new(replFlags)
	c := &cobra.Command{
		Use:         "repl [-s FILE] [--lang LANG] [flags]",
		Short:       "Try things out, a line at a time",
		Long:        replLong,
		Example:     `    printf 'x = 6\nx * 7\n' | runner repl --lang lua`,
		Annotations: map[string]string{afterHelp: replAfter},
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			hint := ""
			if _, err := host.LanguageOf(args[0]); err == nil {
				hint = "Did you mean 'runner repl --script " + args[0] + "'?"
			}
			return &usageError{message: "repl takes no arguments, and was given " + quoted(args[0]), hint: hint, help: "runner repl"}
		},
	}
	fs := c.Flags()
	grouped(fs, groupScript, func(fs *pflag.FlagSet) {
		fs.StringVarP(&f.script, "script", "s", "", "FILE: load this worker first")
		f.language = languageChoice()
		fs.Var(&f.language, "lang", "LANG: lua, js or ts, where no script's name tells\n(ts is js here: types are not stripped from what is\ntyped)")
		fs.BoolVar(&f.async, "async", false, "the async mode, for a script that is written for it")
		addFixedFlags(fs, &f.runFlags)
	})
	addConfigFlags(c, &f.configFlags)
	addLimitFlags(fs, &f.runFlags)
	addGrantFlags(fs, &f.grantFlags)
	grouped(fs, groupOutput, func(fs *pflag.FlagSet) {
		fs.BoolVarP(&f.verbose, "verbose", "v", false, "tell on stderr what the runner does")
	})
	completeFlags(c)
	c.RunE = func(c *cobra.Command, _ []string) (err error) {
		*status, err = f.run(c.Flags())
		return err
	}
	return c
}

// run is the whole command. An error is one of usage.
func (f *replFlags) run(fs *pflag.FlagSet) (int, error) {
	// Who names a language, and no script, wants it without one.
	without := fs.Changed("lang") && !fs.Changed("script")
	skip := notForCommand("repl")
	c := settler{flags: fs, config: &f.configFlags, help: "runner repl",
		skip:   func(flag *pflag.Flag) bool { return skip(flag) || without && flag.Name == "script" },
		folder: func() string { return f.scriptFolder(false) }}
	var err error
	if f.settled, err = c.settle(); err != nil {
		return 0, err
	}
	f.settled.dropLanguage(&f.language, f.script, false)
	f.settled.tellNotes()
	script, err := f.openFirst(fs.Changed("script"))
	if err != nil {
		return 0, withHelp(err, "runner repl")
	}
	r := &repl{flags: f, file: f.script, script: script, showEvents: true}
	in, err := newReplInput(r)
	if err != nil {
		return 0, err
	}
	r.in = in
	defer in.close()
	return r.run()
}

// openFirst opens the script of the flags, or one that does nothing.
func (f *replFlags) openFirst(scriptGiven bool) (*host.Script, error) {
	language := host.Language(f.language.value)
	switch {
	case scriptGiven && f.script == stdin:
		return nil, usagef("The script has to be a file", "--script - cannot be: what is typed comes from standard input")
	case scriptGiven:
		return openScript(f.script, language)
	case language == "":
		return nil, &usageError{message: "there is no language", hint: sayLanguage + ", or name a script with --script FILE", help: "runner repl"}
	case language == host.TS:
		language = host.JS
	}
	return emptyScript(language)
}

// workerOptions are what a worker of the REPL is started with, without callbacks.
func (f *replFlags) workerOptions(language host.Language, stderr io.Writer) host.Options {
	level := slog.LevelWarn
	if f.verbose {
		level = slog.LevelInfo
	}
	f.function = replFunction
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	f.settled.tell(log)
	opts := f.options(log)
	f.settled.protect(&opts.Grants)
	opts.Serialiser = replSerialiser{language}
	opts.Limits.Drain = host.DefaultGrace // nothing is left to be finished
	return opts
}

// sizeText is a number of bytes as people read it.
func sizeText(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}
