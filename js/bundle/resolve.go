package bundle

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"scripthost.example/child/engine"
)

// A kind is how a file asks for another one.
type kind int

const (
	byImport  kind = iota
	byRequire      // at run time, perhaps never, perhaps where an error is caught
	byDynamicImport
)

// A resolver finds the files that imports mean. It is safe for concurrent use.
type resolver struct {
	files    *files
	roots    []string // the folders that the parent serves
	nearby   []string // other names of theirs, which only paths lead to
	home     string   // of them, that of the script; "" if it has none
	entry    string   // the path of the script
	tsconfig *tsconfig

	mu        sync.Mutex // guards manifests
	manifests map[string]*manifest
}

// A resolution is what an import means.
type resolution struct {
	*file         // nil if it is no file
	pure     bool // importing it does nothing
	external bool // it is there at run time
}

// empty stands for what a package does without in a browser.
var empty = resolution{}

// extensions are those that an import may leave out, in that order; in a package
// JavaScript comes first.
var (
	extensions        = []string{".tsx", ".ts", ".jsx", ".js", ".json"}
	packageExtensions = []string{".jsx", ".js", ".json", ".tsx", ".ts"}
)

// maxTried is how many of the paths that were tried an error lists.
const maxTried = 12

// resolve returns what name means in the file importer.
func (r *resolver) resolve(importer, name string, k kind) (resolution, *engine.Error) {
	switch {
	case name == "":
		return empty, failure("an import needs a name: this one is empty")
	case !utf8.ValidString(name):
		return empty, failure("%s is not text: no file has that name", quote(name))
	case strings.HasPrefix(name, "node:"):
		return builtIn(name, k)
	case name == testModule: // which scripts that are no tests have not
		return resolution{external: true, file: &file{path: name}}, nil
	case isURL(name):
		return empty, failure("%s is a URL, and nothing is fetched to be run: save it as a file of the script, or install its package", quote(name))
	case strings.HasPrefix(name, "#"):
		return r.private(importer, name, k)
	case isPath(name):
		return r.local(importer, name, k)
	}
	if !inPackage(importer) {
		for _, target := range r.tsconfig.targets(name) {
			found, _, fault := r.load(target, k)
			if found != nil || fault != nil {
				return r.resolved(found, fault)
			}
		}
	}
	return r.bare(importer, name, k)
}

// isPath reports whether name is a path and not a package's name.
func isPath(name string) bool {
	return name == "." || name == ".." || strings.HasPrefix(name, "./") || strings.HasPrefix(name, "../") ||
		strings.HasPrefix(name, "/") || strings.HasPrefix(name, `\`) || strings.HasPrefix(name, `.\`) || strings.HasPrefix(name, `..\`)
}

// isURL reports whether name starts with a scheme: one letter is a drive.
func isURL(name string) bool {
	scheme, _, found := strings.Cut(name, ":")
	if !found || len(scheme) < 2 {
		return strings.HasPrefix(name, "//")
	}
	for _, c := range scheme {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("+-.", c) {
			return false
		}
	}
	return true
}

// local resolves a path.
func (r *resolver) local(importer, name string, k kind) (resolution, *engine.Error) {
	target := name
	if !path.IsAbs(name) {
		if r.home == "" && importer == r.entry {
			return empty, failure("%s cannot be found: the script has no file, so it has no folder to find others in", quote(name))
		}
		target = path.Join(path.Dir(importer), name)
	}
	if m := r.enclosing(importer); m != nil {
		if rel, ok := strings.CutPrefix(target, m.folder+"/"); ok {
			if other, found := m.instead("./" + rel); found {
				return r.insteadOf(m, other, importer, k)
			}
		}
	}
	var paths []string
	if !strings.HasSuffix(name, "/") && path.Base(name) != "." && path.Base(name) != ".." {
		paths = r.fileNames(target)
	}
	paths = append(paths, r.folderNames(target)...)
	return r.firstOf(paths, target, name, k)
}

// firstOf loads the first of paths, which are about target: what name means.
func (r *resolver) firstOf(paths []string, target, name string, k kind) (resolution, *engine.Error) {
	served := slices.DeleteFunc(slices.Clone(paths), func(p string) bool { return r.rootOf(p) == "" })
	if len(served) == 0 {
		served = []string{target} // the parent refuses it, and says so to who keeps watch
	}
	found, tried, fault := r.loadFirst(served, target, k)
	if found == nil && fault == nil {
		fault = notFound(name, tried, "")
	}
	return r.resolved(found, fault)
}

// load returns the file, or the main file of the folder, at target.
func (r *resolver) load(target string, k kind) (found *file, tried []string, fault *engine.Error) {
	paths := append(r.fileNames(target), r.folderNames(target)...)
	return r.loadFirst(slices.DeleteFunc(paths, func(p string) bool { return r.rootOf(p) == "" }), target, k)
}

// loadFirst returns the first of paths; a package.json stands for what it names,
// unless it is the target itself.
func (r *resolver) loadFirst(paths []string, target string, k kind) (found *file, tried []string, fault *engine.Error) {
	if len(paths) == 0 {
		return nil, nil, nil
	}
	found, fault = r.files.first(paths)
	if found == nil || fault != nil {
		return nil, paths, fault
	}
	if path.Base(found.path) != "package.json" || found.path == target {
		return found, nil, nil
	}
	m, fault := r.manifest(found)
	if fault != nil {
		return nil, nil, fault
	}
	return r.loadMain(m, k)
}

// loadMain returns what a package is for who imports it as a whole, if it has no
// exports.
func (r *resolver) loadMain(m *manifest, k kind) (found *file, tried []string, fault *engine.Error) {
	var paths []string
	for _, main := range m.mains(k) {
		target := path.Join(m.folder, main)
		if other, found := m.instead("./" + strings.TrimPrefix(target, m.folder+"/")); found && isPath(other) {
			target = path.Join(m.folder, other)
		}
		if target != m.folder {
			paths = append(paths, r.fileNames(target)...)
		}
		paths = append(paths, indexNames(target)...)
	}
	paths = append(paths, indexNames(m.folder)...)
	paths = slices.DeleteFunc(paths, func(p string) bool { return !within(m.folder, p) })
	found, fault = r.files.first(paths)
	return found, paths, fault
}

// fileNames are the files that target can mean, in the order of preference.
func (r *resolver) fileNames(target string) []string {
	names := []string{target}
	list := packageExtensions
	if !inPackage(target) {
		list = extensions
	}
	for _, ext := range list {
		names = append(names, target+ext)
	}
	ext := path.Ext(target)
	for _, other := range written(ext) {
		names = append(names, strings.TrimSuffix(target, ext)+other)
	}
	return names
}

// written are the extensions that ext stands for, too: TypeScript's habit is to
// import what a file will be compiled to.
func written(ext string) []string {
	switch ext {
	case ".js", ".jsx":
		return []string{".ts", ".tsx"}
	case ".mjs":
		return []string{".mts"}
	case ".cjs":
		return []string{".cts"}
	}
	return nil
}

// folderNames are the files that target can mean if it is a folder.
func (r *resolver) folderNames(target string) []string {
	return append([]string{path.Join(target, "package.json")}, indexNames(target)...)
}

func indexNames(folder string) []string {
	list := packageExtensions
	if !inPackage(folder) {
		list = extensions
	}
	names := make([]string, len(list))
	for i, ext := range list {
		names[i] = path.Join(folder, "index"+ext)
	}
	return names
}

// resolved is a file that was found as what esbuild is told.
func (r *resolver) resolved(f *file, fault *engine.Error) (resolution, *engine.Error) {
	if f == nil || fault != nil {
		return empty, fault
	}
	m := r.enclosing(f.path)
	return resolution{file: f, pure: m != nil && m.isPure(f.path)}, nil
}

// rootOf is the innermost of the served folders that p is in, or "".
func (r *resolver) rootOf(p string) string {
	best := ""
	for _, roots := range [][]string{r.roots, r.nearby} {
		for _, root := range roots {
			if within(root, p) && len(root) > len(best) {
				best = root
			}
		}
	}
	return best
}

// within reports whether the file p is in the folder.
func within(folder, p string) bool {
	switch {
	case folder == ".":
		return p != ".." && !strings.HasPrefix(p, "../") && !path.IsAbs(p) && !isDrive(p)
	case strings.HasSuffix(folder, "/"):
		return strings.HasPrefix(p, folder)
	}
	rest, ok := strings.CutPrefix(p, folder+"/")
	return ok && rest != ".." && !strings.HasPrefix(rest, "../")
}

// isDrive reports whether p starts with a drive, as absolute paths on Windows do.
func isDrive(p string) bool { return len(p) > 1 && p[1] == ':' }

// kindMissing is, in here, the kind of error of what cannot be found.
const kindMissing = "missing"

// notFound says what was looked for, and where.
func notFound(name string, tried []string, hint string) *engine.Error {
	list := slices.Compact(slices.Clone(tried))
	more := ""
	if n := len(list) - maxTried; n > 0 {
		list, more = list[:maxTried], fmt.Sprintf(" and %d more", n)
	}
	e := failure("%s cannot be found; tried %s%s", quote(name), strings.Join(list, ", "), more)
	if len(list) == 0 {
		e = failure("%s cannot be found", quote(name))
	}
	if hint != "" {
		e.Message += "; " + hint
	}
	e.Kind = kindMissing
	return e
}

// quote is text of a script's for an error message.
func quote(s string) string {
	const most = 200
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return fmt.Sprintf("%q", s)
}
