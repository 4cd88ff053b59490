package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// A usageError is a command line that cannot be carried out.
type usageError struct {
	message string
	hint    string // what to do instead; may be empty
	help    string // the command whose help tells more
}

func (e *usageError) Error() string { return e.message }

// usagef makes a usage error. The hint is what to do instead, or empty.
func usagef(hint, format string, args ...any) error {
	return &usageError{message: fmt.Sprintf(format, args...), hint: hint, help: "runner"}
}

// withHelp has a usage error that names the help of run name that of another command.
func withHelp(err error, help string) error {
	if usage := (*usageError)(nil); errors.As(err, &usage) && usage.help == "runner" {
		usage.help = help
	}
	return err
}

// text is what the user sees.
func (e *usageError) text(c palette) string {
	lines := []string{c.bold("runner: ") + printable(e.message)} // names may be anything
	if e.hint != "" {
		lines = append(lines, e.hint)
	}
	return strings.Join(append(lines, "'"+e.help+" --help' tells more", ""), "\n")
}

// flagError makes a usage error of what pflag has to say.
func flagError(cmd *cobra.Command, err error) error {
	e := &usageError{message: err.Error(), help: helpName(cmd)}
	var (
		unknown  *pflag.NotExistError
		required *pflag.ValueRequiredError
		invalid  *pflag.InvalidValueError
		syntax   *pflag.InvalidSyntaxError
	)
	switch {
	case errors.As(err, &unknown):
		e.message, e.hint = unknownFlag(cmd, unknown)
	case errors.As(err, &required):
		f := required.GetFlag()
		e.message = fmt.Sprintf("--%s needs a value: --%[1]s %s", f.Name, valueName(f))
	case errors.As(err, &invalid) && invalid.GetFlag().Value.Type() == "bool":
		e.message = fmt.Sprintf("--%s takes no value", invalid.GetFlag().Name)
	case errors.As(err, &invalid) && invalid.GetFlag().Value.Type() == "int":
		e.message = fmt.Sprintf("--%s %s: it is a whole number", invalid.GetFlag().Name, quoted(invalid.GetValue()))
	case errors.As(err, &invalid):
		e.message = fmt.Sprintf("--%s %s: %v", invalid.GetFlag().Name, quoted(invalid.GetValue()), invalid.Unwrap())
		if invalid.GetFlag().NoOptDefVal != "" {
			e.message = fmt.Sprintf("--%s=%s: %v", invalid.GetFlag().Name, invalid.GetValue(), invalid.Unwrap())
		}
	case errors.As(err, &syntax):
		e.message = fmt.Sprintf("%s is not how a flag is written", syntax.GetSpecifiedFlag())
	}
	return e
}

func unknownFlag(cmd *cobra.Command, err *pflag.NotExistError) (message, hint string) {
	name, short := err.GetSpecifiedName(), err.GetSpecifiedShortnames()
	switch {
	case name == "version":
		return "there is no flag --version", "There is a command: runner version"
	case short != "":
		return fmt.Sprintf("there is no flag -%s", name), afterDashes(cmd)
	case name == "inspect":
		return "there is no debugger: this version of runner does not have --inspect", "--trace lines and --record lead to mistakes; docs/DEBUGGING.md tells of them, and why"
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if near := nearest(name, names); near != "" {
		return fmt.Sprintf("there is no flag --%s", name), fmt.Sprintf("Did you mean --%s?", near)
	}
	return fmt.Sprintf("there is no flag --%s", name), afterDashes(cmd)
}

// singleDash is the hint for a command line that has failed and has a flag with a single
// dash, as other programs take it, which is read as the letters of several flags.
func singleDash(root *cobra.Command, args []string) string {
	cmd, _, err := root.Find(args)
	if err != nil {
		cmd = root
	}
	for _, arg := range args {
		name, _, _ := strings.Cut(strings.TrimPrefix(arg, "-"), "=")
		switch {
		case arg == "--":
			return ""
		case len(name) > 1 && arg[0] == '-' && arg[1] != '-' && cmd.Flags().Lookup(name) != nil:
			return fmt.Sprintf("Did you mean --%s?", name)
		}
	}
	return ""
}

// afterDashes is the hint for an argument of the script's that looks like a flag.
func afterDashes(cmd *cobra.Command) string {
	if cmd.Flags().Lookup("script") == nil {
		return ""
	}
	return "Arguments of the script that look like flags go after --"
}

// unknownCommand is the error of a first argument that would have to be a
// command, or nil if it may as well be something else.
func unknownCommand(root *cobra.Command, name string) error {
	var names []string
	for _, c := range root.Commands() {
		if !c.Hidden || slices.Contains(fleetCommands, c.Name()) {
			names = append(names, c.Name())
		}
	}
	if near := nearest(name, append(names, "help")); near != "" {
		return usagef(fmt.Sprintf("Did you mean 'runner %s'?", near), "there is no command %s", quoted(name))
	}
	return nil
}

// nearest returns the name that a misspelt one was probably meant to be, or "".
func nearest(misspelt string, names []string) string {
	best, least := "", max(1, len(misspelt)/3)
	for _, name := range names {
		if d := distance(misspelt, name); d < least || d == least && best == "" {
			best, least = name, d
		}
	}
	return best
}

// distance is how many letters have to be added, removed, changed or swapped
// with their neighbours to make b of a.
func distance(a, b string) int {
	var before []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			change := row[j]
			if a[i] != b[j] {
				change++
			}
			next[j+1] = min(change, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}

// quoted is s as a message shows what a user typed.
func quoted(s string) string {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || r == 0xfffd }) {
		return fmt.Sprintf("%q", s)
	}
	return s
}
