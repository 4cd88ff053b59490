package bundle

import (
	"path"
	"slices"
	"strings"

	"scripthost.example/child/engine"
)

// modules is the name of the folders that packages are installed in.
const modules = "node_modules"

// installHint says what may be wrong where a package is not found.
const installHint = "install it in the script's folder, or grant the folder that it is in (--module-path DIR, host.Grants.Modules)"

// inPackage reports whether the file at p belongs to an installed package.
func inPackage(p string) bool {
	return strings.HasPrefix(p, modules+"/") || strings.Contains(p, "/"+modules+"/")
}

// bare resolves a package's name, with or without a path inside of it.
func (r *resolver) bare(importer, name string, k kind) (resolution, *engine.Error) {
	if m := r.enclosing(importer); m != nil {
		if other, found := m.instead(name); found && other != name {
			return r.insteadOf(m, other, importer, k)
		}
	}
	return r.installed(importer, name, k)
}

// installed resolves the name of a package, whatever the importer's own package
// has instead of it.
func (r *resolver) installed(importer, name string, k kind) (resolution, *engine.Error) {
	if isOffered(name) {
		return builtIn(name, k)
	}
	pack, sub := packageName(name)
	if pack == "" {
		return empty, failure("%s is not the name of a package", quote(name))
	}
	if m := r.scope(importer); m != nil && m.members.text("name") == pack && m.members.get("exports") != nil {
		return r.fromPackage(m, name, sub, k)
	}
	folders := r.packageFolders(importer, pack)
	m, fault := r.manifestAt(folders)
	if fault != nil {
		return empty, fault
	}
	if m != nil {
		return r.fromPackage(m, name, sub, k)
	}
	var paths []string // there may be a file, or a folder without a manifest
	for _, folder := range folders {
		target := path.Join(folder, sub)
		paths = append(append(paths, r.fileNames(target)...), indexNames(target)...)
	}
	found, _, fault := r.loadFirst(paths, "", k)
	switch {
	case found != nil || fault != nil:
		return r.resolved(found, fault)
	case isNodes(name):
		return builtIn(name, k)
	}
	tried := make([]string, len(folders))
	for i, folder := range folders {
		tried[i] = path.Join(folder, "package.json")
	}
	return empty, notFound(name, tried, installHint)
}

// packageName splits a name into the package's and the path inside of it. The
// package's is empty if it cannot be one.
func packageName(name string) (pack, sub string) {
	parts := strings.SplitN(name, "/", 3)
	n := 1
	if strings.HasPrefix(name, "@") {
		n = 2
	}
	if len(parts) < n || slices.ContainsFunc(parts[:n], func(p string) bool {
		return p == "" || p == "@" || strings.HasPrefix(p, ".") || strings.ContainsAny(p, `\%`)
	}) {
		return "", ""
	}
	pack = strings.Join(parts[:n], "/")
	return pack, strings.Trim(strings.TrimPrefix(name, pack), "/")
}

// packageFolders are the folders where a package can be that importer asks for,
// in the order of preference.
func (r *resolver) packageFolders(importer, pack string) []string {
	var folders []string
	if root := r.rootOf(importer); root != "" {
		for dir := path.Dir(importer); ; dir = path.Dir(dir) {
			if path.Base(dir) != modules {
				folders = append(folders, path.Join(dir, modules, pack))
			}
			if dir == root || dir == "." || dir == "/" {
				break
			}
		}
	}
	for _, root := range r.roots {
		for _, folder := range []string{path.Join(root, modules, pack), path.Join(root, pack)} {
			if !slices.Contains(folders, folder) && (root != r.home || strings.Contains(folder, modules)) {
				folders = append(folders, folder)
			}
		}
	}
	return folders
}

// fromPackage resolves the path sub in the package with the manifest m.
func (r *resolver) fromPackage(m *manifest, name, sub string, k kind) (resolution, *engine.Error) {
	if exports := m.members.get("exports"); exports != nil {
		at := "."
		if sub != "" {
			at = "./" + sub
		}
		target := (&matcher{conditions: conditions(k)}).exported(exports, at)
		if target == "" {
			return empty, failure("%s does not export %s (%s)", path.Join(m.folder, "package.json"), quote(at), quote(name))
		}
		return r.exact(m, target, name)
	}
	if sub == "" {
		found, tried, fault := r.loadMain(m, k)
		if found == nil && fault == nil {
			fault = notFound(name, tried, "")
		}
		return r.resolved(found, fault)
	}
	if other, found := m.instead("./" + sub); found {
		return r.insteadOf(m, other, path.Join(m.folder, "package.json"), k)
	}
	target := path.Join(m.folder, sub)
	if !within(m.folder, target) {
		return empty, failure("%s leads out of its package", quote(name))
	}
	return r.firstOf(append(r.fileNames(target), r.folderNames(target)...), target, name, k)
}

// exact loads the file of a package that its exports or imports name.
func (r *resolver) exact(m *manifest, target, name string) (resolution, *engine.Error) {
	p := path.Join(m.folder, target)
	if !strings.HasPrefix(target, "./") || !within(m.folder, p) {
		return empty, failure("%s has a path that leads out of the package: %s", path.Join(m.folder, "package.json"), quote(target))
	}
	if other, found := m.instead("./" + strings.TrimPrefix(p, m.folder+"/")); found && isPath(other) {
		p = path.Join(m.folder, other)
	}
	found, fault := r.files.first([]string{p})
	if found == nil && fault == nil {
		fault = notFound(name, []string{p}, "")
	}
	return r.resolved(found, fault)
}

// private resolves a name that starts with #: the package's own imports.
func (r *resolver) private(importer, name string, k kind) (resolution, *engine.Error) {
	m := r.scope(importer)
	if m == nil {
		return empty, failure("%s needs a package.json with imports", quote(name))
	}
	imports, _ := m.members.get("imports").(object)
	target := (&matcher{conditions: conditions(k)}).lookUp(imports, name)
	switch {
	case target == "":
		return empty, failure("%s has no import %s", path.Join(m.folder, "package.json"), quote(name))
	case strings.HasPrefix(target, "./"):
		return r.exact(m, target, name)
	case strings.HasPrefix(target, "#"):
		return empty, failure("%s leads to another one of its kind: %s", quote(name), quote(target))
	case strings.HasPrefix(target, "node:"):
		return builtIn(target, k)
	}
	return r.bare(path.Join(m.folder, "package.json"), target, k)
}

// insteadOf resolves what a package has for browsers.
func (r *resolver) insteadOf(m *manifest, other, importer string, k kind) (resolution, *engine.Error) {
	if other == "" {
		return empty, nil
	}
	if !isPath(other) {
		if found, fault := r.files.first([]string{path.Join(m.folder, other)}); found != nil || fault != nil {
			return r.resolved(found, fault)
		}
		return r.installed(importer, other, k)
	}
	target := path.Join(m.folder, other)
	if !within(m.folder, target) {
		return empty, failure("%s has a path that leads out of the package: %s", path.Join(m.folder, "package.json"), quote(other))
	}
	return r.firstOf(r.fileNames(target), target, other, k)
}

// enclosing is the manifest of the installed package that p belongs to, or nil.
func (r *resolver) enclosing(p string) *manifest {
	folder := packageOf(p)
	if folder == "" {
		return nil
	}
	m, fault := r.manifestAt([]string{folder})
	if fault != nil {
		return nil // who asks for the package by its name is told
	}
	return m
}

// scope is the manifest of the package that p belongs to, installed or not; nil
// if it belongs to none.
func (r *resolver) scope(p string) *manifest {
	if m := r.enclosing(p); m != nil {
		return m
	}
	root := r.rootOf(p)
	if root == "" {
		return nil
	}
	var folders []string
	for dir := path.Dir(p); ; dir = path.Dir(dir) {
		folders = append(folders, dir)
		if dir == root || dir == "." || dir == "/" {
			break
		}
	}
	m, fault := r.manifestAt(folders)
	if fault != nil {
		return nil
	}
	return m
}

// packageOf is the folder of the installed package that p belongs to, or "".
func packageOf(p string) string {
	start := strings.LastIndex("/"+p, "/"+modules+"/")
	if start < 0 {
		return ""
	}
	start += len(modules) + 1
	pack, _ := packageName(p[start:])
	if pack == "" {
		return ""
	}
	return p[:start] + pack
}
