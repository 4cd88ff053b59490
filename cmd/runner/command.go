package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// execute runs the command with these arguments and returns its exit status.
func execute(args []string) int {
	status := exitOK
	root := newRoot(&status)
	root.SetArgs(dispatch(root, args))
	err := root.Execute()
	if err == nil {
		return stdout.printed(status)
	}
	if usage := (*usageError)(nil); errors.As(err, &usage) {
		if hint := singleDash(root, args); hint != "" {
			usage.hint = hint
		}
	}
	return tellUsage(err)
}

// tellUsage tells why a command line cannot be carried out, and returns the exit status.
func tellUsage(err error) int {
	usage := new(usageError)
	if !errors.As(err, &usage) {
		usage = &usageError{message: err.Error(), help: "runner"}
	}
	fmt.Fprint(os.Stderr, usage.text(paletteFor(os.Stderr)))
	return exitUsage
}

// dispatch puts "run" before args unless a command is named by the first of
// them: anywhere else the name of a command is an argument of the script's.
func dispatch(root *cobra.Command, args []string) []string {
	if len(args) == 0 {
		return []string{"run"}
	}
	switch first := args[0]; first {
	case "help", "-h", "--help", cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd:
		return args
	default:
		if slices.ContainsFunc(root.Commands(), func(c *cobra.Command) bool { return c.Name() == first }) {
			return args
		}
		return append([]string{"run"}, args...)
	}
}

// newRoot makes the command. What it runs sets status.
func newRoot(status *int) *cobra.Command {
	root := runCommand(status)
	root.Use = "runner --script FILE [flags] [ARG...]"
	root.SilenceErrors, root.SilenceUsage = true, true
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(flagError)
	run := runCommand(status)
	run.Hidden = true // the root's help is its own
	root.SetHelpFunc(func(c *cobra.Command, _ []string) {
		if c == run {
			c = root
		}
		writeHelp(stdout, c)
	})
	root.AddCommand(run, checkCommand(status), grantsCommand(), childCommand(status), newCommand(), testCommand(status), doctorCommand(status), typesCommand(), bundleCommand(status), completionCommand(), versionCommand(), replCommand(status), benchCommand(status), replayCommand(status), configCommand())
	for _, c := range fleetCommands {
		root.AddCommand(newFleetCommand(c))
	}
	root.SetHelpCommand(helpCommand())
	for _, c := range root.Commands() {
		c.DisableFlagsInUseLine = true // Use has what there is to say
	}
	return root
}

func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: "What a command does", Hidden: true,
		RunE: func(c *cobra.Command, args []string) error {
			target := c.Root()
			for _, name := range args {
				i := slices.IndexFunc(target.Commands(), func(s *cobra.Command) bool { return s.Name() == name })
				if i < 0 {
					if err := unknownCommand(c.Root(), name); err != nil {
						return err
					}
					return usagef("", "there is no command %s", quoted(name))
				}
				target = target.Commands()[i]
			}
			if slices.Contains(fleetCommands, target.Name()) {
				return target.RunE(target, []string{"--help"})
			}
			return target.Help()
		},
	}
}

// helpName is how the help of a command is asked for.
func helpName(c *cobra.Command) string {
	if c.Name() == "run" {
		return "runner"
	}
	return c.CommandPath()
}

// withoutFlags leaves of the use of a command what it cannot do without.
var withoutFlags = strings.NewReplacer(" [flags]", "", " [--output FORMAT]", "", " [--for COMMAND]", "")

// writeHelp writes what --help shows.
func writeHelp(w io.Writer, c *cobra.Command) {
	fmt.Fprintf(w, "%s\n\n    %s\n", c.Long, c.UseLine())
	if c.Example != "" {
		fmt.Fprintf(w, "\nExample:\n%s\n", c.Example)
	}
	for _, group := range groups {
		writeFlags(w, c, group)
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprint(w, "\nOther commands ('runner COMMAND --help'):\n")
		for _, s := range c.Commands() {
			if s.IsAvailableCommand() {
				fmt.Fprintf(w, "  %-21s %s\n", withoutFlags.Replace(s.Use), s.Short)
			}
		}
	}
	if !c.HasParent() {
		fmt.Fprintf(w, "\n%s\n", fleetHelp())
	}
	if c.Annotations[afterHelp] != "" {
		fmt.Fprintf(w, "\n%s\n", c.Annotations[afterHelp])
	}
}

// afterHelp is the annotation of a command with what ends its help.
const afterHelp = "after"

// writeFlags writes the flags of one group.
func writeFlags(w io.Writer, c *cobra.Command, group string) {
	title := group
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if g := f.Annotations[groupKey]; len(g) == 0 || g[0] != group || f.Hidden {
			return
		}
		if title != "" {
			fmt.Fprintf(w, "\n%s:\n", title)
			title = ""
		}
		value := valueName(f)
		left := "    --" + f.Name
		if f.Shorthand != "" {
			left = "-" + f.Shorthand + ", --" + f.Name
		}
		switch {
		case f.Value.Type() == "bool":
		case f.NoOptDefVal != "":
			left += "[=" + value + "]"
		default:
			left += " " + value
		}
		fmt.Fprintf(w, "  %-24s  %s\n", left, strings.ReplaceAll(f.Usage, "\n", "\n"+strings.Repeat(" ", 28)))
	})
}
