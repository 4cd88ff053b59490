package types

import (
	"regexp"
	"strings"
	"testing"

	glua "github.com/yuin/gopher-lua"
	luaparse "github.com/yuin/gopher-lua/parse"
)

// luaTypes are the types that LuaCATS has itself, of which some are used.
const luaTypes = " any nil boolean string number integer function table thread userdata self file* "

var (
	luaParam    = regexp.MustCompile(`^---@param (\.\.\.|[a-z][A-Za-z0-9_]*)(\??) (.+)$`)
	luaField    = regexp.MustCompile(`^---@field (?:[a-z_]+|\["[^"]+"\])\?? (.+?)(?: [A-Z][^|]*\.)?$`)
	luaFunc     = regexp.MustCompile(`^(?:function [A-Za-z0-9_.:]+|[a-z0-9.]+\["[a-z]+"\] = function)\(([^)]*)\) end$`)
	luaClass    = regexp.MustCompile(`^---@class ([A-Z][A-Za-z0-9]*)(?:: [A-Z][A-Za-z0-9]*)?$`)
	luaAlias    = regexp.MustCompile(`^---@alias ([A-Z][A-Za-z0-9]*) (.+)$`)
	luaOverload = regexp.MustCompile(`^---@overload (.+)$`)
)

// What is written for Lua is Lua, and each annotation is one of LuaCATS: in its
// grammar, about the parameters that the function below it has, and of types that
// are defined.
func TestLuaCATS(t *testing.T) {
	t.Parallel()
	h, err := newHostTypes(functions())
	if err != nil {
		t.Fatal(err)
	}
	text := "---@meta runner\n\n" + luaCATS(Needs(), h)
	chunk, err := luaparse.Parse(strings.NewReader(text), "runner.lua")
	if err == nil {
		_, err = glua.Compile(chunk, "runner.lua")
	}
	if err != nil {
		t.Fatalf("it is not Lua: %v\n%s", err, text)
	}

	classes := make(map[string]bool)
	for line := range strings.Lines(text) {
		for _, name := range []*regexp.Regexp{luaClass, luaAlias} {
			if m := name.FindStringSubmatch(strings.TrimSuffix(line, "\n")); m != nil {
				classes[m[1]] = true
			}
		}
	}
	var params []string
	bad := func(n int, line, why string) { t.Errorf("line %d: %s: %s", n+1, why, line) }
	for n, line := range strings.Split(text, "\n") {
		check := func(typ string) {
			p := catsParser{rest: typ, classes: classes}
			if p.union(); p.bad != "" || p.rest != "" {
				bad(n, line, "the type "+typ+" cannot be read: "+p.bad+" before "+p.rest)
			}
		}
		switch m := luaFunc.FindStringSubmatch(line); {
		case m != nil:
			if got := strings.Join(params, ", "); got != m[1] {
				bad(n, line, "the parameters above are "+got)
			}
			params = nil
		case strings.HasPrefix(line, "---@param"):
			m := luaParam.FindStringSubmatch(line)
			if m == nil {
				bad(n, line, "no @param")
				break
			}
			params = append(params, m[1])
			check(m[3])
		case strings.HasPrefix(line, "---@field"):
			if m := luaField.FindStringSubmatch(line); m == nil {
				bad(n, line, "no @field")
			} else {
				check(m[1])
			}
		case strings.HasPrefix(line, "---@return "):
			check(strings.TrimPrefix(line, "---@return "))
		case strings.HasPrefix(line, "---@type "):
			check(strings.TrimPrefix(line, "---@type "))
		case strings.HasPrefix(line, "---@overload"):
			check(luaOverload.FindStringSubmatch(line)[1])
		case luaAlias.MatchString(line):
			check(luaAlias.FindStringSubmatch(line)[2])
		case line == "---@meta runner", luaClass.MatchString(line):
		case strings.HasPrefix(line, "---@"):
			bad(n, line, "no annotation of LuaCATS that is known here")
		}
	}
}

// A catsParser reads a type of LuaCATS.
type catsParser struct {
	rest    string
	classes map[string]bool
	bad     string
}

func (p *catsParser) take(token string) bool {
	rest, ok := strings.CutPrefix(p.rest, token)
	if ok && p.bad == "" {
		p.rest = rest
	}
	return ok && p.bad == ""
}

func (p *catsParser) need(token string) {
	if !p.take(token) && p.bad == "" {
		p.bad = "there is no " + token
	}
}

// union is types with | between.
func (p *catsParser) union() {
	p.postfix()
	for p.take("|") {
		p.postfix()
	}
}

// postfix is a type with any number of [] and ? behind it.
func (p *catsParser) postfix() {
	p.single()
	for p.take("[]") || p.take("?") {
	}
}

var (
	catsWord   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*\*?`)
	catsString = regexp.MustCompile(`^"[^"]*"`)
)

func (p *catsParser) single() {
	if p.take("(") {
		p.union()
		p.need(")")
		return
	}
	if s := catsString.FindString(p.rest); s != "" {
		p.rest = p.rest[len(s):]
		return
	}
	word := catsWord.FindString(p.rest)
	switch {
	case p.take("fun("):
		p.function()
	case p.take("table<"):
		p.union()
		p.need(", ")
		p.union()
		p.need(">")
	case word == "":
		p.bad = "there is no type"
	case !p.classes[word] && !strings.Contains(luaTypes, " "+word+" "):
		p.bad = word + " is not defined"
	default:
		p.rest = p.rest[len(word):]
	}
}

// function is what stands behind "fun(".
func (p *catsParser) function() {
	for first := true; !p.take(")"); first = false {
		if !first {
			p.need(", ")
		}
		if !p.take("...") {
			name := catsWord.FindString(p.rest)
			p.need(name)
			p.take("?")
		}
		p.need(": ")
		p.union()
		if p.bad != "" {
			return
		}
	}
	if p.take(": ") {
		p.union()
	}
}
