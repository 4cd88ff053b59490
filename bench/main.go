// Command bench measures this project beside what its users would pick instead, and
// beside what cannot be faster, in one run on one machine:
//
//	go -C bench run .            # measure, print a table of ratios
//	go -C bench run . -update    # and write README.md, plot.svg and results.json
//
// Every subject is a program of its own, in peers/, which package driver tells about.
// What there is to measure is in row.go, and who is measured in subject.go.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
		stop()
		os.Exit(1)
	}
}

// settings are what the flags say.
type settings struct {
	only       *regexp.Regexp
	rounds     int
	quick      bool
	update     bool
	from       string
	json, plot string
}

func parse(args []string, stderr io.Writer) (*settings, error) {
	s := &settings{}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	only := flags.String("only", "", "measure only what this `regexp` matches in ROW/SUBJECT, e.g. '^latency/(limit|lua)'")
	flags.IntVar(&s.rounds, "rounds", 5, "how often each is measured")
	flags.BoolVar(&s.quick, "quick", false, "take some seconds: to see that all works; the numbers say little")
	flags.BoolVar(&s.update, "update", false, "write README.md, plot.svg and results.json in bench/")
	flags.StringVar(&s.from, "from", "", "measure nothing: take the results from this `file`, which -json has written")
	flags.StringVar(&s.json, "json", "", "write the results to this `file`")
	flags.StringVar(&s.plot, "plot", "", "draw the results in this `file` (SVG)")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	var err error
	switch s.only, err = regexp.Compile(*only); {
	case err != nil:
		return nil, fmt.Errorf("-only: %w", err)
	case flags.NArg() > 0:
		return nil, fmt.Errorf("there are no arguments but flags, and %q is none", flags.Arg(0))
	case s.rounds < 1:
		return nil, fmt.Errorf("-rounds is %d, and has to be 1 at least", s.rounds)
	case s.update && (s.quick || *only != ""):
		return nil, errors.New("-update writes what others will read: it needs a whole run, without -quick and -only")
	}
	return s, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := parse(args, stderr)
	if err != nil {
		return err
	}
	folder, err := moduleFolder(ctx)
	if err != nil {
		return err
	}
	var results *results
	var failed error
	if s.from != "" {
		results, err = read(s.from)
	} else {
		results, failed, err = s.measure(ctx, folder, stderr)
	}
	if err != nil {
		return err
	}
	if err := writeTable(stdout, results); err != nil {
		return err
	}
	if s.update && failed != nil {
		return fmt.Errorf("nothing was updated: %w", failed)
	}
	if s.json != "" {
		failed = errors.Join(failed, results.write(s.json))
	}
	if s.plot != "" {
		failed = errors.Join(failed, os.WriteFile(s.plot, plot(results), 0o666))
	}
	if s.update {
		failed = update(folder, results)
	}
	return failed
}

// measure returns what was measured, and what of it failed.
func (s *settings) measure(ctx context.Context, folder string, progress io.Writer) (r *results, failed, err error) {
	size := fullSize()
	if s.quick {
		size, s.rounds = quickSize(), 1
	}
	rows := rows(size)
	subjects := selected(subjects(), rows, s.only)
	if len(subjects) == 0 {
		return nil, nil, fmt.Errorf("-only %s: no row of a subject matches; rows are %s", s.only, strings.Join(rowIDs(rows), ", "))
	}
	shop, err := newWorkshop(folder, progress)
	if err != nil {
		return nil, nil, err
	}
	defer shop.close()
	b := &bench{rows: rows, subjects: subjects, only: s.only, rounds: s.rounds, laps: size.laps, span: size.span, shop: shop, progress: progress}
	r, failed = b.run(ctx)
	if r == nil {
		return nil, nil, failed
	}
	r.about(ctx, folder)
	return r, failed, nil
}

// moduleFolder is where the sources of this program are, which those of the subjects
// are beside.
func moduleFolder(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Path}} {{.Dir}}").Output()
	path, folder, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	if err != nil || path != "scripthost.example/bench" {
		return "", errors.New("this is not the folder of the bench: run it as \"go -C bench run .\" at the top of the repository")
	}
	return filepath.Clean(folder), nil
}
