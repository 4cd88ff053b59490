package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
)

// perlLib is a variable of the environment that may name a folder with
// AnyEvent::Fork::RPC, or several, as in PERL5LIB.
const perlLib = "ANYEVENT_FORK_RPC_LIB"

func perlDriver(mode string) func(context.Context, *workshop) ([]string, error) {
	return func(ctx context.Context, w *workshop) ([]string, error) {
		perl := []string{"perl"}
		if lib := os.Getenv(perlLib); lib != "" {
			// Not -I: the processes that AnyEvent::Fork makes have to find it, too.
			perl = []string{"env", "PERL5LIB=" + lib + string(os.PathListSeparator) + os.Getenv("PERL5LIB"), "perl"}
		}
		probe := append(perl, "-MAnyEvent::Fork::RPC", "-e", "1")
		if _, err := w.output(ctx, exec.CommandContext(ctx, probe[0], probe[1:]...)); err != nil {
			return nil, fmt.Errorf("there is no Perl with AnyEvent::Fork::RPC; %s may name its folder\n%w", perlLib, err)
		}
		return append(perl, w.peer("perl", "driver.pl"), mode), nil
	}
}
