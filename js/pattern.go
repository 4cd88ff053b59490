package js

import (
	"strings"
	"unicode/utf8"
)

// maxPattern is how long a pattern may become, in octets: some 400 times \p{L}.
const maxPattern = 4 << 20

// hasProperty tells whether there may be a \p{…} in a text.
func hasProperty(text string) bool {
	return strings.Contains(text, `\p`) || strings.Contains(text, `\P`)
}

// expandPattern writes the source of a regular expression with the flag u, in
// which \p{…} and \P{…} are ranges, as goja can read it. What set returns for a
// property is what is put for it. A pattern without any is returned as it is.
//
// It reads no more than it needs to find them: goja judges the rest.
func expandPattern(source string, set func(name string) (codeSet, *propertyError)) (string, *propertyError) {
	if !hasProperty(source) {
		return source, nil
	}
	e := expansion{source: source, set: set}
	for e.at < len(source) && e.fault == nil {
		switch {
		case e.property():
			e.lone(e.take())
		case source[e.at] == '[':
			e.class()
		default:
			if strings.HasPrefix(source[e.at:], "(?<") && !strings.HasPrefix(source[e.at:], "(?<=") && !strings.HasPrefix(source[e.at:], "(?<!") {
				e.named = true
			}
			e.copyAtom()
		}
		if len(e.out) > maxPattern {
			e.fault = &propertyError{what: "with what its properties stand for, it is too long"}
		}
	}
	if e.fault != nil {
		return "", e.fault
	}
	if !e.found {
		return source, nil
	}
	if e.named {
		// Of goja's two engines, one forgets the names of groups in what is not
		// ASCII. It does not know lookaheads, so that this one is matched by the other.
		return "(?=)" + string(e.out), nil
	}
	return string(e.out), nil
}

// An expansion is a pattern that is being rewritten.
type expansion struct {
	source string
	at     int // what is read next
	set    func(name string) (codeSet, *propertyError)
	out    []byte
	found  bool // there was a property
	named  bool // there was a named group
	fault  *propertyError
}

// property tells whether a \p or \P is next.
func (e *expansion) property() bool {
	rest := e.source[e.at:]
	return strings.HasPrefix(rest, `\p`) || strings.HasPrefix(rest, `\P`)
}

// take reads a property.
func (e *expansion) take() codeSet {
	e.found = true
	negated := e.source[e.at+1] == 'P'
	e.at += len(`\p`)
	name, ok := strings.CutPrefix(e.source[e.at:], "{")
	end := strings.IndexByte(name, '}')
	if !ok || end < 0 {
		e.fault = &propertyError{what: `with the flag u, \p and \P want the name of a property in braces`}
		return nil
	}
	e.at += len("{") + end + len("}")
	set, fault := e.set(name[:end])
	if fault != nil {
		e.fault = fault
		return nil
	}
	if negated {
		return set.not()
	}
	return set
}

// lone writes a set that stands for itself.
func (e *expansion) lone(set codeSet) {
	if len(set) == 0 {
		e.out = append(e.out, "(?!)"...) // goja takes [] for some code points
		return
	}
	e.out = append(set.appendClass(append(e.out, '[')), ']')
}

// copyAtom copies a character, or an escape as far as it may hide a character
// that means something.
func (e *expansion) copyAtom() {
	start := e.at
	if e.source[e.at] == '\\' {
		e.at++
	}
	_, n := utf8.DecodeRuneInString(e.source[e.at:])
	e.at += n
	e.out = append(e.out, e.source[start:e.at]...)
}

// class reads what is in brackets. A - that is no range's is escaped, so that
// what a property before or after it has become makes it none.
func (e *expansion) class() {
	start, opening := e.at, len(e.out)
	e.at++
	negated := strings.HasPrefix(e.source[e.at:], "^")
	if negated {
		e.at++
	}
	e.out = append(e.out, e.source[start:e.at]...)
	before, foundBefore := len(e.out), e.found
	e.found = false
	for e.at < len(e.source) && e.source[e.at] != ']' && e.fault == nil {
		e.classItem()
	}
	found := e.found
	e.found = found || foundBefore
	if e.fault != nil || e.at == len(e.source) {
		return // the bracket is never closed, which goja reports
	}
	e.at++
	switch {
	case !found:
		e.out = append(e.out[:opening], e.source[start:e.at]...)
	case len(e.out) == before: // of sets that are empty
		e.out = e.out[:opening]
		var set codeSet
		if negated {
			set = set.not()
		}
		e.lone(set)
	default:
		e.out = append(e.out, ']')
	}
}

// classItem reads a character, a range or a property.
func (e *expansion) classItem() {
	set := e.classAtom()
	rest := e.source[e.at:]
	if len(rest) < 2 || rest[0] != '-' || rest[1] == ']' {
		return
	}
	e.at++
	e.out = append(e.out, '-')
	if e.classAtom() || set {
		if e.fault == nil {
			e.fault = &propertyError{what: "a property cannot be an end of a range"}
		}
	}
}

// classAtom reads one end of a range, and tells whether it is a property.
func (e *expansion) classAtom() bool {
	switch {
	case e.property():
		e.out = e.take().appendClass(e.out)
		return true
	case e.source[e.at] == '-':
		e.at++
		e.out = append(e.out, `\-`...)
	default:
		e.copyAtom()
	}
	return false
}
