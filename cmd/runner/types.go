package main

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scripthost.example/host"
	"scripthost.example/host/types"
)

const typesLong = `Writes what workers have, with its types, for editors and type checkers:
runner.d.ts for TypeScript and JavaScript, or runner.lua, with LuaCATS
annotations, for Lua. It makes DIR if need be, writes over what it has written
before, and over nothing else.`

const typesAfter = `docs/SCRIPTING.md says what to put into tsconfig.json and .luarc.json. What a
program offers as host.name(...) is not known here: the program can write it,
with the Go package types.

Exit status: 0; 2 if it cannot be written.`

func typesCommand() *cobra.Command {
	lang := choice{choices: []string{string(host.TS), string(host.Lua)}}
	c := &cobra.Command{
		Use:         "types --lang LANG DIR",
		Short:       "Write types of what scripts find, for editors",
		Long:        typesLong,
		Example:     `    runner types --lang ts types`,
		Annotations: map[string]string{afterHelp: typesAfter},
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) == 0 || args[0] == "":
				return typesUsage("Name a folder for them, like types", "types needs a DIR")
			case len(args) > 1:
				return typesUsage("", "types takes one DIR, and was given %s, too", quoted(args[1]))
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
	}
	grouped(c.Flags(), groupOutput, func(fs *pflag.FlagSet) {
		fs.Var(&lang, "lang", "LANG: ts, for TypeScript and JavaScript, or lua")
	})
	completeFlags(c)
	c.RunE = func(_ *cobra.Command, args []string) error {
		if lang.value == "" {
			return typesUsage("Add --lang ts, or --lang lua", "types needs a language")
		}
		file, err := types.Write(args[0], host.Language(lang.value), nil)
		if err != nil {
			return typesUsage("", "cannot write the types: %v", err)
		}
		fmt.Fprintln(stdout, file)
		return nil
	}
	return c
}

func typesUsage(hint, format string, args ...any) error {
	return &usageError{message: fmt.Sprintf(format, args...), hint: hint, help: "runner types"}
}
