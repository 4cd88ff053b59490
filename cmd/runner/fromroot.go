package main

import (
	"errors"
	"path/filepath"
)

// errNoFolder is what a relative path is answered with where there is no working folder.
var errNoFolder = errors.New("the working folder is not to be had: was it removed? Go to another one, such as with 'cd ..'")

// fromRoot is path as seen from the root; relative ones start from the working folder.
func fromRoot(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", errNoFolder
	}
	return abs, nil
}
