package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"scripthost.example/fleet"
	"scripthost.example/fleet/telemetry"
	"scripthost.example/host"
)

type callFlags struct {
	function, track, events string
	json, idempotent        bool
	timeout                 time.Duration
	payload                 size
}

func callCommand(a *app) *cobra.Command {
	var o callFlags
	c := &cobra.Command{
		Use: "call PLUGIN [flags] [--] [ARG...]", Short: "Call a plugin of the fleet",
		Long: `Calls the plugin, on whichever instance is free, and prints what it returns as
runner does: a line, with tabs between the results, or a JSON array with --json.
Events go to stderr unless told otherwise.

Exit status: 0 the call was answered; 1 it failed; 2 usage, no broker, or nobody
serves the plugin; 3 the instance, its worker or the broker was lost, and
whether the call has run is unknown; 130 after Ctrl-C, and 143 after SIGTERM,
which cancel the call.`,
		Example: "    runner-fleet call worker hello",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("'runner-fleet ls' lists them", "call takes a PLUGIN")
			}
			return o.run(c.Context(), a, args[0], args[1:])
		},
	}
	f := c.Flags()
	f.StringVar(&o.function, "function", "", "the script's function of this `NAME`, and not the one that it is served with")
	f.StringVar(&o.track, "track", fleet.Stable, "the `TRACK` to be called")
	f.BoolVar(&o.json, "json", false, "each ARG is a JSON value, and so is each result")
	f.BoolVar(&o.idempotent, "idempotent", false, "it may run more than once, if a worker or an instance is lost")
	f.DurationVar(&o.timeout, "timeout", 0, "how long to wait; without an end if not said")
	payloadFlag(f, &o.payload)
	f.StringVar(&o.events, "events", "stderr", "where events go: `stderr|stdout|none`")
	return c
}

func (o *callFlags) run(ctx context.Context, a *app, plugin string, texts []string) error {
	for what, name := range map[string]string{"plugin": plugin, "track": o.track} {
		if err := fleet.CheckName(what, name); err != nil {
			return usagef("", "%v", err)
		}
	}
	events := io.Discard
	switch o.events {
	case "stderr":
		events = a.diag
	case "stdout":
		events = a.out
	case "none":
	default:
		return usagef("", "--events %q: it is stderr, stdout or none", o.events)
	}
	if o.timeout < 0 {
		return usagef("", "--timeout %v: it cannot be negative", o.timeout)
	}
	args, err := arguments(texts, o.json)
	if err != nil {
		return err
	}
	nc, err := a.broker.connect(ctx, "call")
	if err != nil {
		return err
	}
	defer nc.Close()
	opts := []fleet.ClientOption{fleet.CallTrack(o.track), telemetry.Headers()}
	if o.payload > 0 {
		opts = append(opts, fleet.CallMaxPayload(int(o.payload)))
	}
	caller := fleet.Client(nc, plugin, opts...)
	ctx = fromEnvironment(ctx)
	if o.function != "" {
		caller = caller.Function(o.function)
	}
	if o.idempotent {
		caller = host.Idempotent(caller)
	}
	if o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.timeout)
		defer cancel()
	}
	for e, err := range caller.Stream(ctx, args...) {
		switch {
		case err != nil:
			return o.failed(err)
		case e.Result:
			return writeValues(a.out, "", e.Args, o.json)
		}
		if err := writeValues(events, "event: ", e.Args, o.json); err != nil {
			return err
		}
	}
	return nil
}

// arguments are those of a command line as a call has them.
func arguments(texts []string, asJSON bool) ([]any, error) {
	args := make([]any, len(texts))
	for i, text := range texts {
		args[i] = text
		if asJSON {
			list, err := host.JSON.Thaw([]byte("[" + text + "]"))
			if err != nil || len(list) != 1 {
				return nil, usagef("A text is written with its quotes, as in '\"text\"'", "argument %d is no JSON value: %s", i+1, text)
			}
			args[i] = list[0]
		}
	}
	return args, nil
}

// writeValues writes values as a line.
func writeValues(w io.Writer, before string, values []any, asJSON bool) error {
	var line []byte
	if asJSON {
		data, err := host.Freeze(host.JSON, values)
		if err != nil {
			return &failure{exitFailed, err, "Without --json, octets are printed as they are"}
		}
		line = data
	} else {
		for i, v := range values {
			if i > 0 {
				line = append(line, '\t')
			}
			line = fmt.Append(line, text(v))
		}
	}
	_, err := fmt.Fprintf(w, "%s%s\n", before, line)
	if err != nil && !errors.Is(err, os.ErrClosed) {
		return &failure{exitFailed, err, ""}
	}
	return nil
}

// text is a value as a line of text has it: octets as they are, and what is no text
// as JSON.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	}
	data, err := host.Freeze(host.JSON, []any{v})
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(data[1 : len(data)-1])
}

// failed is the error of a call with its exit status.
func (o *callFlags) failed(err error) error {
	f := &failure{status: exitFailed, err: err}
	var script *host.ScriptError
	switch {
	case errors.Is(err, context.Canceled):
		f.status = exitInterrupted
	case errors.Is(err, fleet.ErrNoInstance):
		f.status, f.hint = exitUsage, "'runner-fleet ls' lists what is served, and 'runner-fleet push FILE' adds to it"
	case errors.Is(err, fleet.ErrLost), errors.Is(err, fleet.ErrDisconnected), errors.Is(err, fleet.ErrEvents), errors.Is(err, fleet.ErrUnavailable):
		f.status = exitLost
	case errors.As(err, new(*host.ExitError)):
		f.status = exitLost
	case errors.As(err, &script):
		for _, frame := range script.Stack {
			f.hint += "    at " + frame.String() + "\n"
		}
		if n := len(f.hint); n > 0 {
			f.hint = f.hint[:n-1]
		}
	}
	return f
}
