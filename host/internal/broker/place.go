package broker

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// A place is an entry of a folder that is held open: what an operation works
// on, once its path has been checked.
type place struct {
	folder *os.Root
	self   *os.File // the folder itself
	real   string   // the folder's real path
	base   string   // the entry's name; "." for the folder itself
	// info describes the entry itself, also if that is a symbolic link; nil if
	// there is none. It may be out of date.
	info os.FileInfo
}

func (p *place) close() {
	p.self.Close()
	p.folder.Close()
}

// path returns the entry's real path, but for a link that the entry may be.
func (p *place) path() string { return filepath.Join(p.real, p.base) }

func (p *place) isLink() bool { return p.info != nil && p.info.Mode()&fs.ModeSymlink != 0 }

// entry finds what path names, and not what it leads to if it is a symbolic
// link. The caller closes the place.
func (b *Broker) entry(need access, path string) (*place, error) {
	return b.find(need, path, path, false)
}

// follow finds what path names or leads to. The caller closes the place.
func (b *Broker) follow(need access, path string) (*place, error) {
	at := path
	for range maxLinks {
		p, err := b.find(need, at, path, true)
		if err != nil {
			return nil, throughLink(err, path)
		}
		if !p.isLink() {
			return p, nil
		}
		target, err := p.folder.Readlink(p.base)
		p.close()
		switch {
		case err == nil:
			at = linkTarget(p.real, target)
		case !errors.Is(err, syscall.EINVAL) && !errors.Is(err, fs.ErrNotExist):
			return nil, err
		} // else it is no link any more
	}
	return nil, errTooManyLinks
}

// throughLink makes a refusal of what a link leads to one of the path that the
// script named.
func throughLink(err error, path string) error {
	var denied *DeniedError
	if !errors.As(err, &denied) || denied.Path == path {
		return err
	}
	if denied.Reason == "" {
		denied = &DeniedError{Grant: denied.Grant, Reason: leadsOut}
	}
	return &DeniedError{Grant: denied.Grant, Path: path, Reason: denied.Reason}
}

// find checks path, opens its folder, and checks where that is. asked is the
// path to be named in errors. With whole the place may be a granted folder
// itself rather than an entry of the one around it.
func (b *Broker) find(need access, path, asked string, whole bool) (*place, error) {
	if err := b.policy.check(need, path); err != nil {
		return nil, err
	}
	g, actual := b.policy.lists(need)[0].find(path)
	folder, base, err := openAround(g, actual, whole)
	if isEscape(err) || errors.Is(err, fs.ErrPermission) {
		folder, base, err = b.openReal(need, actual, asked, whole, err)
	}
	if err != nil {
		return nil, err
	}
	p := &place{folder: folder, base: base}
	if p.self, err = folder.Open("."); err != nil {
		folder.Close()
		return nil, err
	}
	if err := b.confirm(need, p, asked); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// openAround opens the folder around actual, inside the grant.
func openAround(g *grant, actual string, whole bool) (*os.Root, string, error) {
	if filepath.Dir(actual) == actual { // a root folder has none around it
		folder, err := g.open(".")
		return folder, ".", err
	}
	rel, inside := below(g.at.real, actual, foldNames)
	switch {
	case inside && rel != ".":
		folder, err := g.open(filepath.Dir(rel))
		return folder, filepath.Base(rel), err
	case inside && whole:
		// Most granted paths are folders, and the one around may be unreadable.
		if folder, err := g.open("."); err == nil || errors.Is(err, ErrClosed) {
			return folder, ".", err
		}
	}
	folder, err := openFolder(filepath.Dir(actual))
	return folder, filepath.Base(actual), err
}

// openReal opens the folder around path by its real path, after cause kept
// os.Root from doing so: an absolute link, one to another granted folder, or a
// folder on the way that may be searched and not read. If the folder around it
// is such a one, then with whole it opens path itself, which may be a folder.
func (b *Broker) openReal(need access, path, asked string, whole bool, cause error) (*os.Root, string, error) {
	around, err := realPath(filepath.Dir(path))
	if err != nil {
		// It may lie outside, where not even errors are to be told.
		if isEscape(cause) {
			return nil, "", b.policy.lists(need)[0].linkError(asked)
		}
		return nil, "", cause
	}
	base := filepath.Base(path)
	real := filepath.Join(around, base)
	if err := b.policy.checkReal(need, real, asked); err != nil {
		return nil, "", err
	}
	folder, err := openFolder(around)
	if whole && errors.Is(err, fs.ErrPermission) {
		if itself, err := openFolder(real); err == nil {
			return itself, ".", nil
		}
	}
	return folder, base, err
}

// confirm checks where an open folder is, and what the entry is, and notes
// both.
func (b *Broker) confirm(need access, p *place, asked string) error {
	var err error
	if p.real, err = realPathOf(p.self); err != nil {
		return err
	}
	if err := b.policy.checkReal(need, p.path(), asked); err != nil {
		return err
	}
	if kind := madeUp(p.self); kind != "" {
		return b.policy.lists(need)[0].madeUpError(asked, kind)
	}
	info, err := p.folder.Lstat(p.base)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	p.info = info
	return b.policy.checkIdentity(need, info, asked)
}

// checkIdentity refuses what is a denied file or folder under another name: a
// hard link, or a name spelled in another way.
func (p *policy) checkIdentity(need access, info os.FileInfo, asked string) error {
	for _, l := range p.lists(need) {
		for _, d := range l.denied {
			for _, name := range d.names() {
				if same, err := os.Stat(name); err == nil && os.SameFile(same, info) {
					return l.deniedError(asked, d)
				}
			}
		}
	}
	return nil
}
