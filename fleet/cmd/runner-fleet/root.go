package main

import (
	"strings"

	"github.com/spf13/cobra"
)

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "runner-fleet COMMAND",
		Short: "Serve plugins on many machines, and call them",
		Long: `Serves plugins, which are worker scripts, on any number of machines, and calls
them from any. Between them is a NATS broker: that of --nats, or one within
"serve", which the other commands of the same user find by themselves.`,
		Example:       "    runner-fleet serve &\n    runner-fleet push worker.lua\n    runner-fleet call worker hello",
		SilenceErrors: true, SilenceUsage: true,
	}
	// A terminal has at least 80 columns.
	root.SetUsageTemplate(strings.NewReplacer(
		".FlagUsages", ".FlagUsagesWrapped 80",
		// A command with others is nothing without one.
		`{{if .Runnable}}`, `{{if not .HasAvailableSubCommands}}`,
		"{{.CommandPath}} [command]{{end}}{{if gt", "{{.CommandPath}} COMMAND{{end}}{{if gt",
		`Use "{{.CommandPath}} [command] --help" for more information about a command.`, `'{{.CommandPath}} COMMAND --help' tells more.`,
	).Replace(root.UsageTemplate()))
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddGroup(&cobra.Group{ID: "serve", Title: "Serve:"}, &cobra.Group{ID: "call", Title: "Call:"})
	a.broker.diag = a.diag
	a.broker.add(root.PersistentFlags())
	for _, c := range []*cobra.Command{serveCommand(a), pushCommand(a), promoteCommand(a), rollbackCommand(a), rmCommand(a), keyCommand(a), tenantCommand(a)} {
		c.GroupID = "serve"
		root.AddCommand(c)
	}
	for _, c := range []*cobra.Command{callCommand(a), jobCommand(a), lsCommand(a), topCommand(a)} {
		c.GroupID = "call"
		root.AddCommand(c)
	}
	root.AddCommand(versionCommand(a))
	root.InitDefaultCompletionCmd()
	if c, _, err := root.Find([]string{"completion"}); err == nil {
		asGroup(c, nil)
	}
	root.SetHelpCommand(helpCommand())
	asGroup(root, nil)
	return root
}
