package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
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
  warning  what is probably a mistake: an event that is sent while the script
           loads, or a grant that nothing in the script can use

The files that the script loads are looked at, too. Types are not checked: that
is what editors and tsc do, with 'runner types'.`

type checkFlags struct {
	language choice
	function string
	async    bool
	strict   bool
	grantFlags
}

func checkCommand(status *int) *cobra.Command {
	f := new(checkFlags)
	c := &cobra.Command{
		Use:     "check [flags] FILE...",
		Short:   "Say what is wrong with scripts, and call nothing",
		Long:    checkLong,
		Example: `    echo 'function run(name) return name end' | runner check --lang lua -`,
		Annotations: map[string]string{afterHelp: `FILE - is standard input. Exit status: 0 if nothing is wrong, or no more than
warnings; 2 for errors, and with --strict for warnings; 3 if a worker died.`},
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{message: "check needs at least one FILE", help: "runner check"}
			}
			return nil
		},
	}
	grouped(c.Flags(), groupScript, func(fs *pflag.FlagSet) {
		addLanguageFlag(fs, &f.language)
		addFunctionFlag(fs, &f.function)
		fs.BoolVar(&f.async, "async", false, "they are for the async mode")
		fs.BoolVar(&f.strict, "strict", false, "take warnings for errors")
	})
	addGrantFlags(c.Flags(), &f.grantFlags)
	completeFlags(c)
	c.RunE = func(_ *cobra.Command, files []string) error {
		for _, file := range files {
			*status = max(*status, f.check(file))
		}
		return nil
	}
	return c
}

// check looks at one script, and returns the exit status.
func (f *checkFlags) check(file string) int {
	script, src, err := f.open(file)
	if err != nil {
		fmt.Fprintf(os.Stderr, "runner: %v\n", err)
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
	for _, grant := range report.Unused {
		fmt.Fprintf(os.Stderr, "%s: warning: --allow-%s is given, and nothing in the script can use it\n", printable(script.Name()), grant)
	}
	if report.Certain() || f.strict && len(report.Findings)+len(report.Unused) > 0 {
		return exitUsage
	}
	fmt.Fprintf(stdout, "%s: ok: %s\n", printable(script.Name()), printableLine(strings.Join(report.Functions, " ")))
	return exitOK
}

// open opens a script, and what its positions are about.
func (f *checkFlags) open(file string) (*host.Script, *sources, error) {
	language := host.Language(f.language.value)
	if file != stdin || language == "" {
		script, err := openScript(file, language)
		if err != nil {
			return nil, nil, err
		}
		return script, newSources(script), nil
	}
	text, err := io.ReadAll(io.LimitReader(os.Stdin, host.MaxScriptSize+1))
	if err != nil {
		return nil, nil, usagef("", "cannot read the script: %v", plainError(err))
	}
	script, err := readScript(stdinName, language, bytes.NewReader(text))
	if err != nil {
		return nil, nil, err
	}
	src := newSources(script)
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
	message := printable(r.position(script) + ": " + r.Message + "\n")
	if rest, ok := strings.CutPrefix(text, message); ok {
		return message + src.excerpt(host.StackFrame(r.place())) + rest
	}
	return text
}
