package engine

import (
	"path"
	"strings"
	"unicode/utf8"
)

// FirstModule is the host function that hands over the first of some files that
// exists, and MaxModulePaths how many it takes at once.
const (
	FirstModule    = "runner.module.first"
	MaxModulePaths = 4096
)

// maxModulePath is the greatest length of a path, as the parent has it.
const maxModulePath = 4096

// Serves reports whether the parent looks for a file of that name at all: one
// that is below one of cfg.Modules or cfg.Nearby and can be a file's. The name has
// slashes and need not be clean.
func (cfg *Config) Serves(name string) bool {
	if len(name) > maxModulePath || strings.IndexByte(name, 0) >= 0 || !utf8.ValidString(name) {
		return false
	}
	name = path.Clean(name)
	for _, roots := range [][]string{cfg.Modules, cfg.Nearby} {
		for _, root := range roots {
			if below(root, name) {
				return true
			}
		}
	}
	return false
}

// below reports whether a clean name is below root.
func below(root, name string) bool {
	rest := name
	if root != "." {
		if !strings.HasSuffix(root, "/") { // as a root folder's does
			root += "/"
		}
		var ok bool
		if rest, ok = strings.CutPrefix(name, root); !ok {
			return false
		}
	}
	return rest != "." && rest != "" && rest != ".." && !strings.HasPrefix(rest, "../") && !path.IsAbs(rest)
}
