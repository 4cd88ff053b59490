package host

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An attack is a file of scripts/attacks; scripts/attacks/README.md has the
// format of its first comment.
type attack struct {
	name      string // "lua/loop-plain"
	script    *Script
	what      string
	mechanism string
	setup     setup
	expect    expectation
	control   control
}

// A setup is how a worker is started and called.
type setup struct {
	async      bool
	calls      int
	memory     int64
	time       time.Duration // of a call
	start      time.Duration // of the start
	cpu        time.Duration
	payload    int64
	sandbox    Sandbox
	without    []string
	serialiser string
	read       []string // grants; they name the fixture's folder as $DIR
	write      []string
	modules    []string
	host       bool // the host functions of attackHost
}

// A control is the setup with which the attack succeeds, and how that is seen;
// or why that cannot be shown.
type control struct {
	setup  setup
	expect expectation
	none   string
}

// attackKinds are what the mechanism of an attack starts with.
var attackKinds = []string{"loop", "memory", "stack", "parser", "pattern", "json", "escape", "flood", "protocol"}

// attacks reads all attacks in a folder of one language.
func attacks(dir string) ([]*attack, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*", "*.*"))
	if err != nil {
		return nil, err
	}
	var all []*attack
	for _, path := range paths {
		if _, err := LanguageOf(path); err != nil {
			return nil, err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		a, err := parseAttack(path, text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, a)
	}
	return all, nil
}

func parseAttack(path string, text []byte) (*attack, error) {
	language, err := LanguageOf(path)
	if err != nil {
		return nil, err
	}
	comment := "-- "
	if language == JS {
		comment = "// "
	}
	base := filepath.Base(path)
	a := &attack{
		name: string(language) + "/" + strings.TrimSuffix(base, filepath.Ext(base)),
		setup: setup{
			calls: 1, memory: 64 << 20, time: 500 * time.Millisecond, start: DefaultStart, payload: 4 << 20,
			sandbox: SandboxStrict,
		},
	}
	control := ""
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line, ok := strings.CutPrefix(lines.Text(), comment)
		if !ok {
			break
		}
		key, value, ok := strings.Cut(line, ": ")
		if !ok {
			return nil, fmt.Errorf("%q is not of the form KEY: VALUE", line)
		}
		value = strings.TrimSpace(value)
		switch key {
		case "attack":
			a.what = value
		case "mechanism":
			a.mechanism = value
		case "mode":
			a.setup.async = value == "async"
		case "calls":
			if a.setup.calls, err = strconv.Atoi(value); err != nil {
				return nil, err
			}
		case "limits":
			err = a.setup.setLimits(value)
		case "serialiser":
			a.setup.serialiser = value
		case "grants":
			err = a.setup.setGrants(value)
		case "expect":
			a.expect, err = parseExpectation(value)
		case "why":
		case "repeat": // NAME COUNT TEXT: @NAME@ stands for so many times TEXT
			name, rest, _ := strings.Cut(value, " ")
			count, unit, _ := strings.Cut(rest, " ")
			n, bad := strconv.Atoi(count)
			if bad != nil {
				return nil, bad
			}
			text = bytes.ReplaceAll(text, []byte("@"+name+"@"), bytes.Repeat([]byte(unit), n))
		case "control":
			control = value
		default:
			return nil, fmt.Errorf("there is no key %q", key)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
	kind, what, _ := strings.Cut(a.mechanism, " / ")
	switch {
	case a.what == "":
		return nil, errors.New("it does not say what it tries (attack)")
	case !slices.Contains(attackKinds, kind) || what == "":
		return nil, fmt.Errorf("its mechanism is %q: it has to be one of %s, then \" / \" and its name", a.mechanism, strings.Join(attackKinds, ", "))
	case a.expect == nil:
		return nil, errors.New("it does not say what is expected (expect)")
	case control == "":
		return nil, errors.New("it has no control")
	}
	if a.expect.load() && a.setup.start == DefaultStart {
		a.setup.start = time.Second
	}
	if a.control, err = parseControl(control, a.setup); err != nil {
		return nil, fmt.Errorf("control: %w", err)
	}
	a.script, err = newScript(base, language, text)
	return a, err
}

func parseControl(text string, s setup) (control, error) {
	if reason, ok := strings.CutPrefix(text, "none: "); ok {
		return control{none: reason}, nil
	}
	changes, expect, ok := strings.Cut(text, "expect ")
	if !ok {
		return control{}, errors.New("it does not say what is expected")
	}
	c := control{setup: s}
	for change := range strings.FieldsSeq(changes) {
		name, value, _ := strings.Cut(change, "=")
		var err error
		switch name {
		case "without":
			c.setup.without = strings.Split(value, ",")
		case "sandbox":
			c.setup.sandbox = Sandbox(value)
		case "grants":
			err = c.setup.setGrants(value)
		case "limits":
			err = c.setup.setLimits(value)
		default: // another limit
			err = c.setup.setLimits(change)
		}
		if err != nil {
			return control{}, err
		}
	}
	var err error
	c.expect, err = parseExpectation(expect)
	return c, err
}

func (s *setup) setLimits(text string) (err error) {
	for limit := range strings.FieldsSeq(text) {
		name, value, _ := strings.Cut(limit, "=")
		switch name {
		case "memory":
			s.memory, err = parseSize(value)
		case "payload":
			s.payload, err = parseSize(value)
		case "time":
			s.time, err = time.ParseDuration(value)
		case "start":
			s.start, err = time.ParseDuration(value)
		case "cpu":
			s.cpu, err = time.ParseDuration(value)
		default:
			err = fmt.Errorf("there is no limit %q", name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// parseSize reads "64M"; "none" is no limit.
func parseSize(text string) (int64, error) {
	if text == "none" {
		return 0, nil
	}
	shift := 0
	switch text[len(text)-1] {
	case 'K':
		shift = 10
	case 'M':
		shift = 20
	case 'G':
		shift = 30
	}
	if shift > 0 {
		text = text[:len(text)-1]
	}
	n, err := strconv.ParseInt(text, 10, 32)
	return n << shift, err
}

func (s *setup) setGrants(text string) error {
	for grant := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(grant), ":")
		switch name {
		case "read":
			s.read = append(slices.Clip(s.read), value)
		case "write":
			s.write = append(slices.Clip(s.write), value)
		case "modules":
			s.modules = append(slices.Clip(s.modules), value)
		case "host":
			s.host = true
		default:
			return fmt.Errorf("there is no grant %q", name)
		}
	}
	return nil
}

// options are those of a worker; dir is the fixture's folder.
func (s *setup) options(dir string) (*Options, error) {
	in := func(paths []string) (out []string) {
		for _, p := range paths {
			out = append(out, strings.ReplaceAll(p, "$DIR", dir))
		}
		return out
	}
	o := &Options{
		Async:   s.async,
		Sandbox: s.sandbox,
		without: s.without,
		Grants:  Grants{Read: in(s.read), Write: in(s.write), Modules: in(s.modules)},
		Limits: Limits{
			Memory: s.memory, CPU: s.cpu, Payload: s.payload, Start: s.start, Drain: 500 * time.Millisecond,
			Ping: attackPatience, // a worker that fills its memory may not answer for long
		},
		OnEvent: func(Event) {},
		OnLog:   func(LogRecord) {},
		OnError: func(error) {},
	}
	if s.host {
		o.Host = attackHost
	}
	switch s.serialiser {
	case "", "string":
	case "json":
		o.Serialiser = JSON
	case "cbor":
		o.Serialiser = CBOR
	case "msgpack":
		o.Serialiser = MsgPack
	default:
		return nil, fmt.Errorf("there is no serialiser %q", s.serialiser)
	}
	return o, nil
}

// attackHost are the host functions of attacks that are granted some.
var attackHost = map[string]any{
	"secret": func() string { return "ESCAPED" },
	"echo":   func(s string) string { return s },
}
