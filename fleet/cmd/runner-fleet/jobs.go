package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"scripthost.example/child/engine"
	"scripthost.example/fleet"
	"scripthost.example/fleet/jobs"
	"scripthost.example/fleet/telemetry"
)

func jobCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "job COMMAND", Short: "Calls that are kept until they are answered",
		Long: `Gives the broker calls to keep until they are answered, whether or not anybody
serves the plugin at the moment. A job is run at least once, and tried again
where it fails or its instance is lost; after some attempts it becomes a dead
letter.`,
		Example: "    runner-fleet job submit worker hello --wait 1m",
	}
	dead := &cobra.Command{
		Use: "dead COMMAND", Short: "Jobs that have failed for good",
		Long:    "Lists jobs that have failed for good, has them tried again, or throws them away.",
		Example: "    runner-fleet job dead ls",
	}
	dead.AddCommand(deadListCommand(a), deadCommand(a, "retry", "Have dead letters tried again", (*jobs.Queue).Retry), deadCommand(a, "purge", "Throw dead letters away", (*jobs.Queue).Purge))
	c.AddCommand(submitCommand(a), resultCommand(a), dead)
	notListed := "What waits is not listed: 'runner-fleet job result ID' tells what became of a job, 'job dead ls' lists those that failed, and 'top' shows what runs"
	asGroup(c, map[string]string{"ls": notListed, "list": notListed})
	asGroup(dead, nil)
	return c
}

// withQueue calls f with the queue of jobs.
func (a *app) withQueue(ctx context.Context, f func(*jobs.Queue) error) error {
	return a.withQueueBy(ctx, jobs.Open, 0, func(_ *nats.Conn, q *jobs.Queue) error { return f(q) })
}

// withQueueBy calls f with the queue of jobs that open opens, which has so many replicas.
func (a *app) withQueueBy(ctx context.Context, open func(context.Context, *nats.Conn, jobs.Options) (*jobs.Queue, error), replicas int, f func(*nats.Conn, *jobs.Queue) error) error {
	nc, err := a.broker.connect(ctx, "job")
	if err != nil {
		return err
	}
	defer nc.Close()
	q, err := try(ctx, a, nc, func(ctx context.Context) (*jobs.Queue, error) {
		return open(ctx, nc, jobs.Options{Headers: telemetry.Inject, Replicas: replicas})
	})
	switch {
	case errors.Is(err, jobs.ErrNoQueue) && errors.Is(err, jobs.ErrPermission):
		return &failure{exitFailed, err, "The first 'runner-fleet push' of a pusher or an admin makes it"}
	case errors.Is(err, jobs.ErrNoQueue) && nc.ConnectedClusterName() != "":
		return &failure{exitUsage, err, "The first 'runner-fleet push --replicas N' makes one, or 'job submit --replicas N': how many brokers of the cluster are to keep it? 3 of three bear the loss of one"}
	case errors.Is(err, jobs.ErrNoQueue):
		return &failure{exitUsage, err, "'runner-fleet serve', 'push' and 'job submit' make one"}
	}
	if err != nil {
		return asked(err)
	}
	return f(nc, q)
}

func submitCommand(a *app) *cobra.Command {
	var (
		j        jobs.Job
		priority string
		asJSON   bool
		wait     time.Duration
		replicas int
	)
	c := &cobra.Command{
		Use: "submit PLUGIN [flags] [--] [ARG...]", Short: "Give the broker a job",
		Long: `Gives the broker a call of the plugin to keep until it is answered, and prints
the job's ID once the broker has it; with --wait, its results instead, if they
come in time.`,
		Example: "    runner-fleet job submit worker --priority high hello",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("", "submit takes a PLUGIN")
			}
			values, err := arguments(args[1:], asJSON)
			if err != nil {
				return err
			}
			j.Plugin, j.Args, j.Priority = args[0], values, jobs.Priority(priority)
			if replicas < 0 {
				return usagef("", "--replicas %d: it cannot be negative", replicas)
			}
			return a.withQueueBy(c.Context(), openQueue, replicas, func(nc *nats.Conn, q *jobs.Queue) error {
				ctx, cancel := patient(fromEnvironment(c.Context()))
				defer cancel()
				id, duplicate, err := q.Submit(ctx, j)
				if err != nil {
					return asked(err)
				}
				if duplicate {
					fmt.Fprintf(a.diag, "the job %s was there already\n", id)
				}
				if wait <= 0 {
					fmt.Fprintln(a.out, id)
				}
				if !duplicate {
					a.noteUnserved(ctx, nc, j)
				}
				if wait <= 0 {
					return nil
				}
				return a.writeResult(c.Context(), q, id, wait, asJSON)
			})
		},
	}
	f := c.Flags()
	f.StringVar(&j.ID, "id", "", "the job's `NAME`: submitted twice it is one job; a new one if not said")
	f.StringVar(&j.Track, "track", fleet.Stable, "the `TRACK` to be called")
	f.StringVar(&j.Function, "function", "", "the script's function of this `NAME`, and not the one that it is served with")
	f.StringVar(&priority, "priority", string(jobs.Normal), "which jobs come first: `high|normal|low`")
	f.DurationVar(&j.Delay, "delay", 0, "how long it waits before it is run")
	f.DurationVar(&j.Timeout, "timeout", 0, "how long an attempt may take; without an end if not said")
	f.BoolVar(&asJSON, "json", false, "each ARG is a JSON value, and so is each result")
	f.DurationVar(&wait, "wait", 0, "how long to wait for its results")
	f.IntVar(&replicas, "replicas", 0, "jobs are kept on `N` brokers of a cluster; what the first push has said if not said")
	return c
}

// noteUnserved says so if nobody serves what a job calls: it is kept, and may be for a
// plugin of another name.
func (a *app) noteUnserved(ctx context.Context, nc *nats.Conn, j jobs.Job) {
	refused := nc.LastError()
	expected := 1 // one that serves it is enough
	for {
		served, err := fleet.Instances(ctx, nc, j.Plugin, expected)
		if err != nil || nc.LastError() != refused { // who may not ask is told nothing
			return
		}
		if slices.ContainsFunc(served, func(i fleet.Instance) bool { return i.Track == j.Track }) {
			return
		}
		if expected == 0 || len(served) == 0 {
			break
		}
		expected = 0 // it was one of another track
	}
	all, err := fleet.Instances(ctx, nc, "", 0)
	if err != nil {
		return
	}
	var names []string
	for _, i := range all {
		names = append(names, i.Plugin)
	}
	fmt.Fprintf(a.diag, "nobody serves the track %s of %s at the moment: the job is kept until somebody does%s\n", j.Track, j.Plugin, engine.DidYouMean(j.Plugin, names))
}

func resultCommand(a *app) *cobra.Command {
	var (
		asJSON bool
		wait   time.Duration
	)
	c := &cobra.Command{
		Use: "result ID [flags]", Short: "What became of a job",
		Long: `Prints what a job has returned. Exit status: 0 it was answered; 1 it has failed
for good, or has no result yet.`,
		Example: "    runner-fleet job submit worker --id job1 hello\n    runner-fleet job result job1 --wait 1m",
		Args:    oneArg("ID"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withQueue(c.Context(), func(q *jobs.Queue) error {
				return a.writeResult(c.Context(), q, args[0], wait, asJSON)
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "each result is written as a JSON value")
	c.Flags().DurationVar(&wait, "wait", 0, "how long to wait for it")
	return c
}

// largeTime is what results take at most that are too large for a message.
const largeTime = time.Minute

// writeResult writes what became of a job.
func (a *app) writeResult(ctx context.Context, q *jobs.Queue, id string, wait time.Duration, asJSON bool) error {
	within := openTime + largeTime
	if wait > 0 {
		within = wait
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	r, err := q.Result(ctx, id, wait > 0)
	switch {
	case errors.Is(err, jobs.ErrNoResult):
		return &failure{exitFailed, err, "It may still come: 'runner-fleet job result " + id + " --wait 1m'"}
	case err != nil:
		return asked(err)
	case r.Err != nil:
		return &failure{exitFailed, fmt.Errorf("the job %s has failed for good after %s: %w", id, counted(r.Attempts, "attempt"), r.Err), "'runner-fleet job dead retry " + id + "' has it tried again"}
	}
	return writeValues(a.out, "", r.Results, asJSON)
}

func deadListCommand(a *app) *cobra.Command {
	limit := 100
	c := &cobra.Command{
		Use: "ls [PLUGIN]", Short: "List dead letters",
		Long:    "Lists dead letters of a PLUGIN, or of all, the oldest first, with the last error\nof each.",
		Example: "    runner-fleet job dead ls",
		Args:    takes(1, "one PLUGIN, or none"),
		RunE: func(c *cobra.Command, args []string) error {
			if limit < 0 {
				return usagef("", "--limit %d: it cannot be negative", limit)
			}
			plugin := ""
			if len(args) > 0 {
				plugin = args[0]
			}
			return a.withQueue(c.Context(), func(q *jobs.Queue) error {
				letters, err := q.Dead(c.Context(), plugin, limit)
				if err != nil {
					return asked(err)
				}
				lines := [][]string{{"JOB", "PLUGIN", "TRACK", "ATTEMPTS", "AT", "ERROR"}}
				for _, d := range letters {
					lines = append(lines, []string{d.ID, d.Plugin, d.Track, fmt.Sprint(d.Attempts), d.At.Local().Format("2006-01-02 15:04:05"), oneLine(d.Err)})
				}
				table(a.out, lines)
				return nil
			})
		},
	}
	c.Flags().IntVar(&limit, "limit", limit, "list up to `N`; all if 0")
	return c
}

func deadCommand(a *app, name, short string, f func(*jobs.Queue, context.Context, string) error) *cobra.Command {
	return &cobra.Command{
		Use: name + " ID...", Short: short, Long: short + ".", Example: "    runner-fleet job dead ls",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("'runner-fleet job dead ls' lists them", "%s takes at least one ID", name)
			}
			return a.withQueue(c.Context(), func(q *jobs.Queue) error {
				for _, id := range args {
					if err := f(q, c.Context(), id); err != nil {
						return asked(err)
					}
				}
				return nil
			})
		},
	}
}

// oneLine is the first line of an error.
func oneLine(err error) string {
	text := err.Error()
	for i := range len(text) {
		if text[i] == '\n' || text[i] == '\t' {
			return text[:i] + " …"
		}
	}
	return text
}
