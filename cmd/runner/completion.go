package main

import (
	"strings"

	"github.com/spf13/cobra"
)

var shells = []string{"bash", "zsh", "fish", "powershell"}

func completionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "A script for completion in " + strings.Join(shells, ", "),
		Long: `Prints a script that has a shell complete commands and flags of the runner:
` + strings.Join(shells, ", ") + `.`,
		Example:   `    source <(runner completion bash)`,
		ValidArgs: shells,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return &usageError{message: "completion needs one SHELL: " + strings.Join(shells, ", "), help: "runner completion"}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			switch args[0] {
			case "bash":
				return c.Root().GenBashCompletionV2(stdout, true)
			case "zsh":
				return c.Root().GenZshCompletion(stdout)
			case "fish":
				return c.Root().GenFishCompletion(stdout, true)
			case "powershell":
				return c.Root().GenPowerShellCompletionWithDesc(stdout)
			}
			return &usageError{message: "completion does not know " + quoted(args[0]) + ": it knows " + strings.Join(shells, ", "), help: "runner completion"}
		},
	}
}
