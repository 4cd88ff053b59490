package types

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"scripthost.example/host"
)

// The first lines of what Write writes, which may be written over.
const (
	tsFirst  = "// What workers have; written by a program. Changes are lost.\n"
	luaFirst = "---@meta runner\n-- What workers have; written by a program. Changes are lost.\n"
)

// Declarations returns the definitions of what scripts find, and of what tests
// find that 'runner test' runs (docs/TESTING.md): for host.TS (or
// host.JS) as a .d.ts file, for host.Lua as LuaCATS annotations. Functions are
// those of host.Options.Host, whose parameters and results have the types that
// their Go signatures say; nil leaves open what there is as host.name.
//
// Integers of 64 bits are numbers here: a script gets one beyond 2^53 as a BigInt
// in JavaScript, and in Lua as an error. Slices, maps and pointers that are nil
// are null.
func Declarations(language host.Language, functions map[string]any) ([]byte, error) {
	hosts, err := newHostTypes(functions)
	if err != nil {
		return nil, err
	}
	switch language {
	case host.TS, host.JS:
		return []byte(tsFirst + typeScript(Needs(), hosts) + testTypeScript), nil
	case host.Lua:
		return []byte(luaFirst + "\n" + luaCATS(Needs(), hosts) + testLuaCATS), nil
	}
	return nil, fmt.Errorf("there are no definitions for the language %q: there are %q and %q", language, host.TS, host.Lua)
}

// Write writes what Declarations returns into a folder, which it makes if need
// be, and returns the name of the file: runner.d.ts or runner.lua. A file of that
// name that it has not written itself is left alone, and is an error.
func Write(dir string, language host.Language, functions map[string]any) (file string, err error) {
	text, err := Declarations(language, functions)
	if err != nil {
		return "", err
	}
	name, first := "runner.d.ts", tsFirst
	if language == host.Lua {
		name, first = "runner.lua", luaFirst
	}
	file = filepath.Join(dir, name)
	switch old, err := os.ReadFile(file); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return "", err
	case !bytes.HasPrefix(old, []byte(first)):
		return "", fmt.Errorf("%s is there, and is something else: move it, or name another folder", file)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	return file, os.WriteFile(file, text, 0o666)
}
