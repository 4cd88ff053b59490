package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scripthost.example/host"
)

type checkFlags struct {
	language choice
	function string
	grantFlags
}

func checkCommand(status *int) *cobra.Command {
	f := new(checkFlags)
	c := &cobra.Command{
		Use:   "check [flags] FILE...",
		Short: "Load scripts, and call nothing",
		Long: `Loads each script in a worker of its own, as a run would, and says which
functions it has, or what keeps it from loading. FILE - is standard input.`,
		Example: `    echo 'function run(name) return name end' | runner check --lang lua -`,
		Annotations: map[string]string{afterHelp: `Exit status: 0 if all of them load and have the function; 2 otherwise; 3 if a
worker died.`},
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

// check loads one script, and returns the exit status.
func (f *checkFlags) check(file string) int {
	script, err := openScript(file, host.Language(f.language.value))
	if err != nil {
		fmt.Fprintf(os.Stderr, "runner: %v\n", err)
		return exitUsage
	}
	diag := newDiagnostics(os.Stderr, script.Name(), script)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	opts := host.Options{
		Function: f.function,
		Grants:   f.grants(),
		OnEvent:  func(host.Event) {},
		OnError:  diag.report,
		OnLog:    diag.log,
		Logger:   slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	if err := f.auditing(&opts, func(err error) {
		fmt.Fprintf(os.Stderr, "runner: %v\n", err)
		cancel()
	}); err != nil {
		fmt.Fprintf(os.Stderr, "runner: %v\n", err)
		return exitUsage
	}
	w, err := host.Start(ctx, script, &opts)
	if err != nil {
		diag.report(err)
		return startStatus(err)
	}
	functions := w.Functions()
	if err := w.Close(); err != nil { // which the callback has told of
		return startStatus(err)
	}
	fmt.Printf("%s: ok: %s\n", script.Name(), printable(strings.Join(functions, " ")))
	return exitOK
}
