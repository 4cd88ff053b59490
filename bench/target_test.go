package main

import (
	"io"
	"strings"
	"testing"
	"time"
)

// measuredOf are results of one round, by rows and subjects.
func measuredOf(t *testing.T, values map[string]map[string]float64) *results {
	t.Helper()
	b := &bench{rows: rows(fullSize()), subjects: subjects(), rounds: 1, span: time.Millisecond}
	r := newResults(b)
	for id, of := range values {
		for name, v := range of {
			found := false
			for i, row := range r.Rows {
				for j, s := range r.Subjects {
					if row.ID == id && s.Name == name {
						r.Rows[i].Subjects[j].add(0, sample{value: v, calls: []float64{v}, done: 1})
						found = true
					}
				}
			}
			if !found {
				t.Fatalf("there is no row %s of %s", id, name)
			}
		}
	}
	r.compare()
	return r
}

func TestTargets(t *testing.T) {
	t.Parallel()
	r := measuredOf(t, map[string]map[string]float64{
		"latency-pinned": {"limit": 10, "lua sync": 11, "js sync": 12, "Perl sync": 24, "lua async": 14},
		"latency":        {"lua sync": 5, "js sync": 6, "lua async": 7, "Perl sync": 42, "net/rpc": 45, "go-plugin gRPC": 200},
		"calls-64":       {"lua async": 1000, "js async": 900, "Perl async": 300, "go-plugin net/rpc": 95, "go-plugin gRPC": 50},
		"calls-1024":     {"Perl async": 400},
		"stream":         {"lua async": 4100, "js async": 2300},
		"object-json":    {"lua sync": 20, "codec alone": 10},
		"object-binary":  {"lua sync": 21, "codec alone": 10.6},
		"codec":          {"lua sync": 12},
		"start":          {"lua sync": 2, "js sync": 2.18, "limit": 1, "go-plugin net/rpc": 5, "go-plugin gRPC": 6},
		"idle-switches":  {"lua sync": 0, "js sync": 0, "lua async": 0.5},
		"unused":         {"lua sync": -1.2, "js sync": 5.2},
		"scheduling":     {"lua sync": -0.1, "js sync": 1.1},
		"callers":        {"lua sync": 151},
	})
	all, reached, measured := judge(r)
	if len(all) != len(targets()) {
		t.Errorf("there are %d targets", len(all))
	}
	got := map[string]string{}
	yesses, judgedOnes := 0, 0
	for _, j := range all {
		got[j.Text] = j.Reached + " " + j.Measured
		if j.Reached != none {
			judgedOnes++
		}
		if j.Reached == yes {
			yesses++
		}
	}
	if reached != yesses || measured != judgedOnes {
		t.Errorf("%d of %d are reached, and it says %d of %d", yesses, judgedOnes, reached, measured)
	}
	for text, want := range map[string]string{
		"pinned ≤ 1.15 S":                                     "**no** lua sync 1.1 S, js sync 1.2 S",
		"pinned p99 ≤ 20 µs":                                  "yes lua sync 11 µs, js sync 12 µs",
		"pinned ≤ 0.55 × Perl sync":                           "yes lua sync 0.46 ×, js sync 0.50 ×",
		"unpinned ≤ 0.8 S":                                    "yes lua sync 0.50 S, js sync 0.60 S",
		"unpinned ≤ 1/7 of Perl sync":                         "yes lua sync 1/8.4, js sync 1/7.0",
		"unpinned ≤ 1/9 of net/rpc":                           "**no** lua sync 1/9.0, js sync 1/7.5",
		"unpinned ≤ 1/20 of go-plugin gRPC":                   "yes lua sync 1/40, js sync 1/33",
		"async mode, unpinned, ≤ 1.3 × sync mode":             "**no** lua async 1.4 ×",
		"async mode, pinned, ≤ 1.3 × sync mode":               "yes lua async 1.3 ×",
		"64 callers: ≥ 2.5 × Perl async":                      "yes lua async 3.3 ×, js async 3.0 ×",
		"64 callers: ≥ 10 × go-plugin, the faster protocol":   "**no** lua async 11 ×, js async 9.5 ×",
		"1024 callers: ≥ 5 × Perl async (Lua)":                none + " " + none,
		"≥ 10 × Perl async with 1024 outstanding (Lua)":       "yes lua async 10 ×",
		"≥ 6 × Perl async with 1024 outstanding (JS)":         "**no** js async 5.8 ×",
		"json: ≥ 0.5 × the codec alone":                       "yes lua sync 0.50 ×",
		"cbor: ≥ 0.5 × the codec alone":                       "yes lua sync 0.50 ×",
		"cbor faster than json":                               "**no** lua sync 0.95 ×",
		"json in Lua ≥ 5 × a codec in Lua":                    "yes lua sync 12 ×",
		"≤ 2.2 × a minimal child in Go":                       "yes lua sync 2.0 ×, js sync 2.2 ×",
		"≤ 1/2.5 of go-plugin, the faster protocol":           "**no** lua sync 1/2.5, js sync 1/2.3",
		"no context switch":                                   "**no** lua sync 0/s, lua async 0.50/s, js sync 0/s",
		"costs ≤ 5 % of a plain call":                         "**no** lua sync -1.2 %, js sync 5.2 %",
		"scheduling ≤ 1 µs a call":                            "**no** lua sync -0.10 µs, js sync 1.1 µs",
		"one caller for each of 32 children ≥ 150 k/s in all": "yes lua sync 151 k/s",
	} {
		if got[text] != want {
			t.Errorf("%s: %s; want %s", text, got[text], want)
		}
	}
	page, err := readme(r)
	if want := "| a sync call, one outstanding | pinned ≤ 1.15 S | lua sync 1.1 S, js sync 1.2 S | **no** |\n|  | pinned p99"; err != nil || !strings.Contains(string(page), want) {
		t.Errorf("%v; the page lacks %q:\n%s", err, want, page)
	}
	if want := "others are: 10 µs, p99 10. "; !strings.Contains(string(page), want) {
		t.Errorf("the page lacks %q:\n%s", want, page)
	}
}

// What is of two rows is compared round by round, if both have all of them.
func TestTargetsByRounds(t *testing.T) {
	t.Parallel()
	b := &bench{rows: rows(fullSize()), subjects: subjects(), rounds: 2, span: time.Millisecond}
	for _, test := range []struct {
		binary []float64
		want   string
	}{
		{[]float64{20, 40}, "lua sync 0.75 ×"}, // of 10/20 and 40/40
		{[]float64{20}, "lua sync 1.2 ×"},      // of 25, the median, and 20
	} {
		r := newResults(b)
		for i, row := range r.Rows {
			of := map[string][]float64{"object-json": {10, 40}, "object-binary": test.binary}[row.ID]
			for round, v := range of {
				r.Rows[i].Subjects[2].add(round, sample{value: v, done: 1})
			}
		}
		r.compare()
		all, _, _ := judge(r)
		for _, j := range all {
			if j.Text == "cbor faster than json" && j.Measured != test.want {
				t.Errorf("of %v there is %s, and should be %s", test.binary, j.Measured, test.want)
			}
		}
	}
}

// What has no ratios is told with its rounds.
func TestAbsolute(t *testing.T) {
	t.Parallel()
	r := newResults(&bench{rows: rows(fullSize()), subjects: subjects(), rounds: 2, span: time.Millisecond})
	for i, row := range r.Rows {
		if row.ID == "scheduling" {
			r.Rows[i].Subjects[2].add(0, sample{value: 0.5, done: 1})
			r.Rows[i].Subjects[2].add(1, sample{value: 0.7, done: 1})
		}
	}
	r.compare()
	var out strings.Builder
	if err := writeTable(&out, r); err != nil || !strings.Contains(out.String(), "lua sync   0.60 (0.50–0.70)") {
		t.Errorf("%v; it prints\n%s", err, out.String())
	}
}

// Each target is of a row and of subjects that there are.
func TestTargetsExist(t *testing.T) {
	t.Parallel()
	all := map[string]map[string]float64{}
	for _, row := range rows(fullSize()) {
		all[row.id] = map[string]float64{}
		for _, s := range subjects() {
			all[row.id][s.name] = 1
		}
	}
	_, _, measured := judge(measuredOf(t, all))
	if n := len(targets()); measured != n {
		t.Errorf("of %d targets %d have values, though everything was measured", n, measured)
	}
}

// What only one of ours, or only a peer, was measured of is told as it is.
func TestFiguresAlone(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]float64{"lua sync": 12.5, "net/rpc": 45} {
		r := measuredOf(t, map[string]map[string]float64{"latency": {name: value}})
		var out strings.Builder
		if err := writeTable(&out, r); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), "16 bytes there and back, one call outstanding\n") || !strings.Contains(out.String(), name) || !strings.Contains(out.String(), figure(value)+", mean "+figure(value)+", p99") {
			t.Errorf("of %s it prints\n%s", name, out.String())
		}
	}
	var out strings.Builder
	if err := writeTable(&out, measuredOf(t, nil)); err != nil || !strings.Contains(out.String(), "Nothing was measured") {
		t.Errorf("of nothing it prints\n%s%v", out.String(), err)
	}
}

// A run of one subject of ours prints what was measured.
func TestOnlyOurs(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(t.Context(), []string{"-quick", "-only", "^latency/lua sync"}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "lua sync") || !strings.Contains(out.String(), "µs") || !strings.Contains(out.String(), ", mean ") {
		t.Errorf("it prints\n%s", out.String())
	}
}
