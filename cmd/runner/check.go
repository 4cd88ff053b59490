package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scripthost.example/host"
	"scripthost.example/host/check"
)

const checkLong = `Loads each script in a worker of its own, as a run would, and calls nothing. It
says which functions the script has, or what is wrong with it:

  error    it does not load; it lacks the function; or the function cannot
           answer: it calls a done in the sync mode, or none in the async mode
  warning  what is probably a mistake: a name that nothing defines, an event
           that is sent while the script loads, or a grant that nothing in the
           script can use

The files that the script loads are looked at, too. Types are not checked: that
is what editors and tsc do, with 'runner types'.`

type checkFlags struct {
	scriptFlags
	async  bool
	strict bool
	grantFlags
	configFlags
}

func checkCommand(status *int) *cobra.Command {
	f := new(checkFlags)
	c := &cobra.Command{
		Use:     "check [flags] [FILE...]",
		Short:   "Say what is wrong with scripts, and call nothing",
		Long:    checkLong,
		Example: `    echo 'function run(name) return name end' | runner check --lang lua -`,
		Annotations: map[string]string{afterHelp: `FILE - is standard input; without FILE the script of runner.toml is checked. For
each FILE the settings are those of its folder: 'runner config --for check'.

Exit status: 0 if nothing is wrong, or no more than warnings; 2 for errors, and
with --strict for warnings; 3 if a worker died; 130 after Ctrl-C, 143 after
SIGTERM.`},
	}
	grouped(c.Flags(), groupScript, func(fs *pflag.FlagSet) {
		fs.StringVarP(&f.eval, "eval", "e", "", "SOURCE: check this text (with --lang)")
		addLanguageFlag(fs, &f.language)
		addFunctionFlag(fs, &f.function)
		fs.BoolVar(&f.async, "async", false, "they are for the async mode")
		fs.BoolVar(&f.strict, "strict", false, "take warnings for errors")
	})
	addConfigFlags(c, &f.configFlags)
	addGrantFlags(c.Flags(), &f.grantFlags)
	completeFlags(c)
	c.RunE = func(c *cobra.Command, files []string) (err error) {
		*status, err = f.run(c, files)
		return err
	}
	return c
}

func checkUsage(hint, format string, args ...any) error {
	return &usageError{message: fmt.Sprintf(format, args...), hint: hint, help: "runner check"}
}

// run looks at all scripts, each with the settings of its folder.
func (f *checkFlags) run(c *cobra.Command, files []string) (status int, err error) {
	defer endOnSignal()()
	inline := c.Flags().Changed("eval")
	switch {
	case inline && len(files) > 0:
		return 0, checkUsage("Leave one of them out", "a FILE and --eval are both given: %s", quoted(files[0]))
	case slices.Contains(files, ""):
		return 0, checkUsage("", "the name of a script is empty")
	case len(files) == 0:
		files = []string{""} // the text, or the script of the settings
	}
	flags := withScript(c.Flags(), &f.script)
	f.clip()
	given := *f
	for i, file := range files {
		*f = given
		f.script = file
		settled, err := f.settle(flags, inline)
		if err != nil {
			return status, err
		}
		if i == 0 {
			settled.tellNotes()
		}
		switch {
		case inline && f.language.value == "":
			return status, checkUsage(sayLanguage, "--eval needs the language of its source")
		case !inline && f.script == "":
			return status, checkUsage("Name one, give a text with --eval SOURCE, or have "+settingsName+" name the script", "check needs at least one FILE")
		}
		status = max(status, f.check(settled, inline))
	}
	return status, nil
}

// settle completes the flags for one script.
func (f *checkFlags) settle(flags *pflag.FlagSet, inline bool) (*settlement, error) {
	skip := notForCommand("check")
	named := f.script != ""
	c := settler{flags: flags, config: &f.configFlags, help: "runner check",
		skip:   func(flag *pflag.Flag) bool { return skip(flag) || named && flag.Name == "script" },
		folder: func() string { return f.scriptFolder(inline) }}
	s, err := c.settle()
	if err == nil {
		s.dropLanguage(&f.language, f.script, inline)
	}
	return s, err
}

// check looks at one script, and returns the exit status.
func (f *checkFlags) check(settled *settlement, inline bool) int {
	script, src, err := f.open(inline)
	if err != nil {
		fmt.Fprintf(os.Stderr, "runner: %v\n", err)
		if usage := (*usageError)(nil); errors.As(err, &usage) && usage.hint != "" {
			fmt.Fprintln(os.Stderr, usage.hint)
		}
		return exitUsage
	}
	diag := newDiagnostics(os.Stderr, script.Name(), script)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	opts := host.Options{
		Function: f.function,
		Worker:   leanWorker(script),
		Async:    f.async,
		Grants:   f.grants(),
		OnEvent:  func(host.Event) {},
		OnError:  diag.report,
		OnLog:    diag.log,
		OnModule: src.add,
		Logger:   slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	settled.protect(&opts.Grants)
	if err := f.auditing(&opts, func(err error) {
		fmt.Fprintf(os.Stderr, "runner: %v\n", err)
		cancel()
	}); err != nil {
		fmt.Fprintf(os.Stderr, "runner: %v\n", err)
		return exitUsage
	}
	report, err := check.Script(ctx, script, &opts)
	if report == nil {
		diag.out.write([]byte(newReport(err).textWith(src, script.Name())))
		return startStatus(err)
	}
	if err != nil { // of the end, which the callback has told of
		return startStatus(err)
	}
	for _, finding := range report.Findings {
		diag.out.write([]byte(findingText(finding, src)))
	}
	unused := 0
	for _, grant := range report.Unused {
		if from := settled.grantedBy("allow-"+grant, f.script); from != "" {
			unused++
			fmt.Fprintf(os.Stderr, "%s: warning: %s is given, and nothing in the script can use it\n", printable(script.Name()), printable(from))
		}
	}
	if report.Certain() || f.strict && len(report.Findings)+unused > 0 {
		return exitUsage
	}
	fmt.Fprintf(stdout, "%s: ok: %s\n", printable(script.Name()), printableLine(strings.Join(report.Functions, " ")))
	return exitOK
}

// open opens the script, and what its positions are about.
func (f *checkFlags) open(inline bool) (*host.Script, *sources, error) {
	language := host.Language(f.language.value)
	name, text := evalName, []byte(f.eval)
	switch {
	case inline:
	case f.script == stdin && language != "":
		var err error
		if text, err = io.ReadAll(io.LimitReader(os.Stdin, host.MaxScriptSize+1)); err != nil {
			return nil, nil, usagef("", "cannot read the script: %v", plainError(err))
		}
		name = stdinName
	default:
		script, err := openScript(f.script, language)
		if err != nil {
			return nil, nil, err
		}
		return script, newSources(script.Name()), nil
	}
	script, err := readScript(name, language, bytes.NewReader(text))
	if err != nil {
		return nil, nil, err
	}
	src := newSources(script.Name())
	src.hold(script.Name(), text)
	return script, src, nil
}

// findingText is a finding as people read it.
func findingText(f check.Finding, src *sources) string {
	kind := "warning"
	if f.Certain {
		kind = "error"
	}
	return printable(f.At.String()+": "+kind+": "+inFlags(f.Message)) + "\n" + src.excerpt(f.At)
}

// textWith is the error as people read it, with the line that it is about.
func (r *report) textWith(src *sources, script string) string {
	text := r.text(script, true)
	if strings.Contains(r.Message, bundlerFrame) {
		return text // the bundler shows it itself
	}
	message := printable(r.position(script) + ": " + r.Message + "\n")
	if rest, ok := strings.CutPrefix(text, message); ok {
		return message + src.excerpt(host.StackFrame(r.place())) + rest
	}
	return text
}
