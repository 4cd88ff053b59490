package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"scripthost.example/fleet"
	"scripthost.example/fleet/tenant"
)

func tenantCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "tenant COMMAND", Short: "Who may do what in the fleet",
		Long: `Makes tenants, each of which has an account of its own at the broker: nobody in
it can call, list, read or fill what belongs to another. Its users have files
with credentials (--creds), each for what it is there to do: caller, instance,
pusher or admin. The keys that all trust is from are in a folder, that of
--operator. A broker that runs is told of those who are gone: that of serve on
this machine, or of --nats.`,
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
		if errors.Is(err, tenant.ErrNotFound) {
			return nil, &failure{exitUsage, err, "'runner-fleet tenant create TENANT' makes one; --operator FOLDER names another"}
		}
		if err != nil {
			return nil, &failure{exitUsage, err, ""}
		}
		return op, nil
	}
	refused := func(err error) error {
		switch {
		case err == nil:
			return nil
		case errors.Is(err, tenant.ErrNotFound):
			return &failure{exitFailed, err, "'runner-fleet tenant ls' lists tenants and their users"}
		}
		return &failure{exitFailed, err, ""}
	}
	add := func(use, short, example string, args int, run func(ctx context.Context, args []string) error) *cobra.Command {
		s := &cobra.Command{
			Use: use, Short: short, Long: short + ".", Example: "    " + example,
			Args: func(c *cobra.Command, given []string) error {
				if len(given) != args {
					return usagef(helpOf(c), "it is %s", c.UseLine())
				}
				return nil
			},
			RunE: func(c *cobra.Command, args []string) error { return run(c.Context(), args) },
		}
		s.DisableFlagsInUseLine = true
		c.AddCommand(s)
		return s
	}
	var made, changed tenantLimits
	create := add("create TENANT", "Make a tenant, and the operator if there is none", "runner-fleet tenant create red --storage 10G", 1, func(_ context.Context, args []string) error {
		op, err := open(true)
		if err != nil {
			return err
		}
		return refused(op.Create(args[0], made.Limits))
	})
	made.add(create.Flags())
	change := add("limits TENANT", "Change what a tenant may take, as far as it is said, or print it", "runner-fleet tenant create pink\n    runner-fleet tenant limits pink --storage 10G --connections 100", 1, func(ctx context.Context, args []string) error {
		op, err := open(false)
		if err != nil {
			return err
		}
		return changed.run(ctx, a, op, args[0])
	})
	changed.add(change.Flags())
	for _, l := range limits {
		f := change.Flags().Lookup(l.name)
		f.Usage, _, _ = strings.Cut(f.Usage, ";") // what is not said remains
	}
	add("add TENANT USER ROLE", "Make a user, and print the file with its credentials", "runner-fleet tenant create blue\n    runner-fleet tenant add blue worker1 instance", 3, func(_ context.Context, args []string) error {
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
	add("revoke TENANT USER", "Take a user's access away, and close the user's connections", "runner-fleet tenant create green\n    runner-fleet tenant add green bob caller\n    runner-fleet tenant revoke green bob", 2, func(ctx context.Context, args []string) error {
		op, err := open(false)
		if err != nil {
			return err
		}
		if err := op.Revoke(args[0], args[1]); err != nil {
			return refused(err)
		}
		return a.tell(ctx, op)
	})
	keep := false
	rm := add("rm TENANT", "Remove a tenant, its users, and what the broker has stored for it", "runner-fleet tenant create black\n    runner-fleet tenant rm black --keep-data", 1, func(ctx context.Context, args []string) error {
		op, err := open(false)
		if err != nil {
			return err
		}
		if !keep {
			if err := a.removeStored(ctx, op, args[0]); err != nil {
				return err
			}
		}
		if err := op.Remove(args[0]); err != nil {
			return refused(err)
		}
		return a.tell(ctx, op)
	})
	rm.Flags().BoolVar(&keep, "keep-data", false, "leave what is stored: nobody can reach it any more but who can read the broker's folder")
	add("push", "Tell a broker that runs of all tenants and users as they are", "runner-fleet tenant create white\n    runner-fleet tenant push", 0, func(ctx context.Context, _ []string) error {
		op, err := open(false)
		if err != nil {
			return err
		}
		return a.tell(ctx, op)
	})
	store := ""
	config := add("config", "Print what brokers elsewhere need to know the tenants", "runner-fleet tenant create black\n    runner-fleet tenant config > tenants.conf", 0, func(_ context.Context, _ []string) error {
		op, err := open(false)
		if err != nil {
			return err
		}
		text, err := op.ServerConfig(store)
		if err != nil {
			return refused(err)
		}
		fmt.Fprint(a.out, text)
		return nil
	})
	config.Long = `Prints what the configuration of a nats-server needs for the tenants: a file
with it is included there, or is the --operator of a serve on another machine.
It has no secrets. Of what is changed later, the brokers are told with --nats
URL.`
	config.Flags().StringVar(&store, "accounts", "accounts", "where a nats-server keeps what it is told of tenants, `FOLDER`; a serve has a place of its own")
	add("ls", "List tenants and their users", "runner-fleet tenant create grey\n    runner-fleet tenant ls", 0, func(context.Context, []string) error {
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
	asGroup(c, nil)
	return c
}

// tell has a broker that runs learn of what the operator has changed.
func (a *app) tell(ctx context.Context, op *tenant.Operator) error {
	nc, err := a.broker.connectAs(ctx, "tenant", op.System())
	if errors.Is(err, fleet.ErrNoBroker) {
		elsewhere, err := op.Elsewhere()
		if err != nil {
			return &failure{exitFailed, err, ""}
		}
		if elsewhere {
			return &failure{exitLost, errors.New("it is done, and the brokers that have what 'tenant config' has printed do not know: none runs here, and --nats names none"), "'runner-fleet tenant push --nats URL' tells them"}
		}
		fmt.Fprintln(a.diag, "no broker runs here that has to be told; one elsewhere is told with --nats URL")
		return nil
	}
	if err == nil {
		defer nc.Close()
		ctx, cancel := context.WithTimeout(ctx, tellTime)
		defer cancel()
		err = op.Push(ctx, nc)
	}
	if err != nil {
		return &failure{exitLost, fmt.Errorf("it is done, and the broker was not told: %w", err), "'runner-fleet tenant push' tells it"}
	}
	return nil
}

// tellTime is how long a broker has to take what it is told of tenants.
const tellTime = 30 * time.Second

// removeStored removes all that a broker has stored for a tenant.
func (a *app) removeStored(ctx context.Context, op *tenant.Operator, name string) error {
	login, err := op.Within(name)
	if errors.Is(err, tenant.ErrNotFound) {
		return &failure{exitFailed, err, "'runner-fleet tenant ls' lists tenants and their users"}
	}
	if err != nil {
		return &failure{exitFailed, err, ""}
	}
	nc, err := a.broker.connectAs(ctx, "tenant", login)
	if err != nil {
		f := new(failure)
		if errors.As(err, &f) && f.hint != "" {
			f.hint += "; --keep-data leaves what is stored"
		}
		return err
	}
	defer nc.Close()
	ctx, cancel := context.WithTimeout(ctx, tellTime)
	defer cancel()
	js, err := jetstream.New(nc)
	if err != nil {
		return asked(err)
	}
	names := js.StreamNames(ctx)
	n := 0
	for stream := range names.Name() {
		if err := js.DeleteStream(ctx, stream); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
			return asked(fmt.Errorf("removing what is stored for %s: the stream %s: %w", name, stream, err))
		}
		n++
	}
	// A broker without JetStream has stored nothing.
	if err := names.Err(); err != nil && !errors.Is(err, jetstream.ErrEndOfData) && !errors.Is(err, nats.ErrNoResponders) {
		return asked(fmt.Errorf("removing what is stored for %s: %w", name, err))
	}
	fmt.Fprintf(a.diag, "removed %s of %s\n", counted(n, "stream"), name)
	return nil
}

func roles() string {
	var names []string
	for _, r := range tenant.Roles {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}
