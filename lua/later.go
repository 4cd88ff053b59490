package lua

import "strings"

// laterLibrary says which Lua a library function, or a whole library, is of that came after
// 5.1, and what there is instead.
func laterLibrary(name string) string {
	switch name {
	case "table.unpack":
		return "in Lua 5.1 it is unpack"
	case "table.pack":
		return `in Lua 5.1 write {n = select("#", ...), ...}`
	case "bit32", "coroutine.isyieldable", "math.type", "math.tointeger", "math.ult", "table.move", "string.pack", "string.unpack", "string.packsize", "utf8":
		return "it came later than Lua 5.1"
	}
	return ""
}

// laterSyntax is what to add to an error that is told of a token, if it is of a later Lua than
// 5.1. Before and behind are what stands on the line before the token, and from it on.
func laterSyntax(before, behind string) string {
	switch {
	case strings.HasPrefix(behind, "/") && (strings.HasSuffix(before, "/") || strings.HasPrefix(behind, "//")):
		return ": Lua 5.1 has no // for integers; write math.floor(a / b)"
	case strings.HasPrefix(behind, "<") && declares(before):
		return ": Lua 5.1 has no attributes of variables, such as <const>"
	case strings.HasPrefix(behind, "&"), strings.HasPrefix(behind, "|"), strings.HasPrefix(behind, "~") && !strings.HasPrefix(behind, "~="),
		strings.HasPrefix(behind, "<") && (strings.HasSuffix(before, "<") || strings.HasPrefix(behind, "<<")),
		strings.HasPrefix(behind, ">") && (strings.HasSuffix(before, ">") || strings.HasPrefix(behind, ">>")):
		return ": Lua 5.1 has no operators for bits"
	}
	return ""
}

// declares reports whether text ends with local and names.
func declares(text string) bool {
	fields := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' })
	for i := len(fields) - 1; i >= 0; i-- {
		if fields[i] == "local" {
			return i < len(fields)-1
		}
		if strings.ContainsAny(fields[i], "=()<>.;") {
			return false
		}
	}
	return false
}
