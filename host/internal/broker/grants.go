package broker

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// Grants says what a worker may reach. Paths are absolute and name one file, or
// a folder and all below it; they need not exist. "/" stands for everything.
// The zero value grants nothing.
type Grants struct {
	Read, Write []string
	// DenyRead and DenyWrite are exceptions: a path here, and all below it, is
	// refused whatever is granted.
	DenyRead, DenyWrite []string
	// Net and DenyNet are hosts: "example.com", "example.com:443",
	// "*.example.com" (not example.com itself), "10.0.0.1", "[::1]:8080",
	// "10.0.0.0/8", "localhost" (and the loopback addresses), or "*" for all
	// that are public. Without a port, or with ":*", it is any port. An address
	// that is not public is covered by an address, a range or localhost only,
	// also where a name leads to it.
	Net, DenyNet []string
	// Env and DenyEnv are names of variables, with a * at the end prefixes of
	// names; "*" is all.
	Env, DenyEnv []string
	// Modules are folders whose files a script can require, beside those of its
	// own folder.
	Modules []string
}

// Validate returns an error that names the first path, host or name that cannot
// be one of a grant, and says why. Paths must not be empty, relative, or have a
// NUL byte, and those of Modules must be UTF-8.
func (g Grants) Validate() error {
	for _, list := range []struct {
		name  string
		paths []string
	}{
		{"allow-read", g.Read}, {"allow-write", g.Write},
		{"deny-read", g.DenyRead}, {"deny-write", g.DenyWrite}, {"module-path", g.Modules},
	} {
		for _, p := range list.paths {
			switch {
			case p == "" && list.name == "module-path":
				return errors.New("module-path: a path is empty: name a folder")
			case p == "":
				return fmt.Errorf(`%s: a path is empty: name a file or a folder, or "/" for everything`, list.name)
			case list.name == "module-path" && !utf8.ValidString(p):
				return fmt.Errorf("module-path: the path %q is not UTF-8, which the name of a script's file has to be: rename the folder", p)
			case strings.IndexByte(p, 0) >= 0:
				return fmt.Errorf("%s: the path %q has a NUL byte in it, which no file name can have: remove it", list.name, p)
			case !(p == "/" && list.name != "module-path") && !filepath.IsAbs(p):
				return fmt.Errorf("%s: the path %q is relative: make it absolute, as filepath.Abs does", list.name, p)
			}
		}
	}
	for _, list := range []struct {
		name  string
		names []string
	}{{"allow-env", g.Env}, {"deny-env", g.DenyEnv}} {
		for _, name := range list.names {
			if err := checkEnvName(name); err != nil {
				return fmt.Errorf("%s: %w", list.name, err)
			}
		}
	}
	_, err := newNetRules(g.Net, g.DenyNet)
	return err
}

// access is what an operation needs: a set of readAccess and writeAccess, or
// moduleAccess.
type access uint8

const (
	readAccess access = 1 << iota
	writeAccess
	moduleAccess // to be served as a file of the script
)

// modulesGrant is the grant of moduleAccess.
const modulesGrant = "modules"

// A policy is Grants made ready for use.
type policy struct {
	reading, writing, modules accessList
	// uneven says that something can be written that cannot be read, so that a
	// rename could make something readable.
	uneven bool
}

func newPolicy(g Grants) *policy {
	p := &policy{
		reading: newAccessList("read", g.Read, g.DenyRead),
		writing: newAccessList("write", g.Write, g.DenyWrite),
	}
	for _, w := range p.writing.allowed {
		if p.reading.check(w.at.real) != nil || p.reading.deniedBelow(w.at.real) {
			p.uneven = true
		}
	}
	return p
}

// lists returns the lists that have to allow an operation.
func (p *policy) lists(need access) []*accessList {
	switch need {
	case readAccess:
		return []*accessList{&p.reading}
	case writeAccess:
		return []*accessList{&p.writing}
	case moduleAccess:
		return []*accessList{&p.modules}
	default:
		return []*accessList{&p.reading, &p.writing}
	}
}

// check compares path with the grants, as text.
func (p *policy) check(need access, path string) error {
	for _, l := range p.lists(need) {
		if err := l.check(path); err != nil {
			return err
		}
	}
	return nil
}

// checkReal compares the real path of something that is open with the grants,
// and with the denied paths as they are now. asked is the path that the script
// named. Paths of a grant are those fixed when the broker was made.
func (p *policy) checkReal(need access, real, asked string) error {
	for _, l := range p.lists(need) {
		if d, ok := l.deniedBy(real, true); ok {
			return l.deniedError(asked, d)
		}
		if g, _ := l.find(real); g == nil {
			return l.linkError(asked)
		}
	}
	return nil
}

// An accessList is the grants and denied paths of one kind of access.
type accessList struct {
	name    string // "read" or "write", as in the flags --allow-… and --deny-…; or modulesGrant
	allowed []*grant
	denied  []spot
}

func newAccessList(name string, allow, deny []string) accessList {
	l := accessList{name: name}
	for _, p := range allow {
		for _, p := range expand(p) {
			l.allowed = append(l.allowed, &grant{at: spotOf(filepath.Clean(p))})
		}
	}
	for _, p := range deny {
		for _, p := range expand(p) {
			l.denied = append(l.denied, spotOf(filepath.Clean(p)))
		}
	}
	return l
}

// check returns a *DeniedError unless path is granted and not denied.
func (l *accessList) check(path string) error {
	if d, ok := l.deniedBy(path, false); ok {
		return l.deniedError(path, d)
	}
	if g, _ := l.find(path); g == nil {
		return &DeniedError{Grant: l.name, Path: path}
	}
	return nil
}

func (l *accessList) deniedError(path string, by spot) error {
	denying := l.name
	if denying == modulesGrant {
		denying = "read" // which holds for all that is read
	}
	return &DeniedError{Grant: l.name, Path: path, Reason: "it is denied by --deny-" + denying + "=" + by.named}
}

const leadsOut = "a symbolic link on its way leads to a place that is not granted"

func (l *accessList) linkError(path string) error {
	return &DeniedError{Grant: l.name, Path: path, Reason: leadsOut}
}

func (l *accessList) madeUpError(path, kind string) error {
	return &DeniedError{Grant: l.name, Path: path, Reason: "it is in a " + kind + " file system, which no script can reach"}
}

// find returns the most specific grant that covers path, and the place in the
// file system that path means there: the grant's own where the script used the
// name of a symbolic link.
func (l *accessList) find(path string) (*grant, string) {
	var best *grant
	var bestLength int
	var actual string
	for _, g := range l.allowed {
		for _, name := range g.at.names() {
			rel, ok := below(name, path, foldNames)
			if !ok || best != nil && len(name) <= bestLength {
				continue
			}
			best, bestLength = g, len(name)
			switch {
			case rel != ".":
				actual = filepath.Join(g.at.real, rel)
			case name == g.at.real:
				actual = g.at.real
			default:
				actual = g.at.entry
			}
		}
	}
	return best, actual
}

// deniedBy returns the denied path that path is, or is below. With now it also
// looks at where the denied paths lead at this moment.
func (l *accessList) deniedBy(path string, now bool) (spot, bool) {
	for _, d := range l.denied {
		if d.holds(path) || now && d.again().holds(path) {
			return d, true
		}
	}
	return spot{}, false
}

// deniedBelow tells whether path is, or is above, a denied path.
func (l *accessList) deniedBelow(path string) bool {
	for _, d := range l.denied {
		if d.isUnder(path) || d.again().isUnder(path) {
			return true
		}
	}
	return false
}
