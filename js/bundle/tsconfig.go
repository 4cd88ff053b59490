package bundle

import (
	"encoding/json"
	"path"
	"strings"

	"scripthost.example/child/engine"
)

// maxExtends is how many tsconfig files may extend one another.
const maxExtends = 8

// A tsconfig is what is used of the tsconfig.json in the script's folder. Nil is
// none.
type tsconfig struct {
	folder  string // that baseUrl, or paths, are relative to
	base    bool   // there is a baseUrl
	paths   object // patterns, and for each a list of paths
	options object // compilerOptions, for esbuild
}

// usedOptions are the compiler options that change what a script does.
var usedOptions = []string{
	"alwaysStrict", "experimentalDecorators", "importsNotUsedAsValues", "jsx", "jsxFactory", "jsxFragmentFactory",
	"jsxImportSource", "preserveValueImports", "strict", "target", "useDefineForClassFields", "verbatimModuleSyntax",
}

// readTSConfig reads the tsconfig.json of the script's folder.
func (r *resolver) readTSConfig() *engine.Error {
	if r.home == "" {
		return nil
	}
	f, fault := r.files.first([]string{path.Join(r.home, "tsconfig.json")})
	if f == nil || fault != nil {
		return fault
	}
	c := new(tsconfig)
	for depth := 0; f != nil; depth++ {
		if depth == maxExtends {
			return failure("%s: more than %d files extend one another", f.path, maxExtends)
		}
		o, err := parseObject(plainJSON(f.text))
		if err != nil {
			return failure("%s cannot be read: %v", f.path, err)
		}
		c.inherit(o, path.Dir(f.path))
		base := o.text("extends")
		if !isPath(base) {
			break // a package has types to check by; it is not ours to look for
		}
		target := path.Join(path.Dir(f.path), base)
		if f, fault = r.files.first([]string{target, target + ".json"}); fault != nil {
			return fault
		}
		if f == nil {
			return notFound(base, []string{target, target + ".json"}, "")
		}
	}
	r.tsconfig = c
	return nil
}

// inherit takes what c does not have from the file o in folder.
func (c *tsconfig) inherit(o object, folder string) {
	options, _ := o.get("compilerOptions").(object)
	for _, name := range usedOptions {
		if value := options.get(name); value != nil && c.options.get(name) == nil {
			c.options = append(c.options, member{name, value})
		}
	}
	base := options.text("baseUrl")
	if base != "" && c.folder == "" {
		c.folder, c.base = path.Join(folder, base), true
	}
	if paths, ok := options.get("paths").(object); ok && c.paths == nil {
		c.paths = paths
		if c.folder == "" {
			c.folder = folder
		}
	}
}

// targets are the paths that name may mean.
func (c *tsconfig) targets(name string) []string {
	if c == nil {
		return nil
	}
	var targets []string
	if list, star := c.match(name); list != nil {
		for _, item := range list {
			if p, ok := item.(string); ok {
				targets = append(targets, path.Join(c.folder, strings.ReplaceAll(p, "*", star)))
			}
		}
	}
	if c.base {
		targets = append(targets, path.Join(c.folder, name))
	}
	return targets
}

// match finds the pattern for name with the most before its star.
func (c *tsconfig) match(name string) (list []any, star string) {
	longest := -1
	for _, pattern := range c.paths {
		before, after, isPattern := strings.Cut(pattern.name, "*")
		items, _ := pattern.value.([]any)
		switch {
		case !isPattern && pattern.name == name:
			return items, ""
		case isPattern && len(before) > longest && len(name) >= len(before)+len(after) &&
			strings.HasPrefix(name, before) && strings.HasSuffix(name, after):
			list, star, longest = items, name[len(before):len(name)-len(after)], len(before)
		}
	}
	return list, star
}

// raw is the tsconfig.json that esbuild is given.
func (c *tsconfig) raw() string {
	options := make(map[string]any)
	if c != nil {
		for _, m := range c.options {
			switch m.value.(type) {
			case string, bool:
				options[m.name] = m.value
			}
		}
	}
	text, err := json.Marshal(map[string]any{"compilerOptions": options})
	if err != nil {
		return "{}" // strings and booleans cannot fail
	}
	return string(text)
}
