package main

import (
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestFlags(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"-runs 0": "-runs is 0", "more": `"more"`, "-fast": "not defined",
		"": "go -C bench run ./counts", // in this folder
	} {
		if err := run(t.Context(), strings.Fields(args), io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: the error is %v, and should contain %q", args, err, want)
		}
	}
}

// Each scenario runs, and has its counts; system calls are counted where they can be.
func TestScenarios(t *testing.T) {
	t.Parallel()
	c := &comparison{work: t.TempDir()}
	top, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	program, err := c.build(t.Context(), top, "now")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(program).Output()
	if err != nil {
		t.Fatal(err)
	}
	m := &meter{work: c.work, out: t.Output()}
	strace, err := m.strace(t.Context())
	if err != nil {
		t.Log(err)
	}
	if n := len(strings.Fields(string(out))); n != 18 {
		t.Errorf("there are %d scenarios:\n%s", n, out)
	}
	for scenario := range strings.FieldsSeq(string(out)) {
		r, err := reportOf(exec.Command(program, scenario, "3"))
		if err != nil {
			t.Error(err)
			continue
		}
		if r.Calls%3 != 0 || r.Parent.Allocations == 0 || r.Child.Allocations == 0 || r.Parent.Bytes == 0 || r.Child.Bytes == 0 {
			t.Errorf("%s says %+v", scenario, r)
		}
	}
	if strace != "" {
		s := &source{program: program, counts: counts{}}
		if err := s.trace(t.Context(), "lua-sync", strace, filepath.Join(c.work, "trace")); err != nil {
			t.Fatal(err)
		}
		// Each call is written and read twice.
		if n := s.counts["lua-sync"][transfers]; n < 4 || n > 5 {
			t.Errorf("a call has %v reads and writes", n)
		}
	}
	for args, want := range map[string]string{"dance 3": `"dance"`, "lua-sync none": `"none"`, "lua-sync 0": `"0"`, "lua-sync": "a number of calls"} {
		if _, err := reportOf(exec.Command(program, strings.Fields(args)...)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the error is %v", args, err)
		}
	}
}
