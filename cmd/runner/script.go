package main

import (
	"errors"
	"io"
	"os"
	"strings"
	"syscall"

	"scripthost.example/host"
)

// Names in messages of scripts that are not files.
const (
	stdinName = "stdin"
	evalName  = "eval"
)

// stdin is how standard input is named where a file can be.
const stdin = "-"

// dashHint is the hint where a file is to be named - that cannot be standard output.
const dashHint = "For a file of that name: ./-"

// sayLanguage is the hint where the language is not known.
const sayLanguage = "Add --lang lua, --lang js or --lang ts"

// open reads the script of the flags.
func (f *scriptFlags) open(scriptGiven, evalGiven bool) (*host.Script, error) {
	language := host.Language(f.language.value)
	switch {
	case evalGiven && scriptGiven:
		return nil, usagef("Leave one of them out", "--script and --eval are both given")
	case evalGiven && language == "":
		return nil, usagef(sayLanguage, "--eval needs the language of its source")
	case evalGiven:
		return readScript(evalName, language, strings.NewReader(f.eval))
	}
	return openScript(f.script, language)
}

// openScript reads a script. The language is what the name's ending says, unless
// one is given.
func openScript(name string, language host.Language) (*host.Script, error) {
	switch {
	case name == "":
		return nil, usagef("", "the name of the script is empty")
	case name == stdin && language == "":
		return nil, usagef(sayLanguage, "a script from standard input needs its language")
	case name == stdin:
		defer endOnSignal()()
		return readScript(stdinName, language, os.Stdin)
	}
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, usagef(nearFile(name, err), "cannot read the script %s: %v", name, plainError(err))
	case info.IsDir():
		return nil, usagef("Name a file in it", "cannot read the script %s: it is a folder", name)
	}
	if language == "" {
		if language, err = host.LanguageOf(name); err != nil {
			return nil, usagef(sayLanguage, "%v", err)
		}
	}
	script, err := host.OpenAs(name, language)
	return checkScript(script, err)
}

func readScript(name string, language host.Language, r io.Reader) (*host.Script, error) {
	script, err := host.Read(name, language, r)
	return checkScript(script, err)
}

// checkScript makes what keeps a script from being opened a usage error.
func checkScript(script *host.Script, err error) (*host.Script, error) {
	if err != nil {
		return nil, usagef("", "%v", err)
	}
	return script, nil
}

// plainError is err without the operation and the path, which the message
// around it tells.
func plainError(err error) error {
	if pe := (*os.PathError)(nil); errors.As(err, &pe) {
		err = pe.Err
	}
	if errors.Is(err, syscall.EISDIR) {
		return errors.New("it is a folder")
	}
	return err
}
