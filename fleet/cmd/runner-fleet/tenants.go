package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"scripthost.example/fleet/tenant"
)

func tenantCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "tenant COMMAND", Short: "Who may do what in the fleet",
		Long: `Makes tenants, each of which has an account of its own at the broker: nobody in it can
call, list, read or fill what belongs to another. Its users have files with credentials
(--creds), each for what it is there to do: caller, instance, pusher or admin. The keys
that all trust is from are in a folder, that of --operator.`,
		Example: "    runner-fleet tenant create red\n    runner-fleet tenant add red worker1 instance",
	}
	var dir string
	c.PersistentFlags().StringVar(&dir, "operator", "", "the `FOLDER` with the operator's keys; operator in that of --dir if not said")
	open := func(make bool) (*tenant.Operator, error) {
		path := dir
		if path == "" {
			folder, err := a.broker.folder()
			if err != nil {
				return nil, err
			}
			path = filepath.Join(folder, "operator")
		}
		op, err := tenant.Open(path)
		if make && errors.Is(err, tenant.ErrNotFound) {
			op, err = tenant.Init(path, "runner-fleet")
		}
		if err != nil {
			return nil, &failure{exitUsage, err, ""}
		}
		return op, nil
	}
	refused := func(err error) error {
		if err == nil {
			return nil
		}
		return &failure{exitFailed, err, ""}
	}
	add := func(use, short, example string, args int, run func(args []string) error) {
		s := &cobra.Command{
			Use: use, Short: short, Long: short + ".", Example: "    " + example,
			Args: func(c *cobra.Command, given []string) error {
				if len(given) != args {
					return usagef("'"+c.CommandPath()+" --help' tells more", "it is %s", c.UseLine())
				}
				return nil
			},
			RunE: func(_ *cobra.Command, args []string) error { return run(args) },
		}
		s.DisableFlagsInUseLine = true
		c.AddCommand(s)
	}
	add("create TENANT", "Make a tenant, and the operator if there is none", "runner-fleet tenant create red", 1, func(args []string) error {
		op, err := open(true)
		if err != nil {
			return err
		}
		return refused(op.Create(args[0], tenant.Limits{}))
	})
	add("add TENANT USER ROLE", "Make a user, and print the file with its credentials", "runner-fleet tenant create blue\n    runner-fleet tenant add blue worker1 instance", 3, func(args []string) error {
		role := tenant.Role(args[2])
		if !slices.Contains(tenant.Roles, role) {
			return usagef("", "there is no role %q: there are %s", args[2], roles())
		}
		op, err := open(false)
		if err != nil {
			return err
		}
		creds, err := op.AddUser(args[0], args[1], role)
		if err != nil {
			return refused(err)
		}
		fmt.Fprintln(a.out, creds)
		return nil
	})
	add("revoke TENANT USER", "Take a user's access away", "runner-fleet tenant create green\n    runner-fleet tenant add green bob caller\n    runner-fleet tenant revoke green bob", 2, func(args []string) error {
		op, err := open(false)
		if err != nil {
			return err
		}
		return refused(op.Revoke(args[0], args[1]))
	})
	add("ls", "List tenants and their users", "runner-fleet tenant create grey\n    runner-fleet tenant ls", 0, func([]string) error {
		op, err := open(false)
		if err != nil {
			return err
		}
		all, err := op.List()
		if err != nil {
			return refused(err)
		}
		lines := [][]string{{"TENANT", "USER", "ROLE"}}
		for _, t := range all {
			if len(t.Users) == 0 {
				lines = append(lines, []string{t.Name, "-", "-"})
			}
			for _, u := range t.Users {
				lines = append(lines, []string{t.Name, u.Name, string(u.Role)})
			}
		}
		table(a.out, lines)
		return nil
	})
	return c
}

func roles() string {
	var names []string
	for _, r := range tenant.Roles {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}
