package js

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/dop251/goja"
)

// conditions are those of "exports" that are met, as in Node's require.
var conditions = [...]string{"node", "require", "default"}

// A packageFile is what counts of a package.json.
type packageFile struct {
	name    string // of the file
	main    string
	exports goja.Value // nil if it has none
}

// packageFile reads a package.json, once.
func (v *vm) packageFile(name string, text []byte) *packageFile {
	m := v.files()
	if p := m.packages[name]; p != nil {
		return p
	}
	p := &packageFile{name: name}
	if o, ok := v.parseJSON(name, text).(*goja.Object); ok {
		if main, ok := o.Get("main").(goja.String); ok {
			p.main = main.String()
		}
		if exports := o.Get("exports"); exports != nil && !goja.IsNull(exports) {
			p.exports = exports
		}
	}
	m.packages[name] = p
	return p
}

// target returns the file that a subpath of the package ("." or "./x") stands
// for by its "exports". Without one it returns why.
func (p *packageFile) target(subpath string) (file, problem string) {
	notExported := quote(subpath) + ` is not in the "exports" of ` + p.name
	if subpath == "." {
		notExported = `the "exports" of ` + p.name + ` have nothing for require`
	}
	value, star := p.exports, ""
	if o, ok := value.(*goja.Object); ok && !isArray(o) && subpaths(o) {
		if value, star = p.entry(o, subpath); value == nil {
			return "", notExported
		}
	} else if subpath != "." {
		return "", notExported
	}
	target, found := resolveTarget(value, 0)
	switch {
	case !found || target == "":
		return "", notExported
	case !validTarget(target), star != "" && !validSegments(star):
		return "", `the "exports" of ` + p.name + ` lead to ` + quote(target) + ", which is not a file inside of the package"
	}
	return path.Join(path.Dir(p.name), strings.ReplaceAll(target, "*", star)), ""
}

// subpaths tells whether the keys of "exports" are subpaths, and not conditions.
func subpaths(o *goja.Object) bool {
	return slices.ContainsFunc(o.Keys(), func(key string) bool { return strings.HasPrefix(key, ".") })
}

// entry returns what "exports" have for a subpath, and what the * in its key
// stands for. The key with the most before the * counts, and of those the longest.
func (p *packageFile) entry(o *goja.Object, subpath string) (value goja.Value, star string) {
	if keys := o.Keys(); slices.Contains(keys, subpath) && !strings.Contains(subpath, "*") {
		return o.Get(subpath), ""
	}
	var best string
	for _, key := range o.Keys() {
		before, after, ok := strings.Cut(key, "*")
		if !ok || strings.Contains(after, "*") || len(subpath) < len(key) || !strings.HasPrefix(subpath, before) || !strings.HasSuffix(subpath, after) {
			continue
		}
		bestBefore, _, _ := strings.Cut(best, "*")
		if value != nil && cmp.Or(cmp.Compare(len(before), len(bestBefore)), cmp.Compare(len(key), len(best))) < 0 {
			continue
		}
		best, value = key, o.Get(key)
		star = subpath[len(before) : len(subpath)-len(after)]
	}
	return value, star
}

// maxExports bounds how deep conditions are looked into.
const maxExports = 32

// resolveTarget follows conditions to a target. What is null is not exported:
// found, and empty.
func resolveTarget(value goja.Value, depth int) (target string, found bool) {
	if text, ok := value.(goja.String); ok {
		return text.String(), true
	}
	if goja.IsNull(value) {
		return "", true
	}
	o, ok := value.(*goja.Object)
	if !ok || depth == maxExports {
		return "", false
	}
	for _, key := range o.Keys() {
		if !isArray(o) && !slices.Contains(conditions[:], key) {
			continue
		}
		target, found := resolveTarget(o.Get(key), depth+1)
		if !found || isArray(o) && !validTarget(target) {
			continue // the next one of an array may do
		}
		return target, true
	}
	return "", false
}

// validTarget tells whether a target is a file inside of the package.
func validTarget(target string) bool {
	rest, ok := strings.CutPrefix(target, "./")
	return ok && validSegments(rest)
}

func validSegments(rest string) bool {
	for segment := range strings.SplitSeq(strings.ReplaceAll(rest, `\`, "/"), "/") {
		if segment == "." || segment == ".." || segment == "node_modules" {
			return false
		}
	}
	return true
}
