package main

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"

	"scripthost.example/host"
)

// leanNames are the executables that are started as children instead of this
// program, by the language of the script. What TypeScript becomes is JavaScript.
var leanNames = map[host.Language]string{
	host.Lua: "runner-worker-lua",
	host.JS:  "runner-worker-js",
	host.TS:  "runner-worker-js",
}

// leanWorkers are the executables that can be started as children.
type leanWorkers struct {
	paths map[host.Language]string
	notes []string                 // why others cannot
	why   map[host.Language]string // the same, by language
}

// lean returns what there is beside this program.
var lean = sync.OnceValue(func() leanWorkers {
	own, known := debug.ReadBuildInfo()
	exe, err := os.Executable()
	if err != nil || !known {
		return leanWorkers{}
	}
	return findLean(exe, own, buildinfo.ReadFile)
})

// leanWorker is the executable for scripts of a language; "" is this program.
func leanWorker(script *host.Script) string {
	if script == nil {
		return ""
	}
	return lean().paths[script.Language()]
}

// leanNote is why there is another executable for a script and it is not used, or "".
func leanNote(script *host.Script) string {
	if script == nil {
		return ""
	}
	return lean().why[script.Language()]
}

// findLean looks into the folder of this program, exe, and nowhere else. A child puts
// itself under its protections: what another program would do nobody knows.
func findLean(exe string, own *debug.BuildInfo, read func(path string) (*debug.BuildInfo, error)) leanWorkers {
	l := leanWorkers{paths: make(map[host.Language]string), why: make(map[host.Language]string)}
	checked := make(map[string]error)
	for _, language := range []host.Language{host.Lua, host.JS, host.TS} {
		path := filepath.Join(filepath.Dir(exe), leanNames[language])
		if filepath.Ext(exe) == ".exe" {
			path += ".exe"
		}
		err, done := checked[path]
		if !done {
			err = checkLean(exe, path, own, read)
			checked[path] = err
		}
		switch {
		case err == nil:
			l.paths[language] = path
		case !errors.Is(err, fs.ErrNotExist):
			l.why[language] = fmt.Sprintf("%s is not used: %v", path, err)
			if !done {
				l.notes = append(l.notes, l.why[language])
			}
		}
	}
	return l
}

// checkLean returns why the executable file cannot stand in for exe.
func checkLean(exe, file string, own *debug.BuildInfo, read func(path string) (*debug.BuildInfo, error)) error {
	// Not what a link leads to: whose the link is counts then, and where it leads
	// later.
	info, err := os.Lstat(file)
	if err != nil {
		return err
	}
	switch mode := info.Mode(); {
	case mode&fs.ModeSymlink != 0:
		return errors.New("it is a link: install the file itself beside runner")
	case !mode.IsRegular():
		return errors.New("it is no file")
	}
	if self, err := os.Stat(exe); err != nil {
		return fmt.Errorf("runner itself cannot be looked at: %w", err)
	} else if err := asTrusted(self, info); err != nil {
		return err
	}
	other, err := read(file)
	if err != nil {
		return fmt.Errorf("it does not say what it was built from: %w", err)
	}
	return sameBuild(own, other)
}

// sameBuild returns why two programs cannot be told to be of the same source.
func sameBuild(own, other *debug.BuildInfo) error {
	if name := path.Base(other.Path); other.Main.Path != own.Main.Path || !strings.HasPrefix(name, "runner-worker-") {
		return fmt.Errorf("it is the program %q", other.Path)
	}
	for _, f := range []struct{ what, own, other string }{
		{"version", own.Main.Version + own.Main.Sum, other.Main.Version + other.Main.Sum},
		{"commit", setting(own, "vcs.revision"), setting(other, "vcs.revision")},
		{"Go", own.GoVersion, other.GoVersion},
		{"system", setting(own, "GOOS") + setting(own, "GOARCH"), setting(other, "GOOS") + setting(other, "GOARCH")},
	} {
		if f.own != f.other {
			return fmt.Errorf("it is of another %s: %q, and runner of %q; install both anew", f.what, f.other, f.own)
		}
	}
	// A module from a proxy has a sum, and a checkout a commit with nothing changed.
	switch unchanged := setting(own, "vcs.modified") == "false" && setting(other, "vcs.modified") == "false"; {
	case own.Main.Sum != "":
	case setting(own, "vcs.revision") == "":
		return errors.New("nothing tells which commit it and runner are of; install both anew from a git checkout, with -buildvcs=true, or remove it")
	case !unchanged:
		return errors.New("nothing tells whether it is of the same source as runner, as files were changed since the commit; install both anew with nothing changed, or remove it")
	}
	versions := make(map[string]string)
	for _, m := range own.Deps {
		versions[m.Path] = moduleVersion(m)
	}
	for _, m := range other.Deps {
		if versions[m.Path] != moduleVersion(m) {
			return fmt.Errorf("it has another %s: %q, and runner %q; install both anew", m.Path, moduleVersion(m), versions[m.Path])
		}
	}
	return nil
}

// moduleVersion is what a module is, or what it was replaced by.
func moduleVersion(m *debug.Module) string {
	if m.Replace != nil {
		m = m.Replace
	}
	return m.Path + " " + m.Version + " " + m.Sum
}

func setting(info *debug.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}
