package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scripthost.example/child/sandbox"
	"scripthost.example/host"
)

const doctorLong = `Tells which protections this machine offers and which of them are in force for a
worker: one is started, and asked. Says how to get what is missing, and which
limits would suit this machine.

It is about workers that are this program, on this machine. What --exec starts
elsewhere is not asked: run doctor there, such as 'ssh box runner doctor'.`

const doctorAfter = `The JSON is one object; in later versions it may have more members.
  runner, go, os, arch, kernel   versions; "" where one is not known
  cores, memory                  what this process may use; bytes; 0: not known
  root                           it is run by the superuser
  strict                         a worker starts with --sandbox strict
  programs                       what workers are: lua, js; "" is runner itself
  notes                          why what is beside runner is not
  sandbox                        mode of the worker that was asked: strict, or
                                 else best-effort; "" if none starts
  error                          why none starts in strict mode; "" if one does
  protections                    in the order in which they are put in force:
    name                         as in docs/SECURITY.md
    offered, in_force            by this machine; for the worker
    detail                       more about it, or why it is not offered
    hint                         how to get it; "" if it is in force
  suggested                      limits: timeout, memory, cpu as the flags take
                                 them, and flags, the words of a command line

Exit status: 0 if a worker starts with --sandbox strict; 2 otherwise.`

func doctorCommand(status *int) *cobra.Command {
	format := choice{value: "text", choices: []string{"text", "json"}}
	c := &cobra.Command{
		Use:         "doctor [--output FORMAT]",
		Short:       "Which protections this machine has for workers",
		Long:        doctorLong,
		Example:     `    runner doctor --output json`,
		Annotations: map[string]string{afterHelp: doctorAfter},
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &usageError{message: "doctor takes no arguments: " + quoted(args[0]), help: "runner doctor"}
			}
			return nil
		},
	}
	grouped(c.Flags(), groupOutput, func(fs *pflag.FlagSet) {
		fs.Var(&format, "output", "FORMAT: text (default), or json")
	})
	completeFlags(c)
	c.RunE = func(*cobra.Command, []string) error {
		defer endOnSignal()()
		d := examine(thisMachine(), sandbox.Probe(), askWorker)
		d.Programs = programs{Lua: lean().paths[host.Lua], JS: lean().paths[host.JS]}
		d.Notes = append(d.Notes, lean().notes...)
		if !d.Strict {
			*status = exitUsage
		}
		write := d.writeText
		if format.value == "json" {
			write = d.writeJSON
		}
		if err := write(os.Stdout); err != nil {
			fmt.Fprintf(os.Stderr, "runner: cannot write what was found: %v\n", plainError(err))
			*status = max(*status, exitFailed)
		}
		return nil
	}
	return c
}

// A diagnosis is what doctor found.
type diagnosis struct {
	machine
	Programs    programs     `json:"programs"`
	Notes       []string     `json:"notes"`
	Strict      bool         `json:"strict"`
	Sandbox     host.Sandbox `json:"sandbox"`
	Error       string       `json:"error"`
	Protections []protection `json:"protections"`
	Suggested   suggestion   `json:"suggested"`
}

// programs are the executables that workers are, by language; "" is this program.
type programs struct {
	Lua string `json:"lua"`
	JS  string `json:"js"`
}

// A protection is a layer of the sandbox, as a machine offers it and as a worker
// has it.
type protection struct {
	Name    string `json:"name"`
	Offered bool   `json:"offered"`
	InForce bool   `json:"in_force"`
	Detail  string `json:"detail"`
	Hint    string `json:"hint"`
}

// examine finds out what a machine has. ask starts a worker and returns the
// names of the protections in force for it.
func examine(m machine, offers []sandbox.Layer, ask func(host.Sandbox, host.Limits) ([]string, error)) *diagnosis {
	d := &diagnosis{machine: m, Notes: []string{}, Suggested: suggest(m)}
	inForce := make(map[string]bool)
	var failures []error
	for _, mode := range []host.Sandbox{host.SandboxStrict, host.SandboxBestEffort} {
		names, err := ask(mode, d.Suggested.limits())
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", mode, err))
			continue
		}
		d.Strict, d.Sandbox = mode == host.SandboxStrict, mode
		for _, name := range names {
			inForce[name] = true
		}
		break
	}
	if err := errors.Join(failures...); err != nil {
		d.Error = err.Error()
	}
	for _, l := range offers {
		p := protection{Name: l.Name, Offered: l.Available, InForce: inForce[l.Name], Detail: l.Detail}
		if !p.InForce {
			p.Hint = l.Hint
		}
		d.Protections = append(d.Protections, p)
	}
	return d
}

// askWorker starts a worker of this program with these limits, so that the
// protections that stand for them are wanted too.
func askWorker(mode host.Sandbox, limits host.Limits) ([]string, error) {
	script, err := host.Inline(host.Lua, "function run() end")
	if err != nil {
		return nil, err
	}
	w, err := host.Start(context.Background(), script, &host.Options{
		Worker:  leanWorker(script),
		Sandbox: mode,
		Limits:  limits,
		OnEvent: func(host.Event) {},
		OnError: func(error) {}, // Close returns it
		OnLog:   func(host.LogRecord) {},
		Logger:  slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		return nil, err
	}
	names := w.Protections()
	if err := w.Close(); err != nil {
		return nil, err
	}
	return names, nil
}
