package main

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"scripthost.example/host"
)

// childPrograms are what is started as the child of a script, if it is beside this
// program: each pays at its start for all that it links to, and this one for NATS.
var childPrograms = map[host.Language][]string{
	host.Lua: {"runner-worker-lua", "runner"},
	host.JS:  {"runner-worker-js", "runner"},
	host.TS:  {"runner-worker-js", "runner"},
}

// lean returns what tells which program is started as the child of a script; "" is
// this one.
func lean(log *slog.Logger) func(*host.Script) string {
	exe, err := os.Executable()
	own, known := debug.ReadBuildInfo()
	found := map[host.Language]string{}
	if err == nil && known {
		for language, names := range childPrograms {
			for _, name := range names {
				path := filepath.Join(filepath.Dir(exe), name+filepath.Ext(exe))
				err := usable(path, own)
				if err == nil {
					found[language] = path
					break
				}
				if !errors.Is(err, fs.ErrNotExist) {
					log.Debug("a program is not used as a child", "program", path, "error", err)
				}
			}
		}
	}
	return func(s *host.Script) string { return found[s.Language()] }
}

// usable returns why a program cannot be started as a child of this one. A child puts
// itself under its protections, so it has to be of the same commit, with nothing
// changed.
func usable(path string, own *debug.BuildInfo) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("it is no regular file")
	}
	if info.Mode()&0o022 != 0 {
		return errors.New("others than its owner can change it")
	}
	other, err := buildinfo.ReadFile(path)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(other.Path, "scripthost.example/cmd/runner") {
		return fmt.Errorf("it is the program %q", other.Path)
	}
	if commit := built(own, "vcs.revision"); commit == "" || commit != built(other, "vcs.revision") || built(own, "vcs.modified") != "false" || built(other, "vcs.modified") != "false" {
		return errors.New("nothing tells that it is of the same source")
	}
	if own.GoVersion != other.GoVersion {
		return fmt.Errorf("it was built with %s, and this program with %s", other.GoVersion, own.GoVersion)
	}
	return nil
}
