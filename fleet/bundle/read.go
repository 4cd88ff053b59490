package bundle

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// endings are those of the files that scripts can require or import, in all languages.
var endings = []string{".lua", ".js", ".cjs", ".mjs", ".jsx", ".json", ".ts", ".mts", ".cts", ".tsx"}

// ReadOptions say what Read reads.
type ReadOptions struct {
	// Plugin is what the script is called by.
	Plugin string
	// Settings is the path of a runner.toml. The default is that beside the script, if
	// there is one; those of folders above are not looked for.
	Settings string
	// NoSettings has none read.
	NoSettings bool
}

// Read makes a bundle of a script and of the files that it can require: those in its
// folder and below whose ending is one of Lua, JavaScript, TypeScript or JSON. Files and
// folders whose names begin with a dot are left out, and so is everything else, which a
// script could not require anyway. What would be taken, but is a link or a special file,
// is an error: where a link leads is another matter on another machine.
func Read(script string, o ReadOptions) (*Bundle, error) {
	dir, name := filepath.Split(script)
	if dir == "" {
		dir = "."
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, unreadable(script, err)
	}
	defer root.Close()
	c := Contents{Plugin: o.Plugin, Script: name, Files: make(map[string][]byte)}
	r := reader{root: root, left: MaxBytes, files: c.Files}
	// First, and before the folder is read: what is named by mistake may be among anything.
	if info, err := root.Stat(cmp.Or(name, ".")); err == nil && info.IsDir() {
		return nil, badFile(script, "name the script in it", "it is a folder")
	}
	if err := r.take(name); err != nil {
		return nil, err
	}
	if err := checkLanguage(name); err != nil {
		return nil, err
	}
	if err := fs.WalkDir(root.FS(), ".", r.visit); err != nil {
		return nil, err
	}
	if c.Settings, err = readSettings(root, o); err != nil {
		return nil, err
	}
	return New(c)
}

// A reader takes files of a folder.
type reader struct {
	root  *os.Root
	left  int64 // bytes that may still be read
	files map[string][]byte
}

// visit is called by fs.WalkDir.
func (r *reader) visit(name string, d fs.DirEntry, err error) error {
	switch {
	case err != nil:
		return unreadable(name, err)
	case name == ".":
		return nil
	case strings.HasPrefix(d.Name(), "."):
		if d.IsDir() {
			return fs.SkipDir
		}
		return nil
	case d.IsDir():
		return nil
	case d.Type()&fs.ModeSymlink != 0 && !wanted(name):
		if info, err := r.root.Stat(name); err != nil || !info.IsDir() {
			return nil
		}
		return linkError(name)
	case !wanted(name):
		return nil
	}
	return r.take(name)
}

func wanted(name string) bool {
	return slices.Contains(endings, strings.ToLower(filepath.Ext(name)))
}

func linkError(name string) error {
	return badFile(printable(name), "put a copy in its place, or another name, or begin its name with a dot", "it is a symbolic link")
}

// unreadable is the error of a file, which names it and what is wrong, but not the system
// call that has said so.
func unreadable(name string, err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return &Error{Kind: ErrFile, Where: printable(name), What: "it cannot be read", Cause: err}
}

// take reads a file.
func (r *reader) take(name string) error {
	if _, taken := r.files[name]; taken {
		return nil
	}
	// Looking first keeps pipes and devices from being opened.
	info, err := r.root.Lstat(name)
	switch {
	case err != nil:
		return unreadable(name, err)
	case info.Mode()&fs.ModeSymlink != 0:
		return linkError(name)
	}
	if err := checkRegular(name, info); err != nil {
		return err
	}
	if len(r.files) == MaxFiles {
		return tooMany()
	}
	f, err := r.root.Open(name)
	if err != nil {
		return unreadable(name, err)
	}
	defer f.Close()
	if info, err = f.Stat(); err == nil {
		err = checkRegular(name, info)
	}
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(f, r.left+1))
	if err != nil {
		return unreadable(name, err)
	}
	if r.left -= int64(len(text)); r.left < 0 {
		return tooLarge(MaxBytes + 1)
	}
	r.files[name] = text
	return nil
}

func checkRegular(name string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return badFile(printable(name), "", "it is a pipe, a device or another special file")
	}
	return nil
}

// readSettings returns the bytes of the settings; nil if there are none.
func readSettings(root *os.Root, o ReadOptions) ([]byte, error) {
	var f *os.File
	var err error
	path := o.Settings
	switch {
	case o.NoSettings && path != "":
		return nil, &Error{Kind: ErrSettings, Where: path, What: "a file is named, and none is to be read"}
	case o.NoSettings:
		return nil, nil
	case path != "":
		f, err = openRegular(os.Stat, os.Open, path)
	default:
		path = settingsName
		f, err = openRegular(root.Stat, root.Open, path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
	}
	if err != nil {
		return nil, &Error{Kind: ErrSettings, Where: path, What: "the file cannot be read", Cause: err}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSettings+1))
	switch {
	case err != nil:
		return nil, &Error{Kind: ErrSettings, Where: path, What: "the file cannot be read", Cause: err}
	case text == nil:
		text = []byte{}
	}
	return text, nil
}

// openRegular opens a file unless that would be to wait for somebody.
func openRegular(stat func(string) (fs.FileInfo, error), open func(string) (*os.File, error), path string) (*os.File, error) {
	info, err := stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file", path)
	}
	return open(path)
}
