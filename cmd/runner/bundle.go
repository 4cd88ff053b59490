package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scripthost.example/host"
)

const bundleLong = `Makes one JavaScript file of a worker in TypeScript, or of ES modules, and of
all that it imports, packages of npm included. The file is a worker by itself:
it needs no other, and nothing has to be bundled where it is run. At its end is
a source map, so that errors are told with the places of the files that it was
made of. Nothing of the script is run.

What is imported is looked for beside the script, and in the folders of
--module-path. A run does all this by itself: bundles are for places that do not
have the files.`

type bundleFlags struct {
	scriptFlags
	grantFlags
	configFlags
	out string
}

func bundleCommand(status *int) *cobra.Command {
	f := new(bundleFlags)
	c := &cobra.Command{
		Use:     "bundle [flags] [FILE]",
		Short:   "Make one file of a worker in TypeScript",
		Long:    bundleLong,
		Example: `    echo 'export const run = (n: number) => n + 1' | runner bundle --lang ts -`,
		Annotations: map[string]string{afterHelp: `FILE - is standard input; without FILE the script of runner.toml is bundled.

Exit status: 0; 2 if it cannot be bundled; 3 if the worker that bundles died;
130 after Ctrl-C, 143 after SIGTERM.`},
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) > 1:
				return bundleUsage("The files that it imports are found by themselves", "bundle takes one FILE, and was given %s, too", quoted(args[1]))
			case len(args) == 1 && args[0] == "":
				return bundleUsage("", "the name of the script is empty")
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"ts", "tsx", "mts", "cts", "mjs", "jsx"}, cobra.ShellCompDirectiveFilterFileExt
		},
	}
	grouped(c.Flags(), groupScript, func(fs *pflag.FlagSet) {
		addLanguageFlag(fs, &f.language)
		fs.Var(&f.modules, "module-path", "DIR: import from this folder too, beside that of the\nscript; can be repeated")
		fs.Var(&f.denyRead, "deny-read", "PATH: but from none of these")
	})
	addConfigFlags(c, &f.configFlags)
	grouped(c.Flags(), groupOutput, func(fs *pflag.FlagSet) {
		fs.StringVarP(&f.out, "out", "o", stdin, "FILE: write it there (default standard output)")
	})
	completeFlags(c)
	c.RunE = func(c *cobra.Command, args []string) (err error) {
		*status, err = f.run(c, args)
		return err
	}
	return c
}

func bundleUsage(hint, format string, args ...any) error {
	return &usageError{message: fmt.Sprintf(format, args...), hint: hint, help: "runner bundle"}
}

func (f *bundleFlags) run(c *cobra.Command, args []string) (status int, err error) {
	defer endOnSignal()()
	flags := withScript(c.Flags(), &f.script)
	if len(args) == 1 {
		f.script = args[0]
	}
	settled, err := f.settle(flags)
	if err != nil {
		return 0, err
	}
	settled.tellNotes()
	if f.script == "" {
		return 0, bundleUsage("Name it, or have "+settingsName+" name the script", "bundle needs a FILE")
	}
	script, err := openScript(f.script, host.Language(f.language.value))
	if err != nil {
		return 0, withHelp(err, "runner bundle")
	}
	switch script.Language() {
	case host.Lua:
		return 0, bundleUsage("What it requires is read from its folder; 'runner push' takes it all to other machines", "%s is in Lua, which is not bundled", printable(script.Name()))
	case host.JS:
		return 0, bundleUsage("If it has import or export statements, add --lang ts", "%s is run as it is: there is nothing to bundle", printable(script.Name()))
	}
	if f.out == "" || f.out != stdin && sameFile(f.out, f.script) {
		return 0, bundleUsage("Name another file", "--out %s is the script itself, or no name", quoted(f.out))
	}
	return f.bundle(script, settled)
}

// settle completes the flags.
func (f *bundleFlags) settle(flags *pflag.FlagSet) (*settlement, error) {
	named := f.script != ""
	c := settler{flags: flags, config: &f.configFlags, help: "runner bundle",
		skip:   func(flag *pflag.Flag) bool { return named && flag.Name == "script" },
		folder: func() string { return f.scriptFolder(false) }}
	s, err := c.settle()
	if err == nil {
		s.dropLanguage(&f.language, f.script, false)
	}
	return s, err
}

// bundle bundles the script, writes what comes of it, and returns the exit status.
func (f *bundleFlags) bundle(script *host.Script, settled *settlement) (int, error) {
	src, out := newSources(script.Name()), newOutFile(f.out)
	opts := host.Options{
		Grants: f.grants(),
		OnModule: func(paths []string) {
			src.add(paths)
			out.madeOf(paths)
		},
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	settled.protect(&opts.Grants)
	made, warnings, err := script.Bundle(context.Background(), &opts)
	if err != nil {
		fmt.Fprint(os.Stderr, newReport(err).textWith(src, script.Name()))
		return startStatus(err), nil
	}
	for _, warning := range warnings {
		fmt.Fprintln(os.Stderr, "runner: warning: "+printable(warning))
	}
	if f.out == stdin {
		fmt.Fprint(stdout, made.Source())
		return exitOK, nil
	}
	if out.source.Load() {
		return 0, bundleUsage("Name another file", "--out %s is a file that the script imports", quoted(f.out))
	}
	if err := out.write(made.Source()); err != nil {
		return 0, bundleUsage("", "cannot write %s: %v", printable(f.out), plainError(err))
	}
	return exitOK, nil
}

// sameFile tells whether two paths lead to one file.
func sameFile(a, b string) bool {
	x, err1 := os.Stat(a)
	y, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}
