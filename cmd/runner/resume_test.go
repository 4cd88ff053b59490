//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var long = flag.Bool("long", false, "run the tests of many calls with millions of them, and kill the runner a thousand times")

// ledgerWorkers note in a ledger that a call is run, and answer some time later.
var ledgerWorkers = map[string]string{
	"sync": `
local ledger = io.open("ledger", "a")
ledger:setvbuf("no")
function run(n)
  ledger:write(n, "\n")
  sleep(tonumber(n) % 7 / 2000)
  return n, n * n
end`,
	"async": `
local ledger = io.open("ledger", "a")
ledger:setvbuf("no")
function run(done, n)
  ledger:write(n, "\n")
  sleep(tonumber(n) * 37 % 11 / 1000)
  done(n, n * n)
end`,
}

// The runner is killed at random moments, and started again, until all calls are
// answered. Each call has been run, by what the workers noted. Each that was run
// again was in flight when the runner was killed: it was not in the journal by then,
// and there were no more of those than can be outstanding. No result is lost, and as
// text they are in order.
func TestResumeAfterKill(t *testing.T) {
	t.Parallel()
	runner, err := exec.LookPath("runner") // which testscript has made of this program
	if err != nil {
		t.Fatal(err)
	}
	kills, calls := 12, 400
	if *long {
		kills, calls = 250, 10_000
	}
	for _, test := range []struct {
		worker, output string
		flags          []string
		window         int
	}{
		{"sync", "text", []string{"-j", "3", "--load", "2"}, 6},
		{"sync", "jsonl", nil, 2},
		{"async", "text", []string{"--async", "-j", "2", "--load", "8"}, 16},
		{"async", "jsonl", []string{"--async", "--load", "20"}, 20},
	} {
		t.Run(test.worker+" "+test.output, func(t *testing.T) {
			t.Parallel()
			r := &resumedRun{dir: t.TempDir(), runner: runner, calls: calls, window: test.window}
			writeLedgerRun(t, r, ledgerWorkers[test.worker])
			r.args = append(test.flags, "-s", "worker.lua", "--allow-write=ledger", "--calls", "calls.txt", "--resume", "journal", "--output", test.output)
			for killed := 0; ; killed++ {
				answers := rand.IntN(2 * calls / kills)
				if killed > 50*kills {
					t.Fatal("it does not get on")
				}
				if r.run(t, answers) {
					t.Logf("%d kills, %d calls run again", killed, r.again)
					break
				}
			}
			r.check(t, test.output == "text")
		})
	}
}

// A resumedRun is a run that is killed and resumed.
type resumedRun struct {
	dir, runner   string
	args          []string
	calls, window int

	output   []string // lines that were written
	inFlight int      // calls that may have been run twice, at most
	again    int      // calls that were run twice
}

func writeLedgerRun(t *testing.T, r *resumedRun, worker string) {
	t.Helper()
	var lines strings.Builder
	for n := range r.calls {
		fmt.Fprintln(&lines, n+1)
	}
	for name, text := range map[string]string{"worker.lua": worker, "calls.txt": lines.String()} {
		if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// run has the runner go on, and kills it once it has written some answers. It
// returns true if the runner has ended by itself.
func (r *resumedRun) run(t *testing.T, answers int) bool {
	t.Helper()
	noted := r.journal(t)
	before := r.ledger(t)
	var stderr bytes.Buffer
	cmd := exec.Command(r.runner, r.args...)
	cmd.Dir, cmd.Stderr = r.dir, &stderr
	cmd.Env = []string{"GORACE=atexit_sleep_ms=0"}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stdout)
	for {
		if answers == 0 {
			if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				t.Fatal(err)
			}
		}
		answers--
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			break // a line that was torn is no result
		}
		if err != nil {
			t.Fatal(err)
		}
		r.output = append(r.output, strings.TrimSuffix(line, "\n"))
	}
	err = cmd.Wait()
	if err != nil && !strings.Contains(err.Error(), "signal: killed") {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	r.compare(t, noted, before)
	return err == nil
}

// compare looks at what a run has done, given the journal and the ledger as they
// were before it.
func (r *resumedRun) compare(t *testing.T, noted map[int]bool, before []int) {
	t.Helper()
	times := make(map[int]int)
	for _, n := range before {
		times[n]++
	}
	started := 0
	for n := range times {
		if !noted[n] {
			started++
		}
	}
	if started > r.window {
		t.Errorf("%d calls were in flight, and %d can be", started, r.window)
	}
	r.inFlight += started
	for _, n := range r.ledger(t)[len(before):] {
		if noted[n] {
			t.Errorf("call %d is in the journal, and was run again", n)
		}
		if times[n] > 0 {
			r.again++
		}
	}
}

// check looks at all runs together.
func (r *resumedRun) check(t *testing.T, ordered bool) {
	t.Helper()
	ran := make(map[int]int)
	for _, n := range r.ledger(t) {
		ran[n]++
	}
	noted := r.journal(t)
	for n := 1; n <= r.calls; n++ {
		if ran[n] == 0 || !noted[n] {
			t.Errorf("call %d was run %d times; in the journal: %v", n, ran[n], noted[n])
		}
	}
	if r.again > r.inFlight {
		t.Errorf("%d calls were run again, and %d were in flight", r.again, r.inFlight)
	}
	var got []int
	for _, line := range r.output {
		n := 0
		if ordered {
			squared := 0
			if _, err := fmt.Sscanf(line, "%d\t%d", &n, &squared); err != nil || squared != n*n {
				t.Errorf("a result is %q", line)
			}
		} else if _, err := fmt.Sscanf(line, `{"call":%d,"result":`, &n); err != nil {
			t.Errorf("a result is %q", line)
		}
		got = append(got, n)
	}
	distinct := slices.Compact(slices.Sorted(slices.Values(got)))
	if len(distinct) != r.calls {
		t.Errorf("there are results of %d calls, of %d", len(distinct), r.calls)
	}
	// What is written twice was the last that a run has written.
	if ordered {
		for i := 1; i < len(got); i++ {
			if got[i] > got[i-1]+1 {
				t.Errorf("the result of call %d comes after that of %d", got[i], got[i-1])
			}
		}
	}
}

// ledger are the calls that the workers have noted, in their order.
func (r *resumedRun) ledger(t *testing.T) []int {
	t.Helper()
	return r.numbers(t, "ledger", func(line string) string { return line })
}

// journal are the calls that were answered.
func (r *resumedRun) journal(t *testing.T) map[int]bool {
	t.Helper()
	noted := make(map[int]bool)
	for _, n := range r.numbers(t, "journal", func(line string) string {
		kind, rest, _ := strings.Cut(line, " ")
		if kind != recordAnswered && kind != recordHeld {
			return ""
		}
		number, _, _ := strings.Cut(rest, " ")
		return number
	}) {
		noted[n] = true
	}
	return noted
}

// numbers are those in the whole lines of a file.
func (r *resumedRun) numbers(t *testing.T, name string, number func(line string) string) []int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(r.dir, name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	var numbers []int
	for line := range strings.Lines(string(text)) {
		whole, ok := strings.CutSuffix(line, "\n")
		if word := number(whole); ok && word != "" {
			n, err := strconv.Atoi(word)
			if err != nil {
				t.Fatalf("%s: %q", name, line)
			}
			numbers = append(numbers, n)
		}
	}
	return numbers
}
