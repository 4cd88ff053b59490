package bundle

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"scripthost.example/host"
)

func TestParseSettings(t *testing.T) {
	t.Parallel()
	_, err := ParseSettings([]byte(`
script = "worker.lua"
function = "serve"
async = true
init = "boot"
init-arg = ["a", "b"]
seed = 7
clock = 2024-02-29T12:30:00Z
limits.timeout = "5s"
allow-net = ["example.com:443"]
idempotent = true
serialiser = "json"

[limits]
memory = "64M"
cpu = "1m"
max-payload = 1_000_000
sandbox = "strict"

[grants]
allow-read = ["data", "/srv/in"]
allow-write = true
deny-write = ["data/keys"]
allow-env = ["AWS_*"]
module-path = ["/usr/share/lua"]

[jobs]
jobs = 4

[output]
verbose = true
`))
	// A table that was begun by a dotted key cannot be opened again.
	if err == nil {
		t.Fatal("limits is there twice, and that is no TOML")
	}
	s, err := ParseSettings([]byte(`
script = "worker.lua"
function = "serve"
async = true
init = "boot"
init-arg = ["a", "b"]
seed = 7
clock = 2024-02-29T12:30:00Z
timeout = "5s"
allow-net = ["example.com:443"]
idempotent = true
serialiser = "json"

[limits]
memory = "64M"
cpu = "1m"
max-payload = 1_000_000
sandbox = "strict"

[grants]
allow-read = ["data", "/srv/in"]
allow-write = true
deny-write = ["data/keys"]
allow-env = ["AWS_*"]
module-path = ["/usr/share/lua"]

[jobs]
jobs = 4

[output]
verbose = true
`))
	if err != nil {
		t.Fatal(err)
	}
	o, err := s.Options("/var/tidy")
	if err != nil {
		t.Fatal(err)
	}
	seed := uint64(7)
	want := host.Options{
		Function: "serve", Async: true, Init: "boot", InitArgs: []any{"a", "b"}, Seed: &seed, Clock: time.Date(2024, 2, 29, 12, 30, 0, 0, time.UTC),
		Limits: host.Limits{CallTime: 5 * time.Second, Memory: 64 << 20, CPU: time.Minute, Payload: 1_000_000},
		Grants: host.Grants{
			Read: []string{"/var/tidy/data", "/srv/in"}, Write: []string{"/"}, DenyWrite: []string{"/var/tidy/data/keys"},
			Net: []string{"example.com:443"}, Env: []string{"AWS_*"}, Modules: []string{"/usr/share/lua"},
		},
	}
	if !o.Clock.Equal(want.Clock) {
		t.Error(o.Clock)
	}
	o.Clock = want.Clock
	if !reflect.DeepEqual(o, want) {
		t.Errorf("%+v\nwant %+v", o, want)
	}
	if s.Script != "worker.lua" || !s.Idempotent || !slices.Equal(s.Unused, []string{"serialiser", "jobs", "verbose"}) {
		t.Errorf("%+v", s)
	}
	_, err = s.Grants("")
	checkError(t, err, ErrSettings, "allow-read")
	if s, err := ParseSettings(nil); err != nil || s.Raw() != nil || !reflect.DeepEqual(s, &Settings{}) {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestAllowAll(t *testing.T) {
	t.Parallel()
	s, err := ParseSettings([]byte("allow-all = true\nallow-read = false\nclock = \"2024-02-29\"\nseed = \"18446744073709551615\"\nmax-payload = \"4G\""))
	if err != nil {
		t.Fatal(err)
	}
	g, err := s.Grants("")
	if err != nil || !reflect.DeepEqual(g, host.Grants{Read: []string{"/"}, Write: []string{"/"}, Net: []string{"*"}, Env: []string{"*"}}) {
		t.Errorf("%+v, %v", g, err)
	}
	if *s.Seed != 1<<64-1 || s.Clock.IsZero() || s.Limits.Payload != 1<<32-1 {
		t.Errorf("%+v", s)
	}
}

func TestParseSettingsRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"tiemout = 1":                                    "runner.toml:1: the settings cannot be used: there is no setting tiemout",
		"\n[limits]\nx = 1":                              "runner.toml:3",
		"[limit]\ntimeout = \"1s\"":                      "there is no setting limit",
		"[jobs]\ntimeout = \"1s\"":                       "there is no setting jobs.timeout",
		"Timeout = \"1s\"":                               "write it as timeout",
		"[limits]\nTIMEOUT = \"1s\"":                     "write it as timeout",
		"timeout = \"1s":                                 "runner.toml:1",
		"timeout = \"1s\"\ntimeout = \"1s\"":             "timeout",
		"timeout = \"1s\"\n[limits]\ntimeout = \"1s\"":   "timeout: the settings cannot be used: it is there twice",
		"timeout = 5":                                    "runner.toml:1",
		"timeout = \"5\"":                                "500ms",
		"timeout = \"0s\"":                               "more than 0",
		"cpu = \"-1s\"":                                  "more than 0",
		"memory = \"1M\"":                                "8388608",
		"memory = \"x\"":                                 "512K",
		"memory = true":                                  "64M",
		"memory = 1.5":                                   "64M",
		"memory = \"99999999999G\"":                      "has to be",
		"max-payload = 0":                                "has to be 1",
		"max-payload = \"5G\"":                           "has to be 1",
		"sandbox = \"off\"":                              "takes no protections away",
		"sandbox = \"best-effort\"":                      "takes no protections away",
		"allow-read = \"data\"":                          `["a", "b"]`,
		"allow-read = [1]":                               `["a", "b"]`,
		"allow-read = [\"\"]":                            "empty",
		"allow-read = [\"../x\"]":                        "leads out",
		"allow-write = [\"data/../../x\"]":               "leads out",
		"allow-net = [\"http://x\"]":                     "http://x",
		"allow-env = [\"A=B\"]":                          "A=B",
		"module-path = [\"lib\"]":                        "module-path",
		"module-path = true":                             "runner.toml:1",
		"function = \"\"":                                "it is empty",
		"seed = -1":                                      "whole number",
		"seed = 1.5":                                     "whole number",
		"clock = \"noon\"":                               "2024-02-29T12:30:00Z",
		"clock = 12:30:00":                               "2024-02-29T12:30:00Z",
		"async = 1":                                      "runner.toml:1",
		"exec = \"sh\"":                                  "there is no setting exec",
		"function = \"\xff\"":                            "runner.toml",
		"# " + strings.Repeat("x", maxSettings) + "\n\n": "1048576",
	} {
		_, err := ParseSettings([]byte(text))
		if len(text) > 50 {
			text = text[:50]
		}
		t.Run(text, func(t *testing.T) { checkError(t, err, ErrSettings, want) })
	}
}

func FuzzParseSettings(f *testing.F) {
	f.Add([]byte("[limits]\ntimeout = \"5s\"\n[grants]\nallow-read = [\"a\"]\nallow-net = true"))
	f.Add([]byte("seed = 1\nclock = 2024-01-01\nmemory = \"9M\"\nmodule-path = [\"/x\"]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := ParseSettings(text)
		if err != nil {
			return
		}
		o, err := s.Options("/srv/files")
		if err != nil {
			return
		}
		for _, paths := range [][]string{o.Grants.Read, o.Grants.Write, o.Grants.DenyRead, o.Grants.DenyWrite} {
			for _, path := range paths {
				if !strings.HasPrefix(path, "/") {
					t.Fatalf("%q is granted", path)
				}
			}
		}
		if o.Limits.CallTime < 0 || o.Limits.Memory < 0 || o.Limits.CPU < 0 || o.Limits.Payload < 0 {
			t.Fatalf("%+v", o.Limits)
		}
	})
}
