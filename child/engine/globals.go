package engine

// Globals collects what the files of a script do with names, for a check to find those that
// are used and that nothing defines. Scopes are not told apart: a name that is defined
// anywhere, in whichever file, is one that nothing is said of. Neither is of one that the
// script seems to ask for, or to do without.
//
// The zero value has collected nothing.
type Globals struct {
	// Unknown says that which globals there are cannot be told from the text: some are
	// computed, or what there is depends on where the script runs.
	Unknown bool

	defined map[string]bool
	asked   map[string]bool
	probed  map[string]bool
	needed  []need
	seen    map[need]bool // those of needed, without their places
}

// A need is a use of a name that fails if nothing defines it.
type need struct {
	name, file   string
	line, column int
}

// Define notes a name that the script gives to something: a variable, a parameter, a field
// of a table or an object that may be that of the globals.
func (g *Globals) Define(name string) { set(&g.defined, name) }

// Ask notes a name that the script uses so that it does not fail if nothing defines it.
func (g *Globals) Ask(name string) { set(&g.asked, name) }

// Probe notes a name that the script asks for to find out where it runs: if nothing defines
// it, nothing is known of what the script then does.
func (g *Globals) Probe(name string) { set(&g.probed, name) }

func set(names *map[string]bool, name string) {
	if *names == nil {
		*names = make(map[string]bool)
	}
	(*names)[name] = true
}

// Need notes a use of a name that fails if nothing defines it. The first in each file
// counts.
func (g *Globals) Need(name, file string, line, column int) {
	n := need{name: name, file: file}
	if g.seen[n] {
		return
	}
	if g.seen == nil {
		g.seen = make(map[need]bool)
	}
	g.seen[n] = true
	n.line, n.column = line, column
	g.needed = append(g.needed, n)
}

// Undefined returns a finding for each name that is needed and not among those that there
// are; why, if it is not nil, says why there is none of a name, or "".
func (g *Globals) Undefined(there []string, why func(name string) string) []Finding {
	if g.Unknown {
		return nil
	}
	names := append([]string(nil), there...)
	for name := range g.defined {
		names = append(names, name)
	}
	known := make(map[string]bool, len(names))
	for _, name := range names {
		known[name] = true
	}
	for name := range g.probed {
		if !known[name] {
			return nil
		}
	}
	var findings []Finding
	for _, n := range g.needed {
		if known[n.name] || g.asked[n.name] {
			continue
		}
		hint := ""
		if why != nil {
			hint = why(n.name)
		}
		if hint != "" {
			hint = ": " + hint
		} else if len(findings) < maxFindings {
			hint = DidYouMean(n.name, names)
		}
		findings = append(findings, Finding{Message: "nothing defines " + n.name + hint, File: n.file, Line: n.line, Column: n.column})
	}
	return findings
}
