package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// benchVersion is that of the format that is written here.
const benchVersion = 1

// A benchResult is what came of a benchmark, as --save and --output json have it. New
// keys may be added. Times are in nanoseconds, and those of latencies right to an
// eighth, but for Max; memory is in bytes, 0 where it is not known.
type benchResult struct {
	Version    int    `json:"runner_bench"`
	Runner     string `json:"runner"`
	Script     string `json:"script"`
	Function   string `json:"function"`
	Async      bool   `json:"async"`
	Serialiser string `json:"serialiser"`
	Workers    int    `json:"workers"`
	Load       int    `json:"load"`

	Calls  uint64        `json:"calls"` // answered or failed
	Failed uint64        `json:"failed"`
	Took   time.Duration `json:"took_ns"`
	Rate   float64       `json:"calls_per_second"`
	P50    time.Duration `json:"p50_ns"`
	P90    time.Duration `json:"p90_ns"`
	P99    time.Duration `json:"p99_ns"`
	Max    time.Duration `json:"max_ns"`
	Mean   time.Duration `json:"mean_ns"`
	Bars   []timeBar     `json:"histogram"`

	Memory    int64 `json:"worker_resident"` // of the largest worker, at its largest
	MemoryAll int64 `json:"workers_resident"`

	Compared *benchRatios `json:"compared,omitempty"`
}

// benchRatios are the numbers divided by those of an earlier benchmark; 0 where one of
// them is not known.
type benchRatios struct {
	Rate   float64 `json:"calls_per_second"`
	P50    float64 `json:"p50"`
	P90    float64 `json:"p90"`
	P99    float64 `json:"p99"`
	Max    float64 `json:"max"`
	Memory float64 `json:"worker_resident"`
}

func newBenchResult(t *times, failed uint64, took time.Duration) *benchResult {
	r := &benchResult{
		Version: benchVersion, Calls: t.total + failed, Failed: failed, Took: took,
		P50: t.quantile(0.5), P90: t.quantile(0.9), P99: t.quantile(0.99), Max: t.longest, Bars: t.bars(),
	}
	if seconds := took.Seconds(); seconds > 0 {
		r.Rate = float64(t.total) / seconds
	}
	if t.total > 0 {
		r.Mean = t.sum / time.Duration(t.total)
	}
	return r
}

// readBench reads what --save has written. Its errors are for the user.
func readBench(name string) (*benchResult, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, benchUsage("It is what 'runner bench --save FILE' has written", "--compare %s: %v", quoted(name), plainError(err))
	}
	r := new(benchResult)
	if err := json.Unmarshal(text, r); err != nil || r.Version == 0 {
		return nil, benchUsage("It has to be what 'runner bench --save FILE' has written", "--compare %s: there are no numbers of a benchmark in it", quoted(name))
	}
	if r.Version != benchVersion {
		return nil, benchUsage("Measure it anew", "--compare %s: it is of version %d, and this runner reads version %d", quoted(name), r.Version, benchVersion)
	}
	return r, nil
}

func (r *benchResult) save(name string) error {
	text, err := r.json()
	if err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o644)
}

func (r *benchResult) json() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(r)
	return b.Bytes(), err
}

// compare divides r's numbers by those of before.
func (r *benchResult) compare(before *benchResult) {
	ratio := func(now, then float64) float64 {
		if now <= 0 || then <= 0 {
			return 0
		}
		return now / then
	}
	r.Compared = &benchRatios{
		Rate: ratio(r.Rate, before.Rate),
		P50:  ratio(float64(r.P50), float64(before.P50)), P90: ratio(float64(r.P90), float64(before.P90)),
		P99: ratio(float64(r.P99), float64(before.P99)), Max: ratio(float64(r.Max), float64(before.Max)),
		Memory: ratio(float64(r.Memory), float64(before.Memory)),
	}
}

// write writes the numbers, and how they compare to those of before, if it is not nil.
func (r *benchResult) write(out io.Writer, format string, before *benchResult) error {
	if before != nil {
		r.compare(before)
	}
	if format == "json" {
		text, err := r.json()
		if err == nil {
			_, err = out.Write(text)
		}
		return err
	}
	_, err := io.WriteString(out, printable(r.text(before)))
	return err
}

// barWidth is how many characters all calls are in a histogram.
const barWidth = 40

func (r *benchResult) text(before *benchResult) string {
	var b strings.Builder
	mode := "sync"
	if r.Async {
		mode = "async"
	}
	fmt.Fprintf(&b, "%s: %s in %s, %d calls at a time in each, %s\n", r.Script, r.Function, count1000(uint64(r.Workers), mode+" worker"), r.Load, r.Serialiser)
	fmt.Fprintf(&b, "calls    %s in %v: %s/s", grouped1000(r.Calls), short(r.Took), rateText(r.Rate))
	if r.Failed > 0 {
		fmt.Fprintf(&b, ", %s failed", grouped1000(r.Failed))
	}
	fmt.Fprintf(&b, "\nlatency  p50 %v, p90 %v, p99 %v, max %v\n", roughly(r.P50), roughly(r.P90), roughly(r.P99), roughly(r.Max))
	if r.Memory > 0 {
		fmt.Fprintf(&b, "memory   %s in the largest worker, %s in all\n", mebibytes(r.Memory), mebibytes(r.MemoryAll))
	}
	answered := r.Calls - r.Failed
	for _, bar := range r.Bars {
		share := float64(bar.Calls) / float64(max(1, answered))
		line := fmt.Sprintf("%12v  %5.1f%%  %s", "< "+roughly(bar.Below).String(), share*100, strings.Repeat("#", int(share*barWidth+0.5)))
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	if c := r.Compared; c != nil {
		fmt.Fprintf(&b, "against %s, %s calls at %s/s:\n", before.Script, grouped1000(before.Calls), rateText(before.Rate))
		if before.Async != r.Async || before.Workers != r.Workers || before.Load != r.Load || before.Serialiser != r.Serialiser {
			b.WriteString("  (it had another mode, serialiser, or number of workers or calls at a time)\n")
		}
		for _, line := range []struct {
			what  string
			ratio float64
		}{{"calls/s", c.Rate}, {"p50", c.P50}, {"p90", c.P90}, {"p99", c.P99}, {"max", c.Max}, {"memory", c.Memory}} {
			if line.ratio > 0 {
				fmt.Fprintf(&b, "  %-8s %.2f times\n", line.what, line.ratio)
			}
		}
	}
	return b.String()
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }
