package main

import (
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// otherMeanings are flags of commands that are called like a setting and say something
// else there, by the command. All others that are called like one are completed by it.
var otherMeanings = map[string][]string{
	"check":  {"strict"},
	"test":   {"jobs", "output", "timeout", "verbose", "watch"},
	"repl":   nil,
	"bench":  {"calls", "output"},
	"bundle": nil,
}

// settingsCommands are the commands beside run that settings are for, as 'runner config'
// names them.
var settingsCommands = []string{"check", "test", "repl", "bench", "bundle"}

// notForCommand tells whether settings say nothing of a flag of a command.
func notForCommand(command string) func(*pflag.Flag) bool {
	return func(flag *pflag.Flag) bool { return slices.Contains(otherMeanings[command], flag.Name) }
}

// settingsFor are the names of the settings that count for a command.
func settingsFor(command string) []string {
	status := new(int)
	var c *cobra.Command
	switch command {
	case "check":
		c = checkCommand(status)
	case "test":
		c = testCommand(status)
	case "repl":
		c = replCommand(status)
	case "bench":
		c = benchCommand(status)
	case "bundle":
		c = bundleCommand(status)
	default:
		c = runCommand(status)
	}
	argument := slices.Contains([]string{"check", "bench", "bundle"}, command) // which the setting takes the place of
	skip := notForCommand(command)
	var list []string
	for _, set := range allSettings {
		flag := c.Flags().Lookup(set.name)
		if flag != nil && !skip(flag) || set.name == "script" && argument {
			list = append(list, set.name)
		}
	}
	return list
}

// withScript are the flags of a command whose script is an argument, and one that takes
// the script of the settings.
func withScript(fs *pflag.FlagSet, script *string) *pflag.FlagSet {
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	all.AddFlagSet(fs)
	all.StringVar(script, "script", "", "")
	return all
}
