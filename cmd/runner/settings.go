package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scripthost.example/host"
)

// A flagSetting is a flag of run that a file of settings and the environment can have,
// too.
type flagSetting struct {
	name  string // of the flag
	table string // that it may be in; "" is none
	file  bool   // it names a file
}

// The tables of a file of settings are there for order: without one a key is the same.
const (
	tableLimits = "limits"
	tableGrants = "grants"
	tableJobs   = "jobs"
	tableOutput = "output"
)

var settingTables = []string{tableLimits, tableGrants, tableJobs, tableOutput}

// allSettings are in the order in which they are shown.
var allSettings = []flagSetting{
	{name: "script", file: true}, {name: "lang"}, {name: "function"}, {name: "async"},
	{name: "init"}, {name: "init-arg"}, {name: "seed"}, {name: "clock"}, {name: "watch"},
	{name: "json"}, {name: "serialiser", file: true},
	{name: "timeout", table: tableLimits}, {name: "memory", table: tableLimits}, {name: "cpu", table: tableLimits},
	{name: "max-payload", table: tableLimits}, {name: "sandbox", table: tableLimits},
	{name: "allow-read", table: tableGrants}, {name: "allow-write", table: tableGrants},
	{name: "allow-net", table: tableGrants}, {name: "allow-env", table: tableGrants},
	{name: "allow-all", table: tableGrants}, {name: "module-path", table: tableGrants},
	{name: "deny-read", table: tableGrants}, {name: "deny-write", table: tableGrants},
	{name: "deny-net", table: tableGrants}, {name: "deny-env", table: tableGrants},
	{name: "audit", table: tableGrants, file: true},
	{name: "calls", table: tableJobs, file: true}, {name: "jobs", table: tableJobs}, {name: "load", table: tableJobs},
	{name: "idempotent", table: tableJobs}, {name: "strict", table: tableJobs}, {name: "max-failures", table: tableJobs},
	{name: "resume", table: tableJobs, file: true}, {name: "progress", table: tableJobs},
	{name: "output", table: tableOutput}, {name: "events", table: tableOutput},
	{name: "verbose", table: tableOutput}, {name: "log-format", table: tableOutput},
}

// notSettings are flags of run that are for the command line only: they start programs,
// say where settings are, or are about one run.
var notSettings = []string{"eval", "exec", "stdio", "wire", "config", "no-config", "record", "trace", "inspect", "metrics", "help"}

func settingNamed(name string) (flagSetting, bool) {
	i := slices.IndexFunc(allSettings, func(s flagSetting) bool { return s.name == name })
	if i < 0 {
		return flagSetting{}, false
	}
	return allSettings[i], true
}

// adds tells whether the values of all sources count: nothing takes back what another
// one denies.
func (s flagSetting) adds() bool { return strings.HasPrefix(s.name, "deny-") }

// variable is the name of the setting's environment variable.
func (s flagSetting) variable() string { return variableOf(s.name) }

func variableOf(flag string) string {
	return "RUNNER_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// configFlags say where settings are.
type configFlags struct {
	config   string
	noConfig bool
}

func addConfigFlags(cmd *cobra.Command, f *configFlags) {
	grouped(cmd.Flags(), groupScript, func(fs *pflag.FlagSet) {
		fs.StringVar(&f.config, "config", "", "FILE: of settings, with all that it grants (default\nrunner.toml beside the script or above, with no more\nthan its own folder)")
		fs.BoolVar(&f.noConfig, "no-config", false, "use no file of settings")
	})
	// It fails only for a flag that is not there.
	_ = cmd.MarkFlagFilename("config", "toml")
}

// A settlement is what the settings of a command came to, and from where.
type settlement struct {
	flags  *pflag.FlagSet
	path   string              // of the file, absolute; "" if there is none
	named  bool                // by --config, or its variable
	looked []string            // paths that were looked at before, absolute
	from   map[string][]string // by setting
	notes  []string
	script string // that the file is about, absolute; "" if it does not say
}

// shown is how messages name the file.
func (s *settlement) shown() string { return shortPath(s.path) }

// own are the files that a script must not write: they say what it may do next time.
func (s *settlement) own() []string {
	if s.path == "" {
		return s.looked
	}
	return append(slices.Clone(s.looked), s.path)
}

// A settler completes the flags of a command line.
type settler struct {
	flags  *pflag.FlagSet
	config *configFlags
	skip   func(*pflag.Flag) bool // those that settings say nothing of
	// folder is where the search for a file begins, once the script is known; "" is
	// nowhere.
	folder func() string
	help   string // the command whose help tells more
}

// settle completes the flags with variables of the environment, and below them with a
// file.
func (c *settler) settle() (*settlement, error) {
	s := &settlement{flags: c.flags, from: make(map[string][]string)}
	var wanted []flagSetting
	for _, set := range allSettings {
		flag := c.flags.Lookup(set.name)
		if flag == nil || c.skip(flag) || set.name == "script" && c.flags.Changed("eval") {
			continue
		}
		wanted = append(wanted, set)
		if flag.Changed {
			s.from[set.name] = []string{"--" + set.name}
		}
	}
	for _, set := range wanted {
		if err := s.fromEnvironment(c.flags, set); err != nil {
			return nil, withHelp(err, c.help)
		}
	}
	s.noteVariables(os.Environ())
	if err := c.settleFile(s, wanted); err != nil {
		return nil, withHelp(err, c.help)
	}
	return s, nil
}

// settle completes the flags of a command that has those of run. It leaves out those
// for which skip returns true.
func (f *runFlags) settle(fs *pflag.FlagSet, skip func(*pflag.Flag) bool) (*settlement, error) {
	c := settler{flags: fs, config: &f.configFlags, skip: skip, help: "runner", folder: func() string {
		if f.wire.value == string(host.Classic) && len(f.exec.words) > 0 {
			return "" // there is no script that it could be beside
		}
		return f.scriptFolder(fs.Changed("eval"))
	}}
	s, err := c.settle()
	if err != nil {
		return nil, err
	}
	f.dropUnfit(fs, s)
	return s, nil
}

// scriptFolder is the folder of the script, or the working directory.
func (f *scriptFlags) scriptFolder(inline bool) string {
	if inline || f.script == "" || f.script == stdin {
		return "."
	}
	return filepath.Dir(f.script)
}

// fits tells whether the flag of a command may take a value of the setting: there are
// commands that know no serialisers from files.
func (s flagSetting) fits(flag *pflag.Flag, text string) bool {
	_, fixed := flag.Value.(*choice)
	return s.name != "serialiser" || !fixed || !s.namesFile(text)
}

// tellNotes writes what is to be noted, for a command whose settings are read once.
func (s *settlement) tellNotes() {
	for _, note := range s.notes {
		fmt.Fprintln(os.Stderr, "runner: note: "+note)
	}
}

// open tells whether a source below those that there are counts for a setting.
func (s *settlement) open(set flagSetting) bool { return len(s.from[set.name]) == 0 || set.adds() }

// fromEnvironment sets a flag from its variable. An empty one is a value, too: it may
// have been meant to be a limit.
func (s *settlement) fromEnvironment(fs *pflag.FlagSet, set flagSetting) error {
	text, given := os.LookupEnv(set.variable())
	flag := fs.Lookup(set.name)
	if !given || !s.open(set) || !set.fits(flag, text) {
		return nil
	}
	if err := setText(flag, text); err != nil {
		return usagef("", "%s %s: %v", set.variable(), quoted(text), err)
	}
	if set.name == "script" {
		flag.Changed = true
	}
	s.from[set.name] = append(s.from[set.name], set.variable())
	return nil
}

// setText sets a flag to what stands behind = on a command line.
func setText(flag *pflag.Flag, text string) error {
	err := flag.Value.Set(text)
	if err != nil && flag.Value.Type() == "bool" {
		return errors.New("it is true or false")
	}
	return err
}

// noteVariables notes variables that look like misspelt settings. Others that begin with
// RUNNER_ are none of ours: some CI systems have RUNNER_OS and the like.
func (s *settlement) noteVariables(environment []string) {
	known := []string{variableOf("config"), variableOf("no-config")}
	for _, set := range allSettings {
		known = append(known, set.variable())
	}
	for _, pair := range environment {
		name, _, _ := strings.Cut(pair, "=")
		if word, ok := strings.CutPrefix(name, "RUNNER_"); ok && !slices.Contains(known, name) {
			for _, k := range known {
				if nearest(word, []string{strings.TrimPrefix(k, "RUNNER_")}) != "" {
					s.notes = append(s.notes, fmt.Sprintf("%s is no setting; did you mean %s?", printable(name), k))
					break
				}
			}
		}
	}
}

// dropUnfit takes back what a file or the environment says where it does not fit what
// is run: only on a command line is that a mistake.
func (f *runFlags) dropUnfit(fs *pflag.FlagSet, s *settlement) {
	inline := fs.Changed("eval") || f.script == stdin
	s.dropLanguage(&f.language, f.script, inline)
	if inline && s.drop("watch") {
		f.watch = false
	}
	if f.init == "" && s.drop("init-arg") {
		f.initArgs = nil
	}
}

// drop tells whether a setting comes from a file or the environment, and counts no
// more: its flag is then to be set back.
func (s *settlement) drop(name string) bool {
	flag := s.flags.Lookup(name)
	if flag == nil || flag.Changed || len(s.from[name]) == 0 {
		return false
	}
	delete(s.from, name)
	return true
}

// dropLanguage takes the language back where the name of the script tells it.
func (s *settlement) dropLanguage(language *choice, script string, inline bool) {
	if _, err := host.LanguageOf(script); err == nil && !inline && s.drop("lang") {
		language.value = ""
	}
}

// callsOf takes the calls of a file or of the environment back where a command line has
// ARGs.
func (f *runFlags) callsOf(fs *pflag.FlagSet, args []string) {
	if len(args) > 0 && !fs.Changed("calls") {
		f.calls = ""
	}
	if f.calls == "" && !fs.Changed("resume") {
		f.resume = ""
	}
}

// settleFile finds the file of settings, and sets flags from it.
func (c *settler) settleFile(s *settlement, wanted []flagSetting) error {
	path, err := c.settingsFile(s)
	if err != nil || path == "" {
		return err
	}
	s.path = path
	entries, err := readSettings(path)
	if err != nil {
		return s.fileError(err)
	}
	if err := checkEntries(entries, filepath.Dir(path)); err != nil {
		return s.fileError(err)
	}
	if i := slices.IndexFunc(entries, func(e entry) bool { return e.name == "script" }); i >= 0 {
		s.script = entries[i].value.text
		if !filepath.IsAbs(s.script) {
			s.script = filepath.Join(filepath.Dir(path), s.script)
		}
	}
	for _, set := range wanted { // the script first
		i := slices.IndexFunc(entries, func(e entry) bool { return e.name == set.name })
		if i < 0 || !s.open(set) {
			continue
		}
		e, flag := entries[i], c.flags.Lookup(set.name)
		if !set.fits(flag, e.value.text) {
			continue
		}
		if !s.named {
			if err := checkModest(set, e, filepath.Dir(path)); err != nil {
				return s.fileError(err)
			}
		}
		if err := setEntry(set, flag, e, filepath.Dir(path)); err != nil {
			return s.fileError(err) // which checkEntries has excluded
		}
		if set.name == "script" {
			flag.Changed = true
		}
		s.from[set.name] = append(s.from[set.name], fmt.Sprintf("%s:%d", s.shown(), e.line))
	}
	return nil
}

// settingsFile is the path of the file of settings, or "".
func (c *settler) settingsFile(s *settlement) (string, error) {
	f, fs := c.config, c.flags
	none, from := f.noConfig, "--no-config"
	if text, given := os.LookupEnv(variableOf("no-config")); given && !fs.Changed("no-config") && !fs.Changed("config") {
		v, err := strconv.ParseBool(text)
		if err != nil {
			return "", usagef("", "%s %s: it is true or false", variableOf("no-config"), quoted(text))
		}
		none, from = v, variableOf("no-config")
	}
	name, nameFrom := f.config, "--config"
	s.named = fs.Changed("config")
	if text, given := os.LookupEnv(variableOf("config")); given && !s.named && !(none && from == "--no-config") {
		name, nameFrom, s.named = text, variableOf("config"), true
	}
	switch {
	case none && s.named:
		return "", usagef("Leave one of them out", "%s and %s are both given", nameFrom, from)
	case none:
		return "", nil
	case s.named && name == "":
		return "", usagef("To use no file: --no-config", "%s is empty: it is the name of a file", nameFrom)
	case s.named:
		return fromRoot(name)
	}
	folder := c.folder()
	if folder == "" {
		return "", nil
	}
	path, looked, err := findSettings(folder)
	s.looked = looked
	if err != nil || path == "" {
		return "", err
	}
	if err := checkFound(path); err != nil {
		return "", usagef("If it is to be trusted: --config "+shortPath(path)+"; to run without it: --no-config",
			"the settings %s were found, and are not used: %v", quoted(shortPath(path)), err)
	}
	return path, nil
}

// fileError makes a usage error of one in the file.
func (s *settlement) fileError(err error) error {
	if le := (*settingsError)(nil); errors.As(err, &le) {
		return &usageError{message: fmt.Sprintf("%s:%d: %s", s.shown(), le.line, le.message), hint: strings.ReplaceAll(le.hint, "{FILE}", s.shown()), help: "runner config"}
	}
	return &usageError{message: fmt.Sprintf("cannot read the settings %s: %v", quoted(s.shown()), err), hint: "To use no file: --no-config", help: "runner config"}
}

// notForClassic tells whether a flag is about a script, which a classic worker has
// already.
func (f *runFlags) notForClassic(flag *pflag.Flag) bool {
	group := flag.Annotations[groupKey]
	return f.wire.value == string(host.Classic) && flag.Name != "async" &&
		len(group) > 0 && (group[0] == groupScript || group[0] == groupGrants)
}

// tell logs which file of settings is in force, and what it and the environment grant.
func (s *settlement) tell(log *slog.Logger) {
	if s.path != "" {
		log.Info("settings", "file", s.shown(), "named", s.named)
	}
	for _, set := range allSettings {
		from := slices.DeleteFunc(slices.Clone(s.from[set.name]), func(where string) bool { return strings.HasPrefix(where, "--") })
		if set.table != tableGrants || len(from) == 0 {
			continue
		}
		log.Info("settings: grants", "name", set.name, "value", s.flags.Lookup(set.name).Value.String(), "from", strings.Join(from, ", "))
	}
}

// grantedBy names what grants a script something: the flag, or what stands for it. It
// is empty where that is a file of settings which is for other scripts, too.
func (s *settlement) grantedBy(name, script string) string {
	from := s.from[name]
	if len(from) == 0 {
		from = s.from["allow-all"]
	}
	switch {
	case len(from) == 0 || strings.HasPrefix(from[0], "--"):
		return "--" + name
	case from[0] == variableOf(name) || from[0] == variableOf("allow-all"):
		return from[0]
	}
	if abs, err := filepath.Abs(script); err != nil || abs != s.script {
		return ""
	}
	return name + " (" + from[0] + ")"
}

// protect denies a script to write what says what it may do: a file of settings, and
// those that would be one if they were there.
func (s *settlement) protect(g *host.Grants) {
	if len(g.Write) > 0 {
		g.DenyWrite = append(g.DenyWrite, s.own()...)
	}
}
