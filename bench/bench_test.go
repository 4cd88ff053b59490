package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"scripthost.example/bench/driver"
)

// kindsOf are the rows that the subjects in Go have to have, by the kinds of jobs that
// their drivers do.
var kindsOf = map[string]string{
	"limit":             "latency start hold",
	"codec alone":       "object-json object-binary",
	"lua sync":          "latency calls callers stream events start spare hold object-json object-binary pool unused scheduling codec",
	"lua async":         "latency calls callers stream events start spare hold object-json object-binary pool unused scheduling",
	"js sync":           "latency calls callers stream events start spare hold object-json object-binary pool unused scheduling",
	"js async":          "latency calls callers stream events start spare hold object-json object-binary pool unused scheduling",
	"net/rpc":           "latency calls callers stream start hold object-binary",
	"go-plugin net/rpc": "latency calls callers start hold",
	"go-plugin gRPC":    "latency calls callers start hold events",
}

// A quick run has every row of every subject in Go, and every answer was right.
func TestQuick(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	jsonFile, svgFile := filepath.Join(dir, "results.json"), filepath.Join(dir, "plot.svg")
	var out, progress bytes.Buffer
	err := run(t.Context(), []string{
		"-quick", "-json", jsonFile, "-plot", svgFile,
		"-only", "/(limit|codec|lua|js|net/rpc|go-plugin)",
	}, &out, &progress)
	if err != nil {
		t.Fatalf("%v\n%s", err, progress.String())
	}
	r, err := read(jsonFile)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Subjects) != len(kindsOf) {
		t.Errorf("there are %d subjects instead of %d", len(r.Subjects), len(kindsOf))
	}
	rows := rows(quickSize())
	if len(r.Rows) != len(rows) {
		t.Fatalf("there are %d rows instead of %d", len(r.Rows), len(rows))
	}
	for i, row := range r.Rows {
		for _, m := range row.Subjects {
			has := strings.Contains(" "+kindsOf[m.Name]+" ", " "+rows[i].kind+" ")
			if row.ID == "codec" && os.Getenv("CI") != "true" {
				has = m.has() && has // dkjson may not have been fetched
			}
			switch {
			case m.Error != "":
				t.Errorf("%s of %s: %s", row.ID, m.Name, m.Error)
			case has != m.has():
				t.Errorf("%s of %s: measured is %v, and should be %v", row.ID, m.Name, m.has(), has)
			case has && (m.Calls == 0 || m.Median <= 0 && !row.Absolute || len(m.Rounds) != 1):
				t.Errorf("%s of %s says %+v", row.ID, m.Name, m)
			}
		}
		if (len(row.Ratios) == 0) != (row.Absolute || row.ID == "spare" || row.ID == "pool") {
			t.Errorf("%s has %d ratios", row.ID, len(row.Ratios))
		}
		if row.ID != "codec" && !strings.Contains(out.String(), row.Title) {
			t.Errorf("the table lacks %s:\n%s", row.ID, out.String())
		}
	}
	svg, err := os.ReadFile(svgFile)
	if err != nil {
		t.Fatal(err)
	}
	wellFormed(t, svg)
}

func wellFormed(t *testing.T, svg []byte) {
	t.Helper()
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("the plot is no XML: %v\n%s", err, svg)
		}
	}
}

// The drivers in other languages do every job that they say they can, where what they
// need is installed.
func TestOtherLanguages(t *testing.T) {
	t.Parallel()
	shop, err := newWorkshop(".", io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(shop.close)
	for _, s := range subjects() {
		// piscina is not asked for: tests need no network.
		if !regexp.MustCompile("Perl|Node|Python").MatchString(s.name) {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			command, err := s.command(t.Context(), shop)
			if err != nil && os.Getenv("CI") == "true" && !strings.HasPrefix(s.name, "Perl") {
				t.Fatal(err) // there AnyEvent::Fork::RPC alone may be missing
			}
			if err != nil {
				t.Skip(err)
			}
			b := &bench{
				rows: rows(quickSize()), subjects: []*subject{{s.name, peer, func(context.Context, *workshop) ([]string, error) { return command, nil }}},
				only: regexp.MustCompile(""), rounds: 1, span: quickSize().span, shop: shop, progress: io.Discard,
			}
			r, err := b.run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			measured := 0
			for _, row := range r.Rows {
				if row.Subjects[0].has() {
					measured++
				}
			}
			if measured < 9 {
				t.Errorf("there are %d rows only", measured)
			}
		})
	}
}

// A driver that answers wrong, that fails, that is silent or that ends is an error,
// which names it.
func TestBadDrivers(t *testing.T) {
	t.Parallel()
	const hello = `{"kinds":["latency"],"version":"bad"}`
	for name, test := range map[string]struct{ script, want string }{
		"wrong":    {`echo '` + hello + `'; read job; echo '{"nanos":[1,2],"done":2,"right":1}'`, "of 2 answers 1 are known to be right"},
		"fails":    {`echo '` + hello + `'; read job; echo '{"error":"no luck"}'`, "no luck"},
		"nothing":  {`echo '` + hello + `'; read job; echo '{}'`, "no call was answered"},
		"ends":     {`echo '` + hello + `'; exit 3`, "exit status 3"},
		"no hello": {`echo oh dear >&2; exit 1`, "oh dear"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &subject{"bad", peer, func(context.Context, *workshop) ([]string, error) {
				return []string{"sh", "-c", test.script}, nil
			}}
			b := &bench{
				rows: rows(quickSize())[:1], subjects: []*subject{s}, only: regexp.MustCompile(""),
				rounds: 1, span: time.Millisecond, progress: io.Discard,
			}
			r, err := b.run(t.Context())
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "latency of bad") {
				t.Errorf("the error is %v", err)
			}
			if r == nil || r.Rows[0].Subjects[0].Error == "" || r.Rows[0].Subjects[0].has() {
				t.Errorf("the results are %+v", r)
			}
		})
	}
}

// Rows of the same laps are measured by turns: each lap goes the other way than the one
// before it. The first one says nothing, and a ratio is of numbers of the same lap. Workers
// that are kept are released in the end.
func TestLaps(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "log")
	// Each answer takes ten times as long as the one before it, in nanoseconds.
	answers := func(name string, first, fails int) *subject {
		script := `echo '{"kinds":["latency"],"version":"1"}'; took=$1; n=0
while read job; do
	n=$((n + 1)); echo "$2 $job" >>"$3"
	if [ $n = "$4" ]; then echo '{"error":"no luck"}'; exit; fi
	echo "{\"nanos\":[$took],\"done\":1,\"right\":1}"; took=${took}0
done`
		command := []string{"sh", "-c", script, "sh", strconv.Itoa(first), name, log, strconv.Itoa(fails)}
		return &subject{name, peer, func(context.Context, *workshop) ([]string, error) { return command, nil }}
	}
	rowOf := func(id string, size int, keeps bool) row {
		job := driver.Job{Kind: driver.Latency, Size: size}
		return row{id: id, laps: "both", keeps: keeps, kind: driver.Latency, measure: typical(job, time.Nanosecond)}
	}
	a, b := answers("a", 1, 0), answers("b", 20, 0)
	a.role = ours
	bench := &bench{
		rows: []row{rowOf("x", 1, false), rowOf("y", 2, true)}, subjects: []*subject{a, b, answers("c", 1, 4)}, only: regexp.MustCompile(""),
		rounds: 1, laps: 3, progress: io.Discard,
	}
	r, err := bench.run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "x of c: no luck") || !strings.Contains(err.Error(), "y of c: its driver is gone") {
		t.Errorf("the error is %v", err)
	}
	said, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	order := regexp.MustCompile(`(.) .*("size":|"releas)(.).*\n`).ReplaceAllString(string(said), "$1$3 ")
	if want := "a1 b1 c1 a2 b2 c2 c2 b2 a2 c1 b1 a1 a1 b1 a2 b2 b2 a2 b1 a1 ae be "; order != want {
		t.Errorf("the order is\n%s, and should be\n%s", order, want)
	}
	x, y := r.Rows[0], r.Rows[1]
	// Of x, a has 1, 1000, 10^4 and 10^7, and b has 20, 20*10^3, 20*10^4 and 20*10^7.
	if m := x.Subjects[0]; m.Median != 1e4 || m.P99 < 9e6 || m.Calls != 3 || len(m.Rounds) != 1 {
		t.Errorf("x of a is %+v", m)
	}
	if m := y.Subjects[2]; m.has() || x.Subjects[2].has() {
		t.Errorf("of c there is %+v and %+v", x.Subjects[2], m)
	}
	if len(x.Ratios) != 1 || x.Ratios[0].spread != (spread{20, 20, 20}) {
		t.Errorf("the ratios are %+v", x.Ratios)
	}
}

// What cannot be measured on a machine is told, and is no error.
func TestMissing(t *testing.T) {
	t.Parallel()
	s := &subject{"absent", peer, func(context.Context, *workshop) ([]string, error) {
		return nil, errors.New("it is not here\nnot at all")
	}}
	var progress bytes.Buffer
	b := &bench{rows: rows(quickSize()), subjects: []*subject{s}, only: regexp.MustCompile(""), rounds: 2, progress: &progress}
	r, err := b.run(t.Context())
	if err != nil || !strings.Contains(progress.String(), "absent is not measured: it is not here") {
		t.Errorf("the error is %v; it tells %q", err, progress.String())
	}
	page, err := readme(r)
	if err != nil || !strings.Contains(string(page), "| absent | not measured: it is not here |") {
		t.Errorf("%v\n%s", err, page)
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"-only (":                   "-only: ",
		"-only nobody":              "rows are latency, ",
		"-rounds 0":                 "-rounds is 0",
		"-update -quick":            "a whole run",
		"-update -only lua":         "a whole run",
		"twice":                     `"twice"`,
		"-from nowhere.json":        "nowhere.json",
		"-from go.mod":              "go.mod has no results",
		"-fast":                     "not defined",
		"-quick -rounds many":       "-rounds",
		"-json /dev/null more less": `"more"`,
	} {
		err := run(t.Context(), strings.Fields(args), io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the error is %v, and should contain %q", args, err, want)
		}
	}
}

// made are results of two rounds.
func made(t *testing.T) *results {
	t.Helper()
	b := &bench{
		rows: rows(fullSize())[:3],
		subjects: []*subject{
			{"limit", limit, nil}, {"lua <sync>", ours, nil}, {"js sync", ours, nil}, {"slow", peer, nil},
		},
		rounds: 3, span: time.Millisecond,
	}
	r := newResults(b)
	for round, values := range [][4]float64{{10, 20, 40, 60}, {10, 10, 20, 60}, {5, 20, 20, 10}} {
		for i, v := range values {
			r.Rows[0].Subjects[i].add(round, sample{value: v, calls: []float64{2 * v}, done: 1})
		}
	}
	r.Rows[2].Subjects[1].add(0, sample{value: 300, done: 1})
	r.Rows[2].Subjects[3].add(0, sample{value: 100, done: 1})
	r.Rows[2].Subjects[3].add(1, sample{value: 7, done: 1}) // with nothing to compare
	r.compare()
	r.Commit = "0123456789abcdef+"
	return r
}

func TestRatios(t *testing.T) {
	t.Parallel()
	r := made(t)
	for _, test := range []struct {
		row    int
		of, to string
		want   spread
	}{
		{0, "lua <sync>", "limit", spread{0.5, 0.25, 1}},
		{0, "lua <sync>", "slow", spread{3, 0.5, 6}},
		{0, "js sync", "slow", spread{1.5, 0.5, 3}},
		{2, "lua <sync>", "slow", spread{3, 3, 3}},
	} {
		found := false
		for _, x := range r.Rows[test.row].Ratios {
			if x.Of == test.of && x.To == test.to {
				found = true
				if x.spread != test.want {
					t.Errorf("%s to %s in row %d is %+v, and should be %+v", test.of, test.to, test.row, x.spread, test.want)
				}
			}
		}
		if !found {
			t.Errorf("there is no ratio of %s to %s in row %d", test.of, test.to, test.row)
		}
	}
	if n := len(r.Rows[1].Ratios); n != 0 {
		t.Errorf("a row without numbers has %d ratios", n)
	}
	if m := r.Rows[0].Subjects[1]; m.spread != (spread{20, 10, 20}) || m.P99 != 40 || m.Calls != 3 {
		t.Errorf("lua has %+v, %+v", m, m.spread)
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	r := made(t)
	dir := t.TempDir()
	if err := update(dir, r); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| 16 bytes there and back, one call outstanding | lua <sync> | slow | **3.0 (0.50–6.0)** |",
		"|  | lua <sync> | js sync |\n|---|---|---|\n| limit | 0.50 (0.25–1.0) |",
		"| µs | 20, mean 40, p99 40 | 20, mean 40, p99 40 |",
		"| slow | 3.0 |",
		", commit 0123456789ab with changes, ",
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	svg, err := os.ReadFile(filepath.Join(dir, "plot.svg"))
	if err != nil {
		t.Fatal(err)
	}
	wellFormed(t, svg)
	if n := bytes.Count(svg, []byte("<rect ")); n != 1+4+2 {
		t.Errorf("the plot has %d rectangles instead of the ground and six bars", n)
	}
	b, err := os.ReadFile(filepath.Join(dir, "results.json"))
	if err != nil || !json.Valid(b) {
		t.Errorf("the results are no JSON: %v", err)
	}
}

func TestFigures(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{0: "0", math.NaN(): none, math.Inf(1): none, -0.26: "-0.26", 0.0123: "0.012", 0.5: "0.50", 1: "1.0", 9.94: "9.9", 9.96: "10", 12.3: "12", 1234.5: "1234"} {
		if got := figure(v); got != want {
			t.Errorf("%v is written %s, and should be %s", v, got, want)
		}
	}
	for q, want := range map[float64]float64{0: 1, 0.5: 2.5, 0.99: 3.97, 1: 4} {
		if got := quantile([]float64{4, 1, 3, 2}, q); got < want-1e-9 || got > want+1e-9 {
			t.Errorf("quantile %v is %v, and should be %v", q, got, want)
		}
	}
}
