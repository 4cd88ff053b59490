package bundle

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"scripthost.example/host"
)

// maxSettings is how many bytes a runner.toml may have.
const maxSettings = 1 << 20

// Settings are what a runner.toml says to those who run its script for others. It is
// the file that the command runner reads (docs/SETTINGS.md), with all that can be in it.
type Settings struct {
	// Script is the file that the settings name as the worker; "" if they do not.
	Script string
	// Function, Init, InitArgs, Async, Seed and Clock are as in [host.Options].
	Function, Init string
	InitArgs       []string
	Async          bool
	Seed           *uint64
	Clock          time.Time
	// Idempotent says that calls may be made again if it is not known whether they
	// have run.
	Idempotent bool
	// Limits has CallTime, Memory, CPU and Payload; the others are zero.
	Limits host.Limits
	// Unused are the names of settings that are there, and are about a run of the
	// command runner: jobs, output and the like. They change nothing here.
	Unused []string

	grants host.Grants // with paths as they are written
	raw    []byte      // nil if there is no file
}

// Raw are the bytes of the file; nil if there is none. They are not to be changed.
func (s *Settings) Raw() []byte { return s.raw }

// Grants are what the script may reach, at an instance that has a folder for its files:
// relative paths are below that one, which has to be absolute. If it is "", a relative
// path is an error.
func (s *Settings) Grants(folder string) (host.Grants, error) {
	g := s.grants
	for _, list := range []struct {
		name  string
		paths *[]string
	}{{"allow-read", &g.Read}, {"allow-write", &g.Write}, {"deny-read", &g.DenyRead}, {"deny-write", &g.DenyWrite}} {
		*list.paths = slices.Clone(*list.paths)
		for i, path := range *list.paths {
			switch {
			case isAbsolute(path):
			case folder == "":
				return host.Grants{}, settingsErrorf(list.name, "%s is relative, and this instance has no folder for the script's files", "name an absolute path, or give the instance a folder", printable(path))
			default:
				(*list.paths)[i] = filepath.Join(folder, filepath.FromSlash(path))
			}
		}
	}
	if err := g.Validate(); err != nil {
		return host.Grants{}, &Error{Kind: ErrSettings, Where: settingsName, Cause: err}
	}
	return g, nil
}

// Options are those of a worker that the settings ask for; of Grants it is told there
// what folder is. The rest is up to who starts it.
func (s *Settings) Options(folder string) (host.Options, error) {
	g, err := s.Grants(folder)
	if err != nil {
		return host.Options{}, err
	}
	o := host.Options{
		Function: s.Function, Init: s.Init, Async: s.Async, Seed: s.Seed, Clock: s.Clock,
		Limits: s.Limits, Grants: g,
	}
	for _, arg := range s.InitArgs {
		o.InitArgs = append(o.InitArgs, arg)
	}
	return o, nil
}

// isAbsolute tells whether a path is absolute here or, as the file may come from another
// system, anywhere.
func isAbsolute(path string) bool { return filepath.IsAbs(path) || strings.HasPrefix(path, "/") }

// checkRelative says why a relative path cannot be one below an instance's folder.
func checkRelative(path string) error {
	if isAbsolute(path) || filepath.IsLocal(filepath.FromSlash(path)) {
		return nil
	}
	return fmt.Errorf("%s leads out of the folder of the script's files, and nothing tells where to: name an absolute path", printable(path))
}

func settingsErrorf(setting, format, next string, args ...any) error {
	return &Error{Kind: ErrSettings, Where: settingsName + ": " + setting, What: fmt.Sprintf(format, args...), Next: next}
}
