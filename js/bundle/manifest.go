package bundle

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"scripthost.example/child/engine"
)

// A manifest is what a package.json says.
type manifest struct {
	folder  string // in which it is
	members object
	// browser says what is to be used instead of what: a path that starts with
	// "./", another package, or "" for nothing.
	browser map[string]string
	impure  []*regexp.Regexp // the files that have side effects, if not all
	pure    bool             // no file has, but for those of impure
}

// manifestAt returns the first manifest of the folders, or nil.
func (r *resolver) manifestAt(folders []string) (*manifest, *engine.Error) {
	paths := make([]string, len(folders))
	for i, folder := range folders {
		paths[i] = path.Join(folder, "package.json")
	}
	if len(paths) == 0 {
		return nil, nil
	}
	f, fault := r.files.first(paths)
	if f == nil || fault != nil {
		return nil, fault
	}
	return r.manifest(f)
}

// manifest parses a package.json, once.
func (r *resolver) manifest(f *file) (*manifest, *engine.Error) {
	r.mu.Lock()
	m := r.manifests[f.path]
	r.mu.Unlock()
	if m != nil {
		return m, nil
	}
	members, err := parseObject(f.text)
	if err != nil {
		return nil, failure("%s cannot be read: %v", f.path, err)
	}
	m = &manifest{folder: path.Dir(f.path), members: members}
	m.readBrowser()
	m.readSideEffects()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.manifests[f.path] = m
	return m, nil
}

func (m *manifest) readBrowser() {
	o, _ := m.members.get("browser").(object)
	for _, other := range o {
		if m.browser == nil {
			m.browser = make(map[string]string)
		}
		switch value := other.value.(type) {
		case string:
			m.browser[other.name] = value
		case bool:
			if !value {
				m.browser[other.name] = ""
			}
		}
	}
}

func (m *manifest) readSideEffects() {
	switch value := m.members.get("sideEffects").(type) {
	case bool:
		m.pure = !value
	case []any:
		m.pure = true
		for _, item := range value {
			if pattern, ok := item.(string); ok {
				m.impure = append(m.impure, globPattern(pattern))
			}
		}
	}
}

// globPattern is a pattern of sideEffects, for paths relative to the package.
func globPattern(glob string) *regexp.Regexp {
	glob = strings.TrimPrefix(glob, "./")
	if !strings.Contains(glob, "/") {
		glob = "**/" + glob
	}
	var b strings.Builder
	b.WriteString(`\A`)
	for glob != "" {
		switch {
		case strings.HasPrefix(glob, "**/"):
			b.WriteString(`(?:.*/)?`)
			glob = glob[3:]
		case strings.HasPrefix(glob, "**"):
			b.WriteString(`.*`)
			glob = glob[2:]
		case glob[0] == '*':
			b.WriteString(`[^/]*`)
			glob = glob[1:]
		case glob[0] == '?':
			b.WriteString(`[^/]`)
			glob = glob[1:]
		default:
			next := strings.IndexAny(glob, "*?")
			if next < 0 {
				next = len(glob)
			}
			b.WriteString(regexp.QuoteMeta(glob[:next]))
			glob = glob[next:]
		}
	}
	b.WriteString(`\z`)
	return regexp.MustCompile(strings.ToValidUTF8(b.String(), "\uFFFD"))
}

// isPure reports whether the package says that importing the file at p does
// nothing but define what it exports.
func (m *manifest) isPure(p string) bool {
	if !m.pure {
		return false
	}
	name := strings.TrimPrefix(p, m.folder+"/")
	for _, pattern := range m.impure {
		if pattern.MatchString(name) {
			return false
		}
	}
	return true
}

// instead returns what the package wants a browser to use instead of what name
// says, which is a package or starts with "./", and so is what it returns; "" is
// nothing at all.
func (m *manifest) instead(name string) (other string, found bool) {
	if len(m.browser) == 0 {
		return "", false
	}
	keys := []string{name}
	if file, ok := strings.CutPrefix(name, "./"); ok {
		keys = append(keys, strings.TrimSuffix(name, ".js"), name+".js", name+"/index.js", file)
	}
	for _, key := range keys {
		if other, found = m.browser[key]; found {
			return other, true
		}
	}
	return "", false
}

// mains are the files that the manifest names for the package as a whole.
func (m *manifest) mains(kind kind) []string {
	fields := []string{"browser", "module", "main"}
	if kind == byRequire {
		fields = []string{"browser", "main", "module"} // which is an ES module
	}
	var mains []string
	for _, field := range fields {
		if name := m.members.text(field); name != "" {
			mains = append(mains, name)
		}
	}
	return mains
}

// failure is an error without a position.
func failure(format string, args ...any) *engine.Error {
	return &engine.Error{Kind: engine.KindScript, Message: fmt.Sprintf(format, args...)}
}
