package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// fleetProgram has the commands of the fleet. It is a program of its own since what
// it links to would have every child pay for it.
const fleetProgram = "runner-fleet"

// fleetCommands are the commands that fleetProgram carries out.
var fleetCommands = []string{"serve", "push", "promote", "rollback", "rm", "call", "ls", "top", "job", "tenant", "key"}

// newFleetCommand makes a command that runs the one of the same name of
// fleetProgram, with all arguments as they are.
func newFleetCommand(name string) *cobra.Command {
	return &cobra.Command{
		Use: name, Hidden: true, DisableFlagParsing: true, ValidArgsFunction: completeFleet,
		RunE: func(c *cobra.Command, args []string) error {
			path, err := findFleet(os.Executable, exec.LookPath)
			if err != nil {
				return err
			}
			return runInstead(path, append([]string{c.Name()}, args...))
		},
	}
}

// completeFleet asks fleetProgram how a command of its own can go on, in the way in which
// shells ask this program: a candidate a line, and what to do with them in the last.
func completeFleet(c *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
	path, err := findFleet(os.Executable, exec.LookPath)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	asked := append([]string{cobra.ShellCompRequestCmd, c.Name()}, args...)
	out, err := exec.Command(path, append(asked, toComplete)...).Output()
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	last := len(lines) - 1
	directive, bad := strconv.Atoi(strings.TrimPrefix(lines[last], ":"))
	if err != nil || bad != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return lines[:last], cobra.ShellCompDirective(directive)
}

// findFleet returns where fleetProgram is: beside this program, or on the PATH.
func findFleet(executable func() (string, error), lookPath func(string) (string, error)) (string, error) {
	if exe, err := executable(); err == nil {
		if exe, err = filepath.EvalSymlinks(exe); err == nil {
			beside := filepath.Join(filepath.Dir(exe), fleetProgram+filepath.Ext(exe))
			if _, err := lookPath(beside); err == nil {
				return beside, nil
			}
		}
	}
	path, err := lookPath(fleetProgram)
	switch {
	case err == nil:
		return path, nil
	case errors.Is(err, exec.ErrDot):
		return "", usagef("A program of the working directory is not run unasked: put its folder into the PATH by its absolute name", "%s is in the working directory only", fleetProgram)
	}
	return "", usagef("In the project's folder, this installs it: go -C fleet install ./cmd/"+fleetProgram,
		"the commands of the fleet are those of another program, %s, and it is neither beside runner nor on the PATH", fleetProgram)
}

// fleetHelp is what the help says of the commands of the fleet.
func fleetHelp() string {
	return fmt.Sprintf("Of a fleet of machines, if %s is installed:\n  %s", fleetProgram, strings.Join(fleetCommands, ", "))
}
