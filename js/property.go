package js

import (
	"strings"
	"unicode"
)

// A propertyError says why \p{…} cannot be had.
type propertyError struct {
	what string
	// lacking tells that it is the tables that lack what Unicode has, so that
	// nothing is wrong with the script.
	lacking bool
}

// unicodeProperty returns the set that the text between the braces of \p{…}
// names: a general category, a script or a binary property, by the names that
// ECMAScript has for them, which tell capital letters from small ones. The tables
// are those of Go's package unicode, and what DerivedCoreProperties.txt makes of
// these.
func unicodeProperty(text string) (codeSet, *propertyError) {
	name, value, found := strings.Cut(text, "=")
	var set codeSet
	switch name {
	case "General_Category", "gc":
		set = categorySet(value)
	case "Script", "sc":
		return scriptSet(value)
	case "Script_Extensions", "scx":
		if _, err := scriptSet(value); err != nil {
			return nil, err
		}
		return nil, &propertyError{"there are no tables for Script_Extensions here; Script=" + value + " leaves out what several scripts share", true}
	default:
		if found {
			break
		}
		if set = categorySet(name); set == nil {
			set = binarySet(name)
		}
		if name == "Changes_When_NFKC_Casefolded" || name == "CWKCF" {
			return nil, &propertyError{"there is no table for " + name + " here", true}
		}
	}
	if set == nil {
		return nil, &propertyError{what: "Unicode has no property " + quoteProperty(text)}
	}
	return set, nil
}

// quoteProperty shortens what may be of any length.
func quoteProperty(text string) string {
	const most = 60
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return `"` + text + `"`
}

// categorySet returns nil if there is no such category.
func categorySet(name string) codeSet {
	if short, ok := unicode.CategoryAliases[name]; ok {
		name = short
	}
	switch name {
	case "C": // in Go's table, no unassigned ones
		return tableSet(unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z).not()
	case "Cn":
		return tableSet(unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z,
			unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs).not()
	case "LC":
		return tableSet(unicode.Lu, unicode.Ll, unicode.Lt)
	}
	table, ok := unicode.Categories[name]
	if !ok {
		return nil
	}
	return tableSet(table)
}

func scriptSet(name string) (codeSet, *propertyError) {
	long := scriptName(name)
	if long == "Unknown" {
		var tables []*unicode.RangeTable
		for _, table := range unicode.Scripts {
			tables = append(tables, table)
		}
		return tableSet(tables...).not(), nil
	}
	if table, ok := unicode.Scripts[long]; ok {
		return tableSet(table), nil
	}
	if long != "" {
		return nil, &propertyError{"the script " + name + " is not in Unicode " + unicode.Version + ", the version here", true}
	}
	return nil, &propertyError{what: "Unicode has no script " + quoteProperty(name)}
}

// scriptName returns the long name of a script, of which it may be given the
// short one. It returns "" if there is none of that name.
func scriptName(name string) string {
	if name == "" || strings.ContainsAny(name, "= \n") {
		return ""
	}
	if i := strings.Index(scriptAliases, "\n"+name+"="); i >= 0 {
		long, _, _ := strings.Cut(scriptAliases[i+len(name)+2:], "\n")
		return long
	}
	if strings.Contains(scriptAliases, "="+name+"\n") {
		return name
	}
	return ""
}
