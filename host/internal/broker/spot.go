package broker

import (
	"os"
	"path/filepath"
	"strings"
)

// A spot is a path that somebody named in Grants, and where it lies.
type spot struct {
	named string // as it was named, cleaned
	entry string // the real path of its folder, and its last name: a symbolic link itself
	real  string // its real path
}

// spotOf looks a cleaned absolute path up in the file system. What cannot be
// looked up is taken as named.
func spotOf(path string) spot {
	s := spot{named: path, entry: path, real: path}
	if folder, err := realPath(filepath.Dir(path)); err == nil {
		s.entry = filepath.Join(folder, filepath.Base(path))
	}
	if real, err := realPath(path); err == nil {
		s.real = real
	}
	return s
}

// again looks the path up anew.
func (s spot) again() spot { return spotOf(s.named) }

// names returns the different paths of the spot.
func (s spot) names() []string {
	names := []string{s.named}
	if s.entry != s.named {
		names = append(names, s.entry)
	}
	if s.real != s.named && s.real != s.entry {
		names = append(names, s.real)
	}
	return names
}

// holds tells whether path is a denied spot or below it. Letters of either case
// count as the same where the file system may think so.
func (s spot) holds(path string) bool {
	for _, name := range s.names() {
		if _, ok := below(name, path, foldDenied); ok {
			return true
		}
	}
	return false
}

// isUnder tells whether a denied spot is path or below it.
func (s spot) isUnder(path string) bool {
	for _, name := range s.names() {
		if _, ok := below(path, name, foldDenied); ok {
			return true
		}
	}
	return false
}

// below tells whether path is folder or lies below it, and what remains: "." or
// a relative path. Both are absolute and clean.
func below(folder, path string, fold bool) (rel string, ok bool) {
	const sep = string(filepath.Separator)
	if len(path) < len(folder) {
		return "", false
	}
	if head := path[:len(folder)]; head != folder && !(fold && strings.EqualFold(head, folder)) {
		return "", false
	}
	rest := path[len(folder):]
	switch {
	case rest == "":
		return ".", true
	case strings.HasSuffix(folder, sep): // a root folder
		return rest, true
	case strings.HasPrefix(rest, sep):
		return rest[1:], true
	}
	return "", false
}

// maxLinks bounds the symbolic links followed for one path, as Linux does.
const maxLinks = 40

// realPath returns path without symbolic links. Unlike filepath.EvalSymlinks it
// takes what does not exist as it is named.
func realPath(path string) (string, error) {
	links := maxLinks
	return realPathWithin(path, &links)
}

func realPathWithin(path string, links *int) (string, error) {
	for ; *links > 0; *links-- {
		real, err := filepath.EvalSymlinks(path)
		if err == nil || !os.IsNotExist(err) {
			return real, err
		}
		folder := filepath.Dir(path)
		if folder == path {
			return path, nil
		}
		if folder, err = realPathWithin(folder, links); err != nil {
			return "", err
		}
		path = filepath.Join(folder, filepath.Base(path))
		target, err := os.Readlink(path)
		if err != nil {
			return path, nil // nothing is there
		}
		path = linkTarget(folder, target)
	}
	return "", errTooManyLinks
}

// linkTarget returns the path that a symbolic link in folder (a real path)
// names.
func linkTarget(folder, target string) string {
	joined := target
	if !filepath.IsAbs(target) {
		joined = folder + string(filepath.Separator) + target
	}
	// A ".." behind another symbolic link is not a matter of text.
	if real, err := filepath.EvalSymlinks(joined); err == nil {
		return real
	}
	return filepath.Clean(joined)
}
