// Command counts counts what calls use, and fails if that has risen since the commit
// before:
//
//	go -C bench run ./counts                     # HEAD against the commit before it
//	go -C bench run ./counts -against v1.0.0     # and against another
//
// What is counted is the same on any machine, however busy it is: allocations and bytes
// allocated, in the parent and in the child, and system calls that carried something.
// No time is measured. With changes that are not committed it is them that are compared,
// with HEAD.
//
// A rise that is wanted is said in the message of the commit, on a line of its own at
// the end: "Counts: " and the reason.
//
// System calls are counted by strace, which needs no privileges, and are left out where
// there is none.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "counts:", err)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("counts", flag.ContinueOnError)
	flags.SetOutput(stderr)
	against := flags.String("against", "", "compare with this `commit` (default: HEAD if there are changes that are not committed, or else the commit before it)")
	runs := flags.Int("runs", 3, "how often each is counted; the least counts")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch {
	case flags.NArg() > 0:
		return fmt.Errorf("there are no arguments but flags, and %q is none", flags.Arg(0))
	case *runs < 1:
		return fmt.Errorf("-runs is %d, and has to be 1 at least", *runs)
	}
	folder, err := filepath.Abs("..")
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(folder, "bench", "counts", "scenarios")); err != nil {
		return errors.New(`this is not the folder of the bench: run it as "go -C bench run ./counts" at the top of the repository`)
	}
	work, err := os.MkdirTemp("", "counts")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	return (&comparison{folder: folder, work: work, against: *against, runs: *runs, out: stdout}).run(ctx)
}
