package types

import "strings"

// A signature is one taken apart.
type signature struct {
	function bool
	generics string // of TypeScript, with their brackets
	params   []param
	results  []string // of a function; of a value its type
}

type param struct {
	name, typ string
	optional  bool
}

// parse takes a signature of the registry apart.
func parse(s string) signature {
	if typ, ok := strings.CutPrefix(s, ": "); ok {
		return signature{results: []string{typ}}
	}
	sig := signature{function: true}
	if strings.HasPrefix(s, "<") {
		end := closing(s) + 1
		sig.generics, s = s[:end], s[end:]
	}
	end := closing(s)
	for _, p := range list(s[1:end]) {
		name, typ, _ := strings.Cut(p, ": ")
		name, optional := strings.CutSuffix(name, "?")
		sig.params = append(sig.params, param{name, typ, optional})
	}
	if results, ok := strings.CutPrefix(s[end+1:], ": "); ok {
		sig.results = list(results)
	}
	return sig
}

// closing is where the bracket that s begins with is closed.
func closing(s string) int {
	depth := 0
	for i := range len(s) {
		depth += nesting(s, i)
		if depth == 0 {
			return i
		}
	}
	panic("types: a bracket is not closed in " + s)
}

// nesting is 1 at an opening bracket, -1 at a closing one; => is none.
func nesting(s string, i int) int {
	switch s[i] {
	case '(', '{', '[', '<':
		return 1
	case ')', '}', ']':
		return -1
	case '>':
		if i == 0 || s[i-1] != '=' {
			return -1
		}
	}
	return 0
}

// list splits at the commas that are in no bracket. A type of LuaCATS such as
// "fun(): string?, Dir" is one that ends at its comma.
func list(s string) []string {
	var items []string
	depth, from := 0, 0
	for i := range len(s) {
		depth += nesting(s, i)
		if s[i] == ',' && depth == 0 {
			items = append(items, strings.TrimSpace(s[from:i]))
			from = i + 1
		}
	}
	if rest := strings.TrimSpace(s[from:]); rest != "" {
		items = append(items, rest)
	}
	return items
}
