package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scripthost.example/child/engine"
)

// helpOf says which help tells more of a command.
func helpOf(c *cobra.Command) string { return "'" + c.CommandPath() + " --help' tells more" }

// asGroup has a command that is nothing without one of its own take no other word for one.
// Missing are those that are looked for in vain, each with what does it instead.
func asGroup(c *cobra.Command, missing map[string]string) {
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return unknownCommand(c, args[0], missing)
	}
	c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	c.SetFlagErrorFunc(func(failed *cobra.Command, err error) error {
		if failed == c && c.Flags().NArg() > 0 { // the word comes first, and the flag is that of no command
			return unknownCommand(c, c.Flags().Arg(0), missing)
		}
		return flagError(failed, err)
	})
}

// unknownCommand is the error of a word that is no command of c.
func unknownCommand(c *cobra.Command, word string, missing map[string]string) error {
	var names []string
	for _, s := range c.Commands() {
		if s.IsAvailableCommand() {
			names = append(names, s.Name())
		}
	}
	hint := missing[word]
	if hint == "" {
		hint = "'" + c.CommandPath() + " --help' lists those that there are"
	}
	return usagef(hint, "there is no command '%s %s'%s", c.CommandPath(), shown([]string{word})[0], engine.DidYouMean(word, names))
}

// flagError is what pflag has to say, with what to do instead.
func flagError(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return usagef(helpOf(c), "%w", err)
	}
	name := unknown.GetSpecifiedName()
	switch {
	case unknown.GetSpecifiedShortnames() != "":
		return usagef(helpOf(c), "there is no flag -%s", shown([]string{name})[0])
	case name == "version" && c.Flags().Lookup("version") == nil:
		return usagef("There is a command: runner-fleet version", "there is no flag --version")
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, "--"+f.Name)
		}
	})
	return usagef(helpOf(c), "there is no flag --%s%s", shown([]string{name})[0], engine.DidYouMean("--"+name, names))
}

// helpCommand is "help COMMAND", which is no help with what is no command.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: "Help with a command",
		RunE: func(c *cobra.Command, args []string) error {
			about, rest, err := c.Root().Find(args)
			if err != nil {
				return err
			}
			if about.HasSubCommands() && len(rest) > 0 {
				return about.ValidateArgs(rest)
			}
			about.InitDefaultHelpFlag() // which is shown
			return about.Help()
		},
	}
}

// takes says how many arguments a command takes, at most.
func takes(most int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) > most {
			return usagef(helpOf(c), "%s takes %s, and there %s", c.Name(), what, are(len(args), "argument"))
		}
		return nil
	}
}

// are is "are 2 things", or "is 1 thing".
func are(n int, what string) string {
	if n == 1 {
		return "is " + counted(n, what)
	}
	return fmt.Sprint("are ", counted(n, what))
}
