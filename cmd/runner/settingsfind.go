package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// findSettings looks for a file of settings in a folder and in those above it, up to
// the first that is the root of a repository, the user's home or the file system's root.
// It returns the path of the file, or "", and all paths that it has looked at.
func findSettings(folder string) (path string, looked []string, err error) {
	folder, err = fromRoot(folder)
	if err != nil {
		return "", nil, err
	}
	home, _ := os.UserHomeDir()
	for {
		path := filepath.Join(folder, settingsName)
		looked = append(looked, path)
		if _, err := os.Lstat(path); err == nil {
			return path, looked, nil
		}
		above := filepath.Dir(folder)
		if above == folder || folder == filepath.Clean(home) && home != "" {
			return "", looked, nil
		}
		if _, err := os.Lstat(filepath.Join(folder, ".git")); err == nil {
			return "", looked, nil
		}
		folder = above
	}
}

// checkFound returns why a file of settings that was found, and that nobody named, is
// not to be used.
func checkFound(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return plainError(err)
	case !info.Mode().IsRegular():
		return nil // reading it tells
	case info.Mode().Perm()&0o002 != 0:
		return errors.New("everybody may write to it")
	}
	return ownedByUser(info)
}

// shortPath is an absolute path as a message names it: relative to the working
// directory where that is shorter.
func shortPath(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(wd, path); err == nil && len(rel) < len(path) {
		return rel
	}
	return path
}

// checkInside returns an error unless what a path leads to, which need not be there,
// is in a folder.
func checkInside(folder, path string) error {
	real, err := resolve(path)
	if err != nil {
		return err
	}
	root, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return plainError(err)
	}
	rel, err := filepath.Rel(root, real)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return fmt.Errorf("%s is not in its folder", quoted(path))
	}
	return nil
}

// resolve is path without symbolic links. What is not there is taken as it is named.
func resolve(path string) (string, error) {
	rest := ""
	for at := filepath.Clean(path); ; at = filepath.Dir(at) {
		real, err := filepath.EvalSymlinks(at)
		if err == nil {
			return filepath.Join(real, rest), nil
		}
		// A link to nowhere can lead to somewhere by the time that it is used.
		if _, err := os.Lstat(at); !errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("nothing tells where %s leads", quoted(at))
		}
		if filepath.Dir(at) == at {
			return "", fmt.Errorf("nothing tells where %s leads", quoted(path))
		}
		rest = filepath.Join(filepath.Base(at), rest)
	}
}
