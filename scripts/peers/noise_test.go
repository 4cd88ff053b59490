//go:build unix

package peers_test

import (
	"strings"
	"testing"
)

// Programs that load a worker and have it print, itself and by a program that it
// starts.
const (
	noisyPython = `
import os, worker
quiet = worker.run
def noisy(event, *args):
    print("noise", flush=True)
    os.system("echo noise; cat")
    return quiet(event, *args)
worker.run = noisy
worker.main()`
	noisyPerl = `
BEGIN {
   *CORE::GLOBAL::exit = sub (;$) {
      $| = 1;
      print "noise\n";
      system "echo noise; cat";
      CORE::exit($_[0]);
   };
}
do "./worker.pl" or die $@;`
)

// What a child prints does not get between the frames on its standard output,
// and what it starts does not read them.
func TestChildPrints(t *testing.T) {
	each(t, []peer{
		{name: "worker.py", command: func(t *testing.T, m mode) []string {
			python(t, m)
			return m.flags("python3", "-B", "-c", noisyPython)
		}},
		{name: "worker.pl", command: func(t *testing.T, m mode) []string {
			perlWorker(t, m)
			return m.flags("perl", "-e", noisyPerl, "--")
		}},
	}, func(t *testing.T, p peer, m mode) {
		if !m.stdio {
			t.Skip("there is no stream on standard output in this mode")
		}
		w := start(t, p, m)
		w.send(w.request(1, "echo", "a"), w.request(2, "echo", "b"))
		if err := w.halfClose(); err != nil {
			t.Fatal(err)
		}
		w.expect(message{1, []string{"a"}}, message{w.id(2), []string{"b"}})
		if status := w.end(); status != 0 || strings.ReplaceAll(w.stderr.String(), "noise\n", "") != "" || w.stderr.Len() == 0 {
			t.Errorf("exit status %d and %q on standard error, want 0 and noise", status, w.stderr.String())
		}
	})
}
