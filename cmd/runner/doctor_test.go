package main

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"scripthost.example/child/sandbox"
	"scripthost.example/host"
)

var offers = []sandbox.Layer{
	{Name: "max-stack", Available: true, Detail: "128 MiB by default"},
	{Name: "landlock", Detail: "the kernel has none", Hint: "Run on Linux"},
	{Name: "not-dumpable", Hint: "Run on Linux"},
	{Name: "seccomp", Available: true, Hint: "Run on Linux for amd64"},
	{Name: "self-test", Available: true, Detail: "all of it"},
}

// asked is a worker's answer in each mode.
type asked map[host.Sandbox][]string

func (a asked) ask(mode host.Sandbox, _ host.Limits) ([]string, error) {
	if names, ok := a[mode]; ok {
		return names, nil
	}
	return nil, errors.New("no such luck")
}

// What is in force is what the worker says, not what the machine offers.
func TestExamine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		asked   asked
		strict  bool
		sandbox host.Sandbox
		err     string
		inForce []string
		text    []string // in what people read
		not     string
	}{
		{
			name: "strict", asked: asked{host.SandboxStrict: {"max-stack", "landlock", "not-dumpable", "seccomp", "self-test"}, host.SandboxBestEffort: {}},
			strict: true, sandbox: host.SandboxStrict, inForce: []string{"max-stack", "landlock", "not-dumpable", "seccomp", "self-test"},
			text: []string{"worker  strict: it started, with 5 of 5 protections in force\n"}, not: "How to get",
		},
		{
			name: "best-effort", asked: asked{host.SandboxBestEffort: {"max-stack", "seccomp"}},
			sandbox: host.SandboxBestEffort, err: "strict: no such luck", inForce: []string{"max-stack", "seccomp"},
			text: []string{
				"worker  best-effort: it started, with 2 of 5 protections in force\n        strict: no such luck\n",
				"\nlandlock      no       no        the kernel has none\n",
				"\nseccomp       yes      yes\nself-test     yes      no        all of it\n",
				"missing:\n    landlock, not-dumpable: Run on Linux.\n",
			},
		},
		{
			name: "offered, but not in force", asked: asked{host.SandboxBestEffort: {}},
			sandbox: host.SandboxBestEffort, err: "strict: no such luck",
			text: []string{"\nseccomp       yes      no\n", "    seccomp: Run on Linux for amd64.\n"},
		},
		{
			name: "no worker", asked: asked{}, err: "strict: no such luck\nbest-effort: no such luck",
			text: []string{"worker  none starts\n        strict: no such luck\n        best-effort: no such luck\n"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := examine(machine{OS: "plan9", Cores: 1}, offers, c.asked.ask)
			if d.Strict != c.strict || d.Sandbox != c.sandbox || d.Error != c.err {
				t.Errorf("strict %t, sandbox %q, error %q", d.Strict, d.Sandbox, d.Error)
			}
			var inForce []string
			for _, p := range d.Protections {
				if p.InForce {
					inForce = append(inForce, p.Name)
				}
				if p.InForce && p.Hint != "" {
					t.Errorf("%s is in force, and has the hint %q", p.Name, p.Hint)
				}
			}
			if !slices.Equal(inForce, c.inForce) {
				t.Errorf("in force are %q", inForce)
			}
			var b strings.Builder
			if err := d.writeText(&b); err != nil {
				t.Fatal(err)
			}
			for _, want := range c.text {
				if !strings.Contains(b.String(), want) {
					t.Errorf("it says\n%s\nwithout\n%s", b.String(), want)
				}
			}
			if c.not != "" && strings.Contains(b.String(), c.not) {
				t.Errorf("it says\n%s\nwith\n%s", b.String(), c.not)
			}
		})
	}
}

// The JSON is a contract.
func TestDoctorJSON(t *testing.T) {
	t.Parallel()
	m := machine{Runner: "v1", Go: "go1", OS: "linux", Arch: "amd64", Kernel: "6.1", Cores: 2, Memory: 1 << 30}
	d := examine(m, offers[:2], asked{host.SandboxBestEffort: {"max-stack"}}.ask)
	d.Programs.Lua, d.Notes = "/bin/runner-worker-lua", []string{"runner-worker-js is not used: it is no file"}
	var text strings.Builder
	if err := d.writeText(&text); err != nil {
		t.Fatal(err)
	}
	if want := "\nprogram /bin/runner-worker-lua for Lua, runner itself for JavaScript\n        runner-worker-js is not used: it is no file\n\n"; !strings.Contains(text.String(), want) {
		t.Errorf("for people it is\n%s", text.String())
	}
	var b strings.Builder
	if err := d.writeJSON(&b); err != nil {
		t.Fatal(err)
	}
	const want = `{
  "runner": "v1",
  "go": "go1",
  "os": "linux",
  "arch": "amd64",
  "kernel": "6.1",
  "cores": 2,
  "memory": 1073741824,
  "root": false,
  "programs": {
    "lua": "/bin/runner-worker-lua",
    "js": ""
  },
  "notes": [
    "runner-worker-js is not used: it is no file"
  ],
  "strict": false,
  "sandbox": "best-effort",
  "error": "strict: no such luck",
  "protections": [
    {
      "name": "max-stack",
      "offered": true,
      "in_force": true,
      "detail": "128 MiB by default",
      "hint": ""
    },
    {
      "name": "landlock",
      "offered": false,
      "in_force": false,
      "detail": "the kernel has none",
      "hint": "Run on Linux"
    }
  ],
  "suggested": {
    "timeout": "30s",
    "memory": "128M",
    "cpu": "60s",
    "flags": [
      "--timeout",
      "30s",
      "--memory",
      "128M",
      "--cpu",
      "60s"
    ]
  }
}
`
	if b.String() != want {
		t.Errorf("it is\n%s", b.String())
	}
}

// What is suggested is what the flags take, and fits.
func TestSuggest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		cores       int
		memory      int64
		wantM, want string
	}{
		{"a laptop", 8, 16 << 30, "256M", "60s"},
		{"a small server", 2, 1 << 30, "128M", "60s"},
		{"one core", 1, 1 << 30, "256M", "30s"},
		{"many cores", 128, 16 << 30, "32M", "60s"},
		{"next to nothing", 4, 64 << 20, "16M", "60s"},
		{"not known", 4, 0, "256M", "60s"},
		{"nothing known", 0, 0, "256M", "30s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := suggest(machine{Cores: c.cores, Memory: c.memory})
			if s.Memory != c.wantM || s.CPU != c.want || s.Timeout != "30s" {
				t.Errorf("it is %q", s.Flags)
			}
			f, cmd := new(runFlags), new(cobra.Command)
			f.add(cmd)
			if err := cmd.ParseFlags(s.Flags); err != nil {
				t.Fatal(err)
			}
			got := host.Limits{CallTime: f.timeout.value, Memory: f.memory.value, CPU: f.cpu.value}
			if got != s.limits() {
				t.Errorf("the flags mean %v, and the worker has %v", got, s.limits())
			}
		})
	}
}
