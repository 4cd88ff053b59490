package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestFindFleet(t *testing.T) {
	t.Parallel()
	exe := filepath.Join(t.TempDir(), "runner")
	if err := os.WriteFile(exe, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	beside := filepath.Join(filepath.Dir(exe), fleetProgram)
	for _, test := range []struct {
		name string
		// there are the programs, by what is looked for.
		there map[string]string
		err   error
		want  string
		says  string
	}{
		{"beside", map[string]string{beside: beside, fleetProgram: "/usr/bin/runner-fleet"}, exec.ErrNotFound, beside, ""},
		{"on the PATH", map[string]string{fleetProgram: "/usr/bin/runner-fleet"}, exec.ErrNotFound, "/usr/bin/runner-fleet", ""},
		{"nowhere", nil, exec.ErrNotFound, "", "neither beside runner nor on the PATH"},
		{"in the working directory", nil, &exec.Error{Name: fleetProgram, Err: exec.ErrDot}, "", "in the working directory only"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := findFleet(func() (string, error) { return exe, nil }, func(name string) (string, error) {
				if path := test.there[name]; path != "" {
					return path, nil
				}
				return "", test.err
			})
			if got != test.want || (err != nil) != (test.says != "") || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}
