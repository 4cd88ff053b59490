package main

import (
	"os/exec"
	"strings"
	"testing"
)

// The example of each command works as it stands: with a broker within serve that has
// nothing but a plugin, worker, on the tracks stable and canary.
func TestExamples(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skipf("examples are lines of a shell: %v", err)
	}
	for _, c := range documented(newRoot(&app{})) {
		lines := strings.Split(unindented(c.Example), "\n")
		t.Run(strings.ReplaceAll(c.CommandPath(), " ", "-"), func(t *testing.T) {
			t.Parallel()
			s := newShell(t)
			s.write("worker.lua", "function run(...) return ... end")
			starts := strings.Contains(c.Example, "runner-fleet serve")
			if !starts && !strings.Contains(c.CommandPath(), " tenant") { // whose broker would be another
				s.run(command{text: "runner-fleet serve &"})
				for _, version := range []string{"0.1.0", "0.2.0", "0.3.0 --track canary"} {
					s.succeed("runner-fleet push worker.lua --version " + version)
				}
			}
			for _, line := range lines {
				if strings.HasPrefix(line, "runner-fleet serve") {
					s.run(command{text: strings.TrimSuffix(line, " &") + " &"})
					continue
				}
				s.succeed(line)
			}
			if starts { // it does serve
				s.succeed("runner-fleet push worker.lua")
				for _, wait := range s.wait {
					wait()
				}
			}
		})
	}
}

// succeed runs a command that is to succeed.
func (s *shell) succeed(text string) {
	s.t.Helper()
	if out, err := s.command(command{text: text}).CombinedOutput(); err != nil {
		s.t.Errorf("$ %s\n%s%v", text, out, err)
	}
}
