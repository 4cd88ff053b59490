package scripttest

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// ErrNoTests says that there are no files of tests where they were looked for.
var ErrNoTests = errors.New("there are no files of tests")

// endings are those of files of tests, by the language.
var endings = []string{"_test", ".test", ".spec"}

// IsTest reports whether a file has the name of one of tests: x_test.lua or
// x_spec.lua (as busted has it), x_test.js, x.test.js or x.spec.js, and the same
// with the other endings of JavaScript and TypeScript.
func IsTest(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	base := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	has := func(endings ...string) bool {
		return slices.ContainsFunc(endings, func(ending string) bool { return strings.HasSuffix(base, ending) && base != ending })
	}
	switch ext {
	case ".lua":
		return has("_test", "_spec")
	case ".js", ".cjs", ".mjs", ".jsx", ".ts", ".mts", ".cts", ".tsx":
		return has(endings...)
	}
	return false
}

// Discover returns the files of tests that the paths stand for, each once and in
// order: a file for itself, whatever its name is, and a folder for the files of
// tests in it and below, but for those in node_modules and in folders whose names
// begin with a dot. Without paths it is the working directory.
func Discover(paths ...string) ([]string, error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	var files []string
	for _, path := range paths {
		before := len(files)
		err := filepath.WalkDir(path, func(file string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && file != path && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules"):
				return fs.SkipDir
			case d.IsDir():
			case file == path || IsTest(d.Name()) && d.Type()&fs.ModeType&^fs.ModeSymlink == 0:
				files = append(files, filepath.Clean(file))
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if len(files) == before {
			return nil, fmt.Errorf("%w in %s", ErrNoTests, path)
		}
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}
