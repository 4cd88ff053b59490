package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scripthost.example/host"
)

// checkEntries returns the first thing that is wrong in a file of settings: with those
// that a flag or a variable takes the place of, too.
func checkEntries(entries []entry, folder string) error {
	scratch := new(runFlags)
	c := new(cobra.Command)
	scratch.add(c)
	lines := make(map[string]int)
	for _, e := range entries {
		if e.table != "" && !slices.Contains(settingTables, e.table) {
			return unknownTable(e)
		}
		if e.name == "" {
			continue
		}
		set, known := settingNamed(e.name)
		if !known {
			return unknownSetting(e)
		}
		if e.table != "" && e.table != set.table {
			hint := "It stands at the top of the file, before all tables"
			if set.table != "" {
				hint = fmt.Sprintf("It goes into [%s], or stands before all tables", set.table)
			}
			return settingsErrorf(e.line, hint, "%s is no setting of [%s]", e.name, e.table)
		}
		if before := lines[e.name]; before > 0 {
			return settingsErrorf(e.line, "", "%s is there twice: it is in line %d, too", e.name, before)
		}
		lines[e.name] = e.line
		if err := setEntry(set, c.Flags().Lookup(e.name), e, folder); err != nil {
			return err
		}
	}
	return nil
}

func unknownTable(e entry) error {
	hint := "There are [" + strings.Join(settingTables, "], [") + "], and settings before all tables"
	if near := nearest(e.table, settingTables); near != "" {
		hint = fmt.Sprintf("Did you mean [%s]?", near)
	}
	return settingsErrorf(e.line, hint, "there is no table [%s]", printable(e.table))
}

func unknownSetting(e entry) error {
	if slices.Contains(settingTables, e.name) {
		return settingsErrorf(e.line, "", "%s is a table: write [%[1]s] on a line of its own, and its settings below", e.name)
	}
	if slices.Contains(notSettings, e.name) {
		return settingsErrorf(e.line, "", "%s is no setting: --%[1]s is for the command line only", e.name)
	}
	hint := "'runner config' lists them"
	var names []string
	for _, set := range allSettings {
		names = append(names, set.name)
	}
	if near := nearest(strings.ReplaceAll(e.name, "_", "-"), names); near != "" {
		hint = "Did you mean " + near + "?"
	}
	return settingsErrorf(e.line, hint, "there is no setting %s", quoted(e.name))
}

// setEntry sets a flag to what a file says. Paths in it are relative to its folder.
func setEntry(set flagSetting, flag *pflag.Flag, e entry, folder string) error {
	v := e.value
	want := func(kind string) error {
		return settingsErrorf(v.line, "", "%s is %s, and has to be %s", e.name, kindName(v.kind), kind)
	}
	text := v.text
	switch value := flag.Value.(type) {
	case *paths, *names, *folders:
		return setList(set, value, e, folder)
	case *count, *seed:
		if v.kind != unstable.Integer && (v.kind != unstable.String || flag.Value.Type() != "seed") {
			return want("a whole number")
		}
		text = decimal(text)
	case *payloadSize, *memorySize:
		if v.kind != unstable.Integer && v.kind != unstable.String {
			return want(`a number of bytes, or a text like "64M"`)
		}
		if v.kind == unstable.Integer {
			text = decimal(text)
		}
	case *moment:
		if v.kind != unstable.String && !isTime(v.kind) {
			return want("a time, like 2024-02-29T12:30:00Z")
		}
	case *duration:
		if v.kind != unstable.String {
			return want(`a text, like "500ms" or "2m"`)
		}
	case *choice:
		if v.kind != unstable.String {
			return want("a text: " + strings.Join(value.choices, ", "))
		}
	case pflag.SliceValue: // of texts that stand as they are
		if v.kind != unstable.Array {
			return want(`a list of texts, like ["a", "b"]`)
		}
		var items []string
		for _, item := range v.items {
			if item.kind != unstable.String {
				return settingsErrorf(item.line, "", "%s has %s in its list, and they have to be texts", e.name, kindName(item.kind))
			}
			items = append(items, item.text)
		}
		return value.Replace(items)
	default:
		if flag.Value.Type() == "bool" {
			if v.kind != unstable.Bool {
				return want("true or false")
			}
			break
		}
		if v.kind != unstable.String {
			return want("a text")
		}
		if text == "" {
			return settingsErrorf(v.line, "", "%s is empty", e.name)
		}
		if set.namesFile(text) && !filepath.IsAbs(text) {
			text = shortPath(filepath.Join(folder, text))
		}
	}
	if err := flag.Value.Set(text); err != nil {
		return settingsErrorf(v.line, "", "%s %s: %v", e.name, quoted(v.text), err)
	}
	return nil
}

// namesFile tells whether text is the name of a file.
func (s flagSetting) namesFile(text string) bool {
	if s.name == "serialiser" {
		_, err := host.SerialiserByName(text)
		return err != nil
	}
	return s.file && text != stdin
}

// decimal is a whole number of TOML as flags take it.
func decimal(text string) string {
	v, err := strconv.ParseInt(text, 0, 64)
	if err != nil {
		return strings.ReplaceAll(text, "_", "")
	}
	return strconv.FormatInt(v, 10)
}

// setList sets a flag of several paths or names: a list of texts, each of which is one,
// or true for all.
func setList(set flagSetting, value pflag.Value, e entry, folder string) error {
	v := e.value
	_, noAll := value.(*folders)
	switch {
	case v.kind == unstable.Bool && !noAll:
		if v.text == "true" {
			return value.Set(flagOfAll(value))
		}
		return nil
	case v.kind != unstable.Array && noAll:
		return settingsErrorf(v.line, "", `%s is %s, and has to be a list of texts, like ["lib"]`, e.name, kindName(v.kind))
	case v.kind != unstable.Array:
		return settingsErrorf(v.line, "", `%s is %s, and has to be a list of texts, like ["a", "b"], or true for all`, e.name, kindName(v.kind))
	}
	for _, item := range v.items {
		if item.kind != unstable.String {
			return settingsErrorf(item.line, "", "%s has %s in its list, and they have to be texts", e.name, kindName(item.kind))
		}
		if err := addItem(value, item.text, folder); err != nil {
			return settingsErrorf(item.line, "", "%s %s: %v", set.name, quoted(item.text), err)
		}
	}
	return nil
}

// flagOfAll is what a grant of all is on a command line.
func flagOfAll(value pflag.Value) string {
	if _, ok := value.(*names); ok {
		return everyName
	}
	return everything
}

// addItem adds an item of a list to the value of its flag.
func addItem(value pflag.Value, text, folder string) error {
	path := text
	if path != "" && !filepath.IsAbs(path) {
		path = filepath.Join(folder, path)
	}
	switch value := value.(type) {
	case *paths:
		return value.add(path)
	case *folders:
		return value.Set(path)
	case *names:
		return value.add(text)
	}
	return errors.New("it is no list") // for which there is no flag
}

// checkModest returns an error if a file of settings that nobody has named says what
// gives a script more than what is in the file's own folder: who runs a script that
// came with such a file may not have seen it.
func checkModest(set flagSetting, e entry, folder string) error {
	refuse := func(line int, why string) error {
		return settingsErrorf(line, "If that is what you want, name the file: --config {FILE}", "%s %s, and this file was found, not named", e.name, why)
	}
	inside := func(v tomlValue) error {
		path := v.text
		if !filepath.IsAbs(path) {
			path = filepath.Join(folder, path)
		}
		if err := checkInside(folder, path); err != nil {
			return refuse(v.line, "reaches beyond the file's folder: "+err.Error())
		}
		return nil
	}
	v := e.value
	switch set.name {
	case "allow-net", "allow-env":
		if v.kind == unstable.Bool && v.text == "true" || len(v.items) > 0 {
			return refuse(e.line, "grants more than files")
		}
	case "allow-all":
		if v.text == "true" {
			return refuse(e.line, "grants everything")
		}
	case "sandbox":
		if v.text != string(host.SandboxStrict) {
			return refuse(e.line, "takes protections away")
		}
	case "allow-read", "allow-write", "module-path":
		if v.kind == unstable.Bool && v.text == "true" {
			return refuse(e.line, "grants all files")
		}
		for _, item := range v.items {
			if err := inside(item); err != nil {
				return err
			}
		}
	default:
		if set.namesFile(v.text) {
			return inside(v)
		}
	}
	return nil
}
