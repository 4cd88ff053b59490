//go:build unix

package host

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// reliability is the page with the numbers of the fault suite.
const reliability = "../docs/RELIABILITY.md"

var update = flag.Bool("update", false, "write the numbers of the run into "+reliability)

// A report is a table of the page.
type report struct {
	name    string // of its place in the page
	columns []string
	rows    [][]string
}

func (r *report) add(label string, cells ...string) {
	r.rows = append(r.rows, append([]string{label}, cells...))
}

func (r *report) String() string {
	var b strings.Builder
	line := func(cells []string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	line(r.columns)
	b.WriteString(strings.Repeat("|---", len(r.columns)) + "|\n")
	for _, row := range r.rows {
		line(row)
	}
	return b.String()
}

// labels are the heads of a table: its first line, and the first cell of all others.
func labels(table string) (heads []string) {
	for i, line := range strings.Split(strings.TrimSpace(table), "\n") {
		if i > 0 {
			line, _, _ = strings.Cut(strings.TrimPrefix(line, "|"), "|")
		}
		heads = append(heads, strings.TrimSpace(line))
	}
	return heads
}

// publish prints the table, and checks that the page has it, but for the figures.
// With -update they are written there.
func (r *report) publish(t *testing.T) {
	t.Helper()
	table := r.String()
	t.Logf("for %s:\n%s", reliability, table)
	page, err := os.ReadFile(reliability)
	if err != nil {
		t.Fatal(err)
	}
	start, end := "<!-- run: "+r.name+" -->\n", "<!-- end -->"
	before, rest, found := strings.Cut(string(page), start)
	there, after, foundEnd := strings.Cut(rest, end)
	if !found || !foundEnd {
		t.Fatalf("%s has no place for it: %q and then %q", reliability, start, end)
	}
	if *update {
		if err := os.WriteFile(reliability, []byte(before+start+table+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got, want := labels(there), labels(table); !slices.Equal(got, want) {
		t.Errorf("the table of %s has the heads\n%q, and the run those\n%q: run it with -long -update", reliability, got, want)
	}
}

// grouped is a number with commas.
func grouped[T ~int | ~uint64](n T) string {
	text := strconv.FormatUint(uint64(n), 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// brief is a time with two digits or so.
func brief(d time.Duration) string {
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%.1f ms", d.Seconds()*1000)
	}
	return fmt.Sprintf("%.0f ms", d.Seconds()*1000)
}

// quantiles are the median and p99 of times, which it sorts.
func quantiles(times []time.Duration) string {
	if len(times) == 0 {
		return "none"
	}
	slices.Sort(times)
	return brief(times[len(times)/2]) + ", " + brief(times[len(times)*99/100])
}

// killReport is the table of runs in which workers were killed.
func killReport(runs []killRun) *report {
	r := &report{name: "kills", columns: []string{"kills at random moments under load"}}
	kinds := []string{"exit, unknown", "exit, not sent", "quarantined, unknown"}
	for _, run := range runs {
		r.columns = append(r.columns, run.name)
		for kind := range run.sum.kinds {
			if !slices.Contains(kinds, kind) {
				kinds = append(kinds, kind) // that should not be
			}
		}
	}
	row := func(label string, cell func(killRun) string) {
		cells := make([]string, len(runs))
		for i, run := range runs {
			cells[i] = cell(run)
		}
		r.add(label, cells...)
	}
	row("workers killed", func(k killRun) string { return grouped(k.kills) })
	row("workers started", func(k killRun) string { return grouped(k.stats.Started) })
	row("calls = answers + errors", func(k killRun) string {
		return grouped(k.sum.answers+k.sum.failures) + " = " + grouped(k.sum.answers) + " + " + grouped(k.sum.failures)
	})
	for _, kind := range kinds {
		row("errors: "+kind, func(k killRun) string { return grouped(k.sum.kinds[kind]) })
	}
	row("retries", func(k killRun) string { return grouped(k.stats.Retries) })
	for _, phase := range phases {
		row("p50, p99 "+phase, func(k killRun) string { return quantiles(k.sum.times[phase]) })
	}
	return r
}

// A killRun is what came of one.
type killRun struct {
	name  string
	kills int
	sum   summary
	stats PoolStats
}

func TestReport(t *testing.T) {
	t.Parallel()
	r := report{columns: []string{"what", "a"}}
	r.add("x", grouped(1234567))
	r.add("y", brief(1234*time.Microsecond))
	if got, want := r.String(), "| what | a |\n|---|---|\n| x | 1,234,567 |\n| y | 1.2 ms |\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := labels(r.String()); fmt.Sprintf("%q", got) != `["| what | a |" "---" "x" "y"]` {
		t.Errorf("got %q", got)
	}
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 100_000: "100,000"} {
		if got := grouped(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}
