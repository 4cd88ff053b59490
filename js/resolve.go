package js

import (
	"path"
	"slices"
	"strings"

	"scripthost.example/child/engine"
)

// A candidate is a file that a required name may stand for.
type candidate struct {
	file string
	// packaged says that it is a package.json that is to be followed, not
	// loaded: to its "main", or if subpath is not empty, to its "exports".
	packaged bool
	subpath  string
}

// asFile are what Node makes of the name of a file; and of .cjs, too.
func asFile(name string) []candidate {
	return []candidate{{file: name}, {file: name + ".js"}, {file: name + ".json"}, {file: name + ".cjs"}}
}

// asIndex are the files that stand for a folder.
func asIndex(name string) []candidate {
	return asFile(path.Join(name, "index"))[1:]
}

// asFolder are the files that may say or be what stands for a folder.
func asFolder(name string) []candidate {
	return append([]candidate{{file: path.Join(name, "package.json"), packaged: true}}, asIndex(name)...)
}

// A search is the way from a name to a file.
type search struct {
	r    *requirer
	name string
	// For the error: the files that were looked for, and what led to the last of
	// them.
	tried    []string
	followed *packageFile
}

// resolve returns the file that a name stands for, and its contents unless it is
// a module already. It throws an Error if there is none.
func (r *requirer) resolve(name string) (file string, text []byte) {
	m := r.v.files()
	key := r.dir + "\x00" + name
	if file, ok := m.resolved[key]; ok {
		return file, nil
	}
	s := &search{r: r, name: name}
	var list []candidate
	switch {
	case name == ".", name == "..", strings.HasPrefix(name, "./"), strings.HasPrefix(name, "../"), path.IsAbs(name):
		list = s.relative()
	case strings.HasPrefix(name, "http://"), strings.HasPrefix(name, "https://"):
		s.fail(quote(name) + " is a URL, and nothing is fetched to be run: save it as a file of the script, or install its package")
	case strings.HasPrefix(name, "node:"):
		s.fail(quote(name) + " is a module of Node's that workers do not have" + inPlaceOf(name))
	case strings.HasPrefix(name, "#"):
		s.fail(`names of the "imports" of a package.json (` + quote(name) + ") are not supported")
	default:
		list = s.packages()
	}
	file, text = s.find(list)
	m.resolved[key] = file
	return file, text
}

// relative are the candidates of a path.
func (s *search) relative() []candidate {
	name := s.name
	if !path.IsAbs(name) {
		name = path.Join(s.r.dir, name)
	}
	list := asFolder(path.Clean(name))
	if base := path.Base(s.name); !strings.HasSuffix(s.name, "/") && base != "." && base != ".." {
		list = append(asFile(name), list...)
	}
	if s.r.v.cfg.Serves(list[0].file) || s.r.v.cfg.Serves(path.Join(name, "index.js")) {
		return list
	}
	return []candidate{{file: name}} // which the parent refuses, and says why
}

// packages are the candidates of the name of a package, or of a file in one.
func (s *search) packages() []candidate {
	name, subpath := s.name, "."
	slash := strings.IndexByte(name, '/')
	if strings.HasPrefix(name, "@") && slash >= 0 {
		if n := strings.IndexByte(name[slash+1:], '/'); n >= 0 {
			slash += 1 + n
		} else {
			slash = -1
		}
	}
	if slash >= 0 {
		name, subpath = name[:slash], "."+name[slash:]
	}
	var list []candidate
	for _, folder := range s.r.packageFolders() {
		dir := path.Join(folder, name)
		list = append(list, candidate{file: dir + "/package.json", packaged: true, subpath: subpath})
		if subpath == "." {
			list = append(append(list, asFile(dir)...), asIndex(dir)...)
			continue
		}
		inside := path.Join(dir, subpath)
		if !strings.HasPrefix(inside, dir+"/") {
			continue // it climbs out of the package
		}
		list = append(append(list, asFile(inside)...), asFolder(inside)...)
	}
	return list
}

// packageFolders are the folders in which packages are looked for.
func (r *requirer) packageFolders() []string {
	const inside = "node_modules"
	cfg := &r.v.cfg
	var folders []string
	for dir := r.dir; cfg.Serves(path.Join(dir, inside)); dir = path.Dir(dir) {
		if path.Base(dir) != inside {
			folders = append(folders, path.Join(dir, inside))
		}
		if path.Dir(dir) == dir {
			break
		}
	}
	for i, root := range cfg.Modules {
		if i > 0 || root != folderOf(r.v.scriptName) {
			folders = append(folders, root, path.Join(root, inside))
		}
	}
	return folders
}

// find returns the first of the candidates that leads to a file.
func (s *search) find(list []candidate) (file string, text []byte) {
	if len(s.r.v.cfg.Modules) == 0 {
		s.notFound()
	}
	for {
		i, text := s.first(list)
		if i < 0 {
			s.notFound()
		}
		c, rest := list[i], list[i+1:]
		if !c.packaged {
			return c.file, text
		}
		p := s.r.v.packageFile(c.file, text)
		if c.subpath != "" && p.exports != nil {
			target, problem := p.target(c.subpath)
			if problem != "" {
				s.fail(problem)
			}
			s.tried, s.followed = nil, p
			list = []candidate{{file: target}}
			continue
		}
		list = rest
		switch dir := path.Dir(c.file); {
		case c.subpath == "./package.json":
			return c.file, text
		case p.main != "" && (c.subpath == "" || c.subpath == "."):
			main := path.Join(dir, p.main)
			list = append(asFile(main), asIndex(main)...)
			if c.subpath == "." { // a file beside the folder goes first
				n := len(asFile(dir))
				list, rest = append(asFile(dir), list...), rest[n:]
			}
			list = append(list, rest...)
			s.tried, s.followed = nil, p
		}
	}
}

// first returns the first of the candidates that exists, or -1; and its contents
// unless it is a module already. Most of the time that takes one host call, or
// none.
func (s *search) first(list []candidate) (int, []byte) {
	m := s.r.v.files()
	var asked []int
	skipped := false
	for i, c := range list {
		switch {
		case m.absent[c.file]:
			skipped = true
		case len(asked) == 0 && c.packaged && m.packages[c.file] != nil:
			return i, nil
		case len(asked) == 0 && !c.packaged && m.cache.Get(c.file) != nil:
			return i, nil
		default:
			asked = append(asked, i)
		}
	}
	if i, text := s.ask(list, asked); i >= 0 {
		for _, before := range asked {
			if before == i {
				return i, text
			}
			m.absent[list[before].file] = true
		}
	}
	if !skipped {
		return -1, nil
	}
	// What was absent may be there now.
	clear(m.absent)
	asked = asked[:0]
	for i := range list {
		asked = append(asked, i)
	}
	return s.ask(list, asked)
}

// ask has the parent look for those candidates.
func (s *search) ask(list []candidate, asked []int) (int, []byte) {
	v := s.r.v
	var names []any
	var index []int
	for n, i := range asked {
		// One that would be refused alone is not a reason to give up on the rest.
		if file := list[i].file; len(list) == 1 || v.cfg.Serves(file) {
			names, index = append(names, file), append(index, i)
			s.tried = append(s.tried, file)
		}
		if len(names) == 0 || len(names) < engine.MaxModulePaths && n < len(asked)-1 {
			continue
		}
		results, err := v.hostWait(engine.FirstModule, names)
		if err != nil {
			s.refused(err)
		}
		if len(results) == 2 {
			text, isText := results[1].([]byte)
			if k := slices.Index(names, results[0]); k >= 0 && isText {
				return index[k], append([]byte{}, text...) // not nil
			}
		}
		names, index = nil, nil
	}
	return -1, nil
}

// read returns the contents of a file that a name was resolved to before.
func (r *requirer) read(name, file string) []byte {
	s := &search{r: r, name: name}
	i, text := s.ask([]candidate{{file: file}}, []int{0})
	if i < 0 {
		clear(r.v.files().resolved)
		s.notFound()
	}
	return text
}
