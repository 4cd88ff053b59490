//go:build unix

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Whoever adds a flag to run decides whether it is a setting.
func TestFlagsAreSettings(t *testing.T) {
	t.Parallel()
	c := new(cobra.Command)
	new(runFlags).add(c)
	c.Flags().VisitAll(func(f *pflag.Flag) {
		_, is := settingNamed(f.Name)
		if is == slices.Contains(notSettings, f.Name) {
			t.Errorf("--%s has to be in allSettings or in notSettings, and if it reaches beyond a folder, in checkModest, too", f.Name)
		}
	})
	for _, set := range allSettings {
		if c.Flags().Lookup(set.name) == nil {
			t.Errorf("there is no flag --%s", set.name)
		}
		if set.table != "" && !slices.Contains(settingTables, set.table) {
			t.Errorf("%s is in a table %s", set.name, set.table)
		}
	}
}

// Whoever adds a flag to another command that is called like a setting decides whether
// it is one there; docs/SETTINGS.md has the same list.
func TestSettingsOfCommands(t *testing.T) {
	t.Parallel()
	const (
		limits = " timeout memory cpu max-payload sandbox"
		grants = " allow-read allow-write allow-net allow-env allow-all module-path deny-read deny-write deny-net deny-env"
	)
	for command, want := range map[string]string{
		"check":  "script lang function async" + grants + " audit",
		"test":   "json serialiser memory sandbox" + grants + " audit",
		"repl":   "script lang async seed clock" + limits + grants + " audit verbose",
		"bench":  "script lang function async init init-arg seed clock json serialiser" + limits + grants + " jobs load",
		"bundle": "script lang module-path deny-read",
	} {
		if got := strings.Join(settingsFor(command), " "); got != want {
			t.Errorf("%s:\n%s, want\n%s", command, got, want)
		}
	}
	if got := settingsFor("run"); len(got) != len(allSettings) {
		t.Errorf("run: %s", got)
	}
}

// Each mistake in a file of settings is told with its line.
func TestBadSettings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		line       int
		want, hint string
	}{
		{"misspelt", "\ntiemout = \"5s\"", 2, "there is no setting tiemout", "Did you mean timeout?"},
		{"underscore", "allow_read = [\"x\"]", 1, "there is no setting allow_read", "Did you mean allow-read?"},
		{"unknown", "colour = 1", 1, "there is no setting colour", "'runner config' lists them"},
		{"dotted", "a.b.c = 1", 1, "there is no setting a.b.c", ""},
		{"quoted", "\"a\\u001bb\" = 1", 1, `there is no setting "a\x1bb"`, ""},
		{"in no table", "[limit]\ntimeout = \"5s\"", 1, "there is no table [limit]", "Did you mean [limits]?"},
		{"an empty table", "[nothing]", 1, "there is no table [nothing]", "There are [limits], [grants], [jobs], [output]"},
		{"in another table", "[limits]\n\njobs = 3", 3, "jobs is no setting of [limits]", "It goes into [jobs]"},
		{"in a table", "[limits]\nscript = \"a.lua\"", 2, "script is no setting of [limits]", "It stands at the top"},
		{"inline table", "limits = {timeout = \"5s\"}", 1, "limits is a table", ""},
		{"list of tables", "[[jobs]]", 1, "there is no list of tables [[jobs]]", ""},
		{"table twice", "[jobs]\n[limits]\n[jobs]", 3, "[jobs] is there twice: it began in line 1", ""},
		{"twice", "timeout = \"5s\"\n[limits]\ntimeout = \"6s\"", 3, "timeout is there twice: it is in line 1", ""},
		{"a flag only", "exec = \"sh\"", 1, "exec is no setting: --exec is for the command line only", ""},
		{"duration: kind", "timeout = 5", 1, "timeout is a whole number, and has to be a text", ""},
		{"duration", "timeout = \"5x\"", 1, "timeout 5x: write it like 500ms", ""},
		{"size: kind", "memory = true", 1, "memory is true or false, and has to be a number of bytes", ""},
		{"size", "memory = 1", 1, "memory 1: a worker needs at least 8M", ""},
		{"size with a fraction", "memory = 1.5", 1, "memory is a number, and", ""},
		{"payload", "max-payload = \"5G\"", 1, "max-payload 5G: a frame has at most 4G", ""},
		{"bool", "async = \"yes\"", 1, "async is a text, and has to be true or false", ""},
		{"count", "jobs = 0", 1, "jobs 0: it is at least 1", ""},
		{"count: negative", "jobs = -1", 1, "jobs -1: it is at least 1", ""},
		{"count: large", "jobs = 99999999999999999999", 1, "jobs 99999999999999999999: it is at most 1024", ""},
		{"count: kind", "jobs = \"3\"", 1, "jobs is a text, and has to be a whole number", ""},
		{"choice", "progress = \"maybe\"", 1, "progress maybe: it is one of auto, always and never", ""},
		{"choice: kind", "output = 1", 1, "output is a whole number, and has to be a text: text, jsonl", ""},
		{"seed", "seed = -1", 1, "seed -1: it is a whole number", ""},
		{"seed: kind", "seed = 1.5", 1, "seed is a number, and has to be a whole number", ""},
		{"clock", "clock = 2024-02-30T00:00:00Z", 1, "clock 2024-02-30T00:00:00Z: write it like", ""},
		{"clock: kind", "clock = 2024", 1, "clock is a whole number, and has to be a time", ""},
		{"clock: a time of day", "clock = 12:00:00", 1, "clock 12:00:00: write it like", ""},
		{"text: kind", "function = 1", 1, "function is a whole number, and has to be a text", ""},
		{"text: empty", "script = \"\"", 1, "script is empty", ""},
		{"paths: kind", "allow-read = \"x\"", 1, `allow-read is a text, and has to be a list of texts, like ["a", "b"], or true for all`, ""},
		{"paths: item", "allow-read = [\"x\",\n  3]", 2, "allow-read has a whole number in its list", ""},
		{"paths: list", "allow-read = [[\"x\"]]", 1, "allow-read has a list in its list", ""},
		{"paths: empty", "allow-read = [\"\"]", 1, `allow-read "": a path is empty`, ""},
		{"names", "deny-net = [\"ok\",\n\"a b\"]", 2, `deny-net "a b": "a b" is not a host`, ""},
		{"names: empty", "allow-env = [\"\"]", 1, `allow-env "": a name is empty`, ""},
		{"folders: kind", "module-path = true", 1, `module-path is true or false, and has to be a list of texts, like ["lib"]`, ""},
		{"texts: kind", "init-arg = \"a\"", 1, "init-arg is a text, and has to be a list", ""},
		{"texts: item", "init-arg = [\"a\",\n1]", 2, "init-arg has a whole number in its list", ""},
		{"no value", "a =", 1, "this is not TOML", ""},
		{"open text", "\n\nscript = \"a\n", 3, "this is not TOML", ""},
		{"no TOML", "timeout: 5s", 1, "this is not TOML", ""},
		{"octets", "a = 1\nb = \"\xff\"", 2, "the text is not UTF-8", ""},
		{"deep", "a = " + strings.Repeat("[", 20000), 1, "this is not TOML", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			entries, err := parseSettings([]byte(c.text))
			if err == nil {
				err = checkEntries(entries, "/folder")
			}
			got, ok := err.(*settingsError)
			if !ok {
				t.Fatalf("the error is %v", err)
			}
			if got.line != c.line || !strings.Contains(got.message, c.want) || !strings.Contains(got.hint, c.hint) {
				t.Errorf("line %d: %s (%s)\nwant line %d: %s (%s)", got.line, got.message, got.hint, c.line, c.want, c.hint)
			}
		})
	}
}

// A file that nobody has named gives a script no more than its folder.
func TestModestSettings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		`allow-read = ["data", "."]`: "", `allow-write = ["new/file"]`: "", `module-path = ["lib"]`: "",
		`deny-read = ["/etc"]`: "", `deny-net = true`: "", `allow-net = []`: "", `allow-net = false`: "",
		`allow-all = false`: "", `sandbox = "strict"`: "", `audit = "-"`: "", `calls = "-"`: "", `audit = "log"`: "",
		`serialiser = "json"`: "", `serialiser = "mine.lua"`: "",

		`allow-read = ["data/../.."]`: "beyond", `allow-read = ["/"]`: "beyond", `allow-read = true`: "all files",
		`allow-write = ["data", "../x"]`: "beyond", `module-path = ["/usr/lib"]`: "beyond",
		`allow-net = ["localhost"]`: "more than files", `allow-env = true`: "more than files", `allow-all = true`: "everything",
		`sandbox = "best-effort"`: "protections", `audit = "/tmp/x"`: "beyond", `resume = "../journal"`: "beyond",
		`calls = "/etc/passwd"`: "beyond", `serialiser = "../mine.lua"`: "beyond", `script = "../worker.lua"`: "beyond",
	} {
		entries, err := parseSettings([]byte(text))
		if err != nil || len(entries) != 1 {
			t.Fatal(entries, err)
		}
		set, _ := settingNamed(entries[0].name)
		err = checkModest(set, entries[0], dir)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// What belongs to others is not used unless it is named.
func TestSettingsOfOthers(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), settingsName)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := checkFound(path); err != nil {
		t.Errorf("one's own: %v", err)
	}
	if os.Getuid() != 0 {
		t.Skip("only the superuser can give a file to somebody else")
	}
	if err := os.Chown(path, 54321, -1); err != nil {
		t.Skipf("this superuser cannot give a file to somebody else: %v", err)
	}
	if err := checkFound(path); err == nil || err.Error() != "it belongs to somebody else" {
		t.Errorf("another's: %v", err)
	}
}

func FuzzSettings(f *testing.F) {
	f.Add([]byte("script = \"a\"\n[limits]\ntimeout = \"5s\""))
	f.Add([]byte("a = [1, 2,\n {x = 1}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		entries, err := parseSettings(text)
		if err == nil {
			err = checkEntries(entries, "/folder")
		}
		if e, ok := err.(*settingsError); ok && (e.line < 1 || e.line > 1+strings.Count(string(text), "\n")) {
			t.Errorf("line %d of %q: %v", e.line, text, e)
		}
	})
}
