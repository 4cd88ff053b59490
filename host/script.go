package host

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"scripthost.example/host/internal/broker"
	"scripthost.example/wire"
)

// A Language is what a worker script is written in.
type Language string

// The languages. TS is TypeScript and all else that has to be bundled: JavaScript
// that uses import and export.
const (
	Lua Language = "lua"
	JS  Language = "js"
	TS  Language = "ts"
)

// MaxScriptSize is the greatest size of a script, in bytes.
const MaxScriptSize = 64 << 20

// A Script is the source of a worker. It is never parsed in the parent's
// process. A Script does not change and is safe for concurrent use.
type Script struct {
	name     string
	language Language
	source   []byte
	// folder is where its other files are, an absolute path; or, in fsys, a name.
	// A script without a file has neither.
	folder string
	fsys   fs.FS
}

// Open reads a script. The language is told by the name's ending: .lua; .js and
// .cjs; and of what has to be bundled .mjs, .jsx, .ts, .mts, .cts and .tsx, which
// are all TS. The script can require the other
// files of its folder, and of those below that.
func Open(path string) (*Script, error) { return OpenAs(path, "") }

// OpenAs is like Open, for a file whose name does not tell its language.
func OpenAs(path string, language Language) (*Script, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, scriptReadError(path, err)
	}
	defer f.Close()
	s, err := readScript(path, language, f)
	if err != nil {
		return nil, err
	}
	if s.folder, err = filepath.Abs(filepath.Dir(path)); err != nil {
		return nil, scriptReadError(path, err)
	}
	return s, nil
}

// OpenFS is like Open, but reads the script from fsys, and the files that it
// requires too, when it does. Where fsys has symbolic links and is a
// [fs.ReadLinkFS], they are followed inside of it only.
func OpenFS(fsys fs.FS, name string) (*Script, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, scriptReadError(name, err)
	}
	defer f.Close()
	s, err := readScript(name, "", f)
	if err != nil {
		return nil, err
	}
	s.folder, s.fsys = path.Dir(name), fsys
	return s, nil
}

// Inline is a script that is given as it is. It is called "inline" in error
// messages, with the language's ending; WithName changes that. It has no other
// files: what it requires comes from Grants.Modules.
func Inline(language Language, source string) (*Script, error) {
	return newScript("inline."+string(language), language, []byte(source))
}

// Read reads a script that has no file, such as standard input. It is like one
// of Inline otherwise.
func Read(name string, language Language, r io.Reader) (*Script, error) {
	source, err := readAll(r)
	if err != nil {
		return nil, scriptReadError(name, err)
	}
	return newScript(name, language, source)
}

// LanguageOf returns the language that the ending of a file's name stands for.
func LanguageOf(name string) (Language, error) {
	switch ext := strings.ToLower(filepath.Ext(name)); ext {
	case ".lua":
		return Lua, nil
	case ".js", ".cjs":
		return JS, nil
	case ".ts", ".tsx", ".mts", ".cts", ".mjs", ".jsx":
		return TS, nil
	case "":
		return "", fmt.Errorf("script %s: the name has no ending that tells the language: say which one it is", name)
	default:
		return "", fmt.Errorf("script %s: the ending %s tells no language: there are .lua; .js and .cjs; .mjs, .jsx, .ts, .mts, .cts and .tsx", name, ext)
	}
}

// WithName returns the script under another name, which is what error messages
// and stacks show. The files that it requires are the same, under names that fit
// the new one.
func (s *Script) WithName(name string) *Script {
	c := *s
	c.name = name
	return &c
}

// Name returns the name that error messages and stacks show: the path that the
// script was opened with.
func (s *Script) Name() string { return s.name }

// Source returns the text of the script.
func (s *Script) Source() string { return string(s.source) }

// Language returns the language that the script is written in.
func (s *Script) Language() Language { return s.language }

// Line returns a line of the source as it was read, counted from 1, without its line
// feed: to be shown beside an error. It returns false for one that is not there. The
// lines of TypeScript are those of its own text, as positions are.
func (s *Script) Line(number int) (text string, ok bool) {
	for rest := s.source; number > 0 && len(rest) > 0; number-- {
		line, after, _ := bytes.Cut(rest, []byte("\n"))
		if number == 1 {
			return string(bytes.TrimSuffix(line, []byte("\r"))), true
		}
		rest = after
	}
	return "", false
}

// hasRoot tells whether the script has files of its own.
func (s *Script) hasRoot() bool { return s.folder != "" }

// root is the folder of the script's own files.
func (s *Script) root() broker.ScriptRoot {
	return broker.ScriptRoot{Name: path.Dir(filepath.ToSlash(wire.ValidText(s.name))), Dir: s.folder, FS: s.fsys}
}

// moduleNames are the folders that script can require files from, as BOOT names
// them.
func (w *Worker) moduleNames(script *Script) []string {
	var names []string
	if script.hasRoot() {
		names = append(names, script.root().Name)
	}
	for _, dir := range w.opts.Grants.Modules {
		names = append(names, broker.ModuleName(dir))
	}
	return names
}

// nearbyNames are other names of those folders that paths from script lead to.
func (w *Worker) nearbyNames(script *Script) []string {
	var names []string
	if script.hasRoot() {
		root := script.root()
		for _, dir := range w.opts.Grants.Modules {
			if name := root.Nearby(dir); name != "" {
				names = append(names, name)
			}
		}
	}
	return names
}

// readScript reads a script of a language, or if that is empty of the one that
// its name tells.
func readScript(name string, language Language, r io.Reader) (*Script, error) {
	if language == "" {
		var err error
		if language, err = LanguageOf(name); err != nil {
			return nil, err
		}
	}
	return Read(name, language, r)
}

func readAll(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxScriptSize+1))
	if err == nil && len(b) > MaxScriptSize {
		err = &LimitError{Limit: "script", Size: uint64(len(b)), Max: MaxScriptSize, Message: fmt.Sprintf("it is larger than %d MiB", MaxScriptSize>>20)}
	}
	return b, err
}

func scriptReadError(name string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return fmt.Errorf("cannot read the script %s: %w", name, err)
}

func newScript(name string, language Language, source []byte) (*Script, error) {
	switch language {
	case Lua, JS:
	case TS:
		if bundler.Load() == nil {
			return nil, fmt.Errorf("script %s: %w", name, ErrNeedsBundler)
		}
	default:
		return nil, fmt.Errorf("script %s: there is no language %q: there are %q, %q and %q", name, language, Lua, JS, TS)
	}
	if len(bytes.TrimSpace(source)) == 0 {
		return nil, fmt.Errorf("script %s: %w", name, ErrEmptyScript)
	}
	if isUTF16(source) {
		return nil, fmt.Errorf("script %s: %w: it is in UTF-16; save it as UTF-8", name, ErrBinaryScript)
	}
	if i := bytes.IndexByte(source, 0); i >= 0 {
		return nil, fmt.Errorf("script %s: %w (a NUL byte at offset %d)", name, ErrBinaryScript, i)
	}
	return &Script{name: name, language: language, source: source}, nil
}
