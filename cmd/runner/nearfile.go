package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// nearFile is the hint for a file that is not there, as err says: one in its folder
// whose name is much like its own; "" without one.
func nearFile(path string, err error) string {
	if !errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	folder, name := filepath.Split(path)
	entries, err := os.ReadDir(filepath.Join(".", folder))
	if filepath.IsAbs(folder) {
		entries, err = os.ReadDir(folder)
	}
	if err != nil {
		return "" // the folder is not there either
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	near := nearest(name, names)
	if near == "" {
		return ""
	}
	return fmt.Sprintf("Did you mean %s?", quoted(printable(folder+near)))
}
