package bundle

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"scripthost.example/host"
)

// The keys of a file of settings, which are all that there can be. Those of a table may
// stand before all tables, too. What is any may be of several kinds, or is not used.
type (
	settingsFile struct {
		scriptKeys
		limitKeys
		grantKeys
		jobKeys
		outputKeys
		Limits limitKeys  `toml:"limits"`
		Grants grantKeys  `toml:"grants"`
		Jobs   jobKeys    `toml:"jobs"`
		Output outputKeys `toml:"output"`
	}
	scriptKeys struct {
		Script     *string  `toml:"script"`
		Language   any      `toml:"lang" unused:"true"`
		Function   *string  `toml:"function"`
		Async      *bool    `toml:"async"`
		Init       *string  `toml:"init"`
		InitArg    []string `toml:"init-arg"`
		Seed       any      `toml:"seed"`
		Clock      any      `toml:"clock"`
		Watch      any      `toml:"watch" unused:"true"`
		JSON       any      `toml:"json" unused:"true"`
		Serialiser any      `toml:"serialiser" unused:"true"`
	}
	limitKeys struct {
		Timeout    *string `toml:"timeout"`
		Memory     any     `toml:"memory"`
		CPU        *string `toml:"cpu"`
		MaxPayload any     `toml:"max-payload"`
		Sandbox    *string `toml:"sandbox"`
	}
	grantKeys struct {
		AllowRead  any      `toml:"allow-read"`
		AllowWrite any      `toml:"allow-write"`
		AllowNet   any      `toml:"allow-net"`
		AllowEnv   any      `toml:"allow-env"`
		AllowAll   *bool    `toml:"allow-all"`
		ModulePath []string `toml:"module-path"`
		DenyRead   any      `toml:"deny-read"`
		DenyWrite  any      `toml:"deny-write"`
		DenyNet    any      `toml:"deny-net"`
		DenyEnv    any      `toml:"deny-env"`
		Audit      any      `toml:"audit" unused:"true"`
	}
	jobKeys struct {
		Calls       any   `toml:"calls" unused:"true"`
		Jobs        any   `toml:"jobs" unused:"true"`
		Load        any   `toml:"load" unused:"true"`
		Idempotent  *bool `toml:"idempotent"`
		Strict      any   `toml:"strict" unused:"true"`
		MaxFailures any   `toml:"max-failures" unused:"true"`
		Resume      any   `toml:"resume" unused:"true"`
		Progress    any   `toml:"progress" unused:"true"`
	}
	outputKeys struct {
		Output    any `toml:"output" unused:"true"`
		Events    any `toml:"events" unused:"true"`
		Verbose   any `toml:"verbose" unused:"true"`
		LogFormat any `toml:"log-format" unused:"true"`
	}
)

// ParseSettings reads the bytes of a runner.toml, which may be anything; nil is none.
// It keeps a copy.
func ParseSettings(text []byte) (*Settings, error) {
	if len(text) > maxSettings {
		return nil, &Error{Kind: ErrSettings, Where: settingsName, What: fmt.Sprintf("it has more than %d bytes", maxSettings)}
	}
	f := new(settingsFile)
	if err := f.read(text); err != nil {
		return nil, err
	}
	s := &Settings{raw: bytes.Clone(text)}
	for _, table := range []struct{ top, in any }{
		{&f.scriptKeys, new(scriptKeys)}, {&f.limitKeys, &f.Limits}, {&f.grantKeys, &f.Grants}, {&f.jobKeys, &f.Jobs}, {&f.outputKeys, &f.Output},
	} {
		if err := merge(reflect.ValueOf(table.top).Elem(), reflect.ValueOf(table.in).Elem(), &s.Unused); err != nil {
			return nil, err
		}
	}
	if err := s.takeScript(f.scriptKeys); err != nil {
		return nil, err
	}
	if err := s.takeLimits(f.limitKeys); err != nil {
		return nil, err
	}
	if err := s.takeGrants(f.grantKeys); err != nil {
		return nil, err
	}
	take(&s.Idempotent, f.Idempotent)
	return s, nil
}

// read has the text parsed, and refuses keys that there are not.
func (f *settingsFile) read(text []byte) error {
	fault := func(where, what, next string) error {
		return &Error{Kind: ErrSettings, Where: where, What: what, Next: next}
	}
	d := toml.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(f)
	var unknown *toml.StrictMissingError
	var bad *toml.DecodeError
	switch {
	case errors.As(err, &unknown) && len(unknown.Errors) > 0:
		first := unknown.Errors[0]
		line, _ := first.Position()
		return fault(at(line), "there is no setting "+printable(strings.Join(first.Key(), ".")), "docs/SETTINGS.md lists them")
	case errors.As(err, &bad):
		line, _ := bad.Position()
		return fault(at(line), strings.TrimPrefix(bad.Error(), "toml: "), "")
	case err != nil:
		return fault(settingsName, strings.TrimPrefix(err.Error(), "toml: "), "")
	}
	// The decoder takes keys in capitals, too, which the command does not.
	var keys map[string]any
	if err := toml.Unmarshal(text, &keys); err != nil {
		return fault(settingsName, err.Error(), "")
	}
	return checkCase(keys)
}

func checkCase(keys map[string]any) error {
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if key != strings.ToLower(key) {
			return &Error{Kind: ErrSettings, Where: settingsName, What: "there is no setting " + printable(key), Next: "write it as " + strings.ToLower(key)}
		}
		if table, ok := keys[key].(map[string]any); ok {
			if err := checkCase(table); err != nil {
				return err
			}
		}
	}
	return nil
}

func at(line int) string { return fmt.Sprintf("%s:%d", settingsName, line) }

// merge adds the keys of a table to those that stand before all tables, and lists those
// that are not used.
func merge(top, in reflect.Value, unused *[]string) error {
	for i := range top.NumField() {
		field := top.Type().Field(i)
		name := field.Tag.Get("toml")
		if !in.Field(i).IsNil() {
			if !top.Field(i).IsNil() {
				return settingsErrorf(name, "it is there twice: in its table, and before all tables", "")
			}
			top.Field(i).Set(in.Field(i))
		}
		if field.Tag.Get("unused") != "" && !top.Field(i).IsNil() {
			*unused = append(*unused, name)
		}
	}
	return nil
}

func take[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func (s *Settings) takeScript(k scriptKeys) error {
	take(&s.Async, k.Async)
	s.InitArgs = k.InitArg
	for _, text := range []struct {
		name     string
		to, from *string
	}{{"script", &s.Script, k.Script}, {"function", &s.Function, k.Function}, {"init", &s.Init, k.Init}} {
		if text.from != nil && *text.from == "" {
			return settingsErrorf(text.name, "it is empty", "")
		}
		take(text.to, text.from)
	}
	var err error
	if s.Seed, err = seedOf(k.Seed); err != nil {
		return err
	}
	s.Clock, err = clockOf(k.Clock)
	return err
}

func (s *Settings) takeLimits(k limitKeys) error {
	var err error
	set := func(f func() error) {
		if err == nil {
			err = f()
		}
	}
	set(func() error { return durationOf("timeout", k.Timeout, &s.Limits.CallTime) })
	set(func() error { return durationOf("cpu", k.CPU, &s.Limits.CPU) })
	set(func() error { return sizeOf("memory", k.Memory, host.MinMemory, 1<<48, &s.Limits.Memory) })
	set(func() error { return sizeOf("max-payload", k.MaxPayload, 1, 1<<32, &s.Limits.Payload) })
	s.Limits.Payload = min(s.Limits.Payload, 1<<32-1) // which is what 4G means
	if err == nil && k.Sandbox != nil && *k.Sandbox != string(host.SandboxStrict) {
		err = settingsErrorf("sandbox", "it is %s, and a bundle takes no protections away: they are up to each instance", "leave it out", printable(*k.Sandbox))
	}
	return err
}

func (s *Settings) takeGrants(k grantKeys) error {
	g := &s.grants
	for _, list := range []struct {
		name  string
		value any
		all   string // what true is
		paths bool
		to    *[]string
	}{
		{"allow-read", k.AllowRead, "/", true, &g.Read}, {"allow-write", k.AllowWrite, "/", true, &g.Write},
		{"allow-net", k.AllowNet, "*", false, &g.Net}, {"allow-env", k.AllowEnv, "*", false, &g.Env},
		{"deny-read", k.DenyRead, "/", true, &g.DenyRead}, {"deny-write", k.DenyWrite, "/", true, &g.DenyWrite},
		{"deny-net", k.DenyNet, "*", false, &g.DenyNet}, {"deny-env", k.DenyEnv, "*", false, &g.DenyEnv},
	} {
		items, err := listOf(list.name, list.value, list.all)
		if err != nil {
			return err
		}
		for _, item := range items {
			if err := checkItem(item, list.paths); err != nil {
				return &Error{Kind: ErrSettings, Where: settingsName + ": " + list.name, Cause: err}
			}
		}
		*list.to = items
	}
	for _, path := range k.ModulePath {
		if !isAbsolute(path) {
			return settingsErrorf("module-path", "%s is relative, and a bundle has nothing but the script's own folder, whose files are required by their paths", "move the modules into it and leave this out, or name a folder of the instances by an absolute path", printable(path))
		}
	}
	g.Modules = k.ModulePath
	if k.AllowAll != nil && *k.AllowAll {
		g.Read, g.Write = append(g.Read, "/"), append(g.Write, "/")
		g.Net, g.Env = append(g.Net, "*"), append(g.Env, "*")
	}
	// Hosts and variables are the same everywhere, and so what is wrong with them.
	names := host.Grants{Net: g.Net, DenyNet: g.DenyNet, Env: g.Env, DenyEnv: g.DenyEnv}
	if err := names.Validate(); err != nil {
		return &Error{Kind: ErrSettings, Where: settingsName, Cause: err}
	}
	return nil
}

func checkItem(item string, path bool) error {
	switch {
	case item == "":
		return errors.New("an item of the list is empty")
	case path:
		return checkRelative(item)
	}
	return nil
}
