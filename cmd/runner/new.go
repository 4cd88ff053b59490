package main

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scripthost.example/host"
	"scripthost.example/host/types"
)

// templates are what new writes: a README.md for all; in a folder for each
// language its editor's configuration, and in one for each mode below that the
// worker and its test.
//
//go:embed all:template
var templates embed.FS

const newLong = `Makes a folder with a worker to start from: the worker, a test of it, types of
what they find and a configuration for the editor, and a README with the
commands that work there. DIR is made if need be; one with files in it is left
alone.`

// newFlags are the flags of new.
type newFlags struct {
	language choice
	async    bool
}

func newCommand() *cobra.Command {
	f := new(newFlags)
	c := &cobra.Command{
		Use:   "new DIR --lang LANG",
		Short: "Make a folder with a worker to start from",
		Long:  newLong,
		Example: `    runner new hello --lang lua
    cd hello && runner --script worker.lua Ada`,
		Annotations: map[string]string{afterHelp: "Exit status: 0; 2 if it cannot be made."},
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) == 0 || args[0] == "":
				return newUsage("Name a folder to make, like hello", "new needs a DIR")
			case len(args) > 1:
				return newUsage("", "new takes one DIR, and was given %s, too", quoted(args[1]))
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
	}
	grouped(c.Flags(), groupScript, func(fs *pflag.FlagSet) {
		f.language = languageChoice()
		fs.Var(&f.language, "lang", "LANG: lua, js or ts")
		fs.BoolVar(&f.async, "async", false, "a worker of the async mode: all calls at the same\ntime, answered with done()")
	})
	completeFlags(c)
	c.RunE = func(_ *cobra.Command, args []string) error { return f.run(args[0], stdout) }
	return c
}

func newUsage(hint, format string, args ...any) error {
	return &usageError{message: fmt.Sprintf(format, args...), hint: hint, help: "runner new"}
}

// A project is what the templates say of what is made.
type project struct {
	title, language, mode string
	worker, tests         string // file names
	types, config         string
	writeTypes            string // a command
	run, test, check      string // and those to begin with
}

// newProject describes a project in a folder.
func newProject(dir string, language host.Language, async bool) project {
	p := project{title: "worker", worker: "worker." + string(language), mode: "It answers one call after the other (the sync mode)."}
	if abs, err := filepath.Abs(dir); err == nil && filepath.Base(abs) != string(filepath.Separator) {
		p.title = filepath.Base(abs)
	}
	flags, arg := "", "Ada"
	if async {
		flags, arg = "--async ", "3"
		p.mode = "It serves all calls at the same time (the async mode)."
	}
	p.language = map[host.Language]string{host.Lua: "Lua", host.JS: "JavaScript", host.TS: "TypeScript"}[language]
	p.config = map[host.Language]string{host.Lua: ".luarc.json", host.JS: "jsconfig.json", host.TS: "tsconfig.json"}[language]
	p.types, p.writeTypes = "types/runner.d.ts", "runner types --lang ts types"
	if language == host.Lua {
		p.types, p.writeTypes = "types/runner.lua", "runner types --lang lua types"
	}
	p.run = "runner " + flags + "--script " + p.worker + " " + arg
	p.tests = "worker_test." + string(language)
	p.test = "runner test"
	p.check = "runner check " + flags + p.worker
	return p
}

// commands are those of the README, in its order.
func (p *project) commands() []string { return []string{p.run, p.test, p.check} }

func (p *project) commandLines() string { return "    " + strings.Join(p.commands(), "\n    ") }

// run makes the folder, and tells on out what is in it.
func (f *newFlags) run(dir string, out io.Writer) error {
	language := host.Language(f.language.value)
	if language == "" {
		return newUsage("Add --lang lua, --lang js or --lang ts", "new needs a language")
	}
	if err := checkEmpty(dir); err != nil {
		return err
	}
	p := newProject(dir, language, f.async)
	made, err := p.write(dir, language, f.async)
	if err != nil {
		return newUsage("", "cannot make %s: %v", quoted(dir), err)
	}
	for _, file := range made {
		fmt.Fprintln(out, file)
	}
	fmt.Fprintf(out, "\nThere these commands work:\n\n%s\n", p.commandLines())
	return nil
}

// checkEmpty refuses a folder that has something in it.
func checkEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return newUsage("Name another folder", "cannot make %s: %v", quoted(dir), plainError(err))
	case len(entries) > 0:
		return newUsage("Name another folder, or move what is there: new writes over nothing", "%s is not empty: there is %s", quoted(dir), quoted(entries[0].Name()))
	}
	return nil
}

// write writes the files of the project, and returns their names.
func (p *project) write(dir string, language host.Language, async bool) ([]string, error) {
	mode := "sync"
	if async {
		mode = "async"
	}
	var made []string
	add := func(name string, text []byte) error {
		file := filepath.Join(dir, name)
		if err := writeNew(file, text); err != nil {
			return err
		}
		made = append(made, file)
		return nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	for _, from := range []string{"template", "template/" + string(language), "template/" + string(language) + "/" + mode} {
		entries, err := templates.ReadDir(from)
		if err != nil {
			return made, err
		}
		for _, entry := range entries {
			if entry.IsDir() {
				continue
			}
			text, err := templates.ReadFile(path.Join(from, entry.Name()))
			if err == nil {
				err = add(entry.Name(), p.fill(text))
			}
			if err != nil {
				return made, err
			}
		}
	}
	file, err := types.Write(filepath.Join(dir, "types"), language, nil)
	if err != nil {
		return made, err
	}
	return append(made, file), nil
}

// fill puts what p says in the place of {{names}}.
func (p *project) fill(text []byte) []byte {
	return []byte(strings.NewReplacer(
		"{{title}}", p.title, "{{language}}", p.language, "{{mode}}", p.mode,
		"{{worker}}", p.worker, "{{tests}}", p.tests, "{{types}}", p.types, "{{config}}", p.config,
		"{{write types}}", p.writeTypes, "{{commands}}", p.commandLines(),
	).Replace(string(text)))
}

// writeNew writes a file that is not there yet.
func writeNew(name string, text []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	if _, err := f.Write(text); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
