package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// notes tells of what is legal on a command line and hardly ever meant. args
// are the ARGs, and before is the word before them. After -- all is meant.
func notes(c *cobra.Command, before string, args []string) []string {
	if len(args) == 0 || c.ArgsLenAtDash() >= 0 {
		return nil
	}
	var notes []string
	if f := flagNamed(c, before); f != nil && mayBeMeantFor(f, args[0]) {
		notes = append(notes, fmt.Sprintf("--%s is given without =%s, which means everything, and %s is the first ARG; if it is the %[2]s, write --%[1]s=%[4]s", f.Name, valueName(f), quoted(args[0]), args[0]))
	}
	for _, arg := range args {
		name, _, _ := strings.Cut(arg, "=")
		if f := flagNamed(c, name); f != nil {
			notes = append(notes, fmt.Sprintf("%s comes after the first ARG, so it goes to the script; flags go first, and -- before the ARGs says that this is meant", quoted(arg)))
			break
		}
	}
	return notes
}

// folderNotes tells of module paths that nothing can be in so far.
func folderNotes(dirs []string) []string {
	var notes []string
	for _, dir := range dirs {
		switch info, err := os.Stat(dir); {
		case err != nil:
			notes = append(notes, fmt.Sprintf("--module-path: %s: %v", quoted(dir), plainError(err)))
		case !info.IsDir():
			notes = append(notes, fmt.Sprintf("--module-path: %s is no folder", quoted(dir)))
		}
	}
	return notes
}

// variableName is how most names of variables are written.
var variableName = regexp.MustCompile(`^[A-Z][A-Z0-9_]*\*?$`)

// mayBeMeantFor tells whether the ARG behind a grant without a value looks like
// the value.
func mayBeMeantFor(f *pflag.Flag, arg string) bool {
	switch {
	case f.NoOptDefVal == everything, strings.HasSuffix(f.Name, "-net"):
		return f.NoOptDefVal != "" && strings.ContainsAny(arg, "/.~")
	case strings.HasSuffix(f.Name, "-env"):
		return variableName.MatchString(arg)
	}
	return false
}

// flagNamed returns the flag that a word like "--script" names, or nil.
func flagNamed(c *cobra.Command, word string) *pflag.Flag {
	name, long := strings.CutPrefix(word, "--")
	if !long || name == "" {
		return nil
	}
	return c.Flags().Lookup(name)
}

// wordBefore returns the word of this process's command line that stands before
// args, its last words.
func wordBefore(args []string) string {
	if i := len(os.Args) - len(args) - 1; i > 0 {
		return os.Args[i]
	}
	return ""
}
