package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"scripthost.example/fleet"
	"scripthost.example/host"
)

// Bounds of a bundle. Its bytes are all that is in it, with about one KiB for each
// file: a script and its libraries, not its data.
const (
	MaxBytes = 64 << 20
	MaxFiles = 20_000
)

// A Bundle is a script with its files and settings. It does not change, and is safe for
// concurrent use.
type Bundle struct {
	plugin, script string
	files          map[string][]byte // by their names below the script's folder
	settings       *Settings
	raw            []byte
	sum            [sha256.Size]byte
}

// Contents are what a bundle is made of.
type Contents struct {
	// Plugin is what the script is called by; [fleet.CheckName] says what it can be.
	Plugin string
	// Script names the file of Files that is the worker. It is in no folder, and its
	// ending tells the language.
	Script string
	// Files are the script and what it can require, by names relative to the script's
	// folder, with slashes.
	Files map[string][]byte
	// Settings are the bytes of a runner.toml; nil if there is none.
	Settings []byte
}

// New makes a bundle. It copies what it is given.
func New(c Contents) (*Bundle, error) {
	b, err := assemble(c)
	if err != nil {
		return nil, err
	}
	if b.raw, err = b.encode(); err != nil {
		return nil, err
	}
	if len(b.raw) > MaxBytes {
		return nil, tooLarge(len(b.raw))
	}
	b.sum = sha256.Sum256(b.raw)
	return b, nil
}

// checkLanguage is an error if the script's name does not tell its language.
func checkLanguage(script string) error {
	if _, err := host.LanguageOf(script); err != nil {
		return &Error{Kind: ErrFile, Where: printable(script), Cause: err}
	}
	return nil
}

// assemble checks contents, and makes a bundle of them that has no bytes yet.
func assemble(c Contents) (*Bundle, error) {
	if err := fleet.CheckName("plugin", c.Plugin); err != nil {
		return nil, &Error{Kind: ErrMalformed, Cause: err}
	}
	if len(c.Files) > MaxFiles {
		return nil, tooMany()
	}
	if _, ok := c.Files[c.Script]; !ok {
		return nil, malformed(printable(c.Script), "the script is not among the files")
	}
	if strings.Contains(c.Script, "/") {
		return nil, malformed(printable(c.Script), "the script is in a folder of its own: the names of the files are relative to it")
	}
	if err := checkLanguage(c.Script); err != nil {
		return nil, err
	}
	b := &Bundle{plugin: c.Plugin, script: c.Script, files: make(map[string][]byte, len(c.Files))}
	total := len(c.Settings)
	for name, text := range c.Files {
		if err := checkName(name); err != nil {
			return nil, err
		}
		for i := range len(name) {
			if name[i] != '/' {
				continue
			}
			if _, is := c.Files[name[:i]]; is {
				return nil, badFile(printable(name), "", "%s is a file, too", printable(name[:i]))
			}
		}
		if total += len(text); total > MaxBytes {
			return nil, tooLarge(total)
		}
		b.files[name] = bytes.Clone(text)
	}
	var err error
	if b.settings, err = ParseSettings(c.Settings); err != nil {
		return nil, err
	}
	return b, nil
}

// Plugin is the name that the script is called by.
func (b *Bundle) Plugin() string { return b.plugin }

// ScriptName is the name of the file that is the worker.
func (b *Bundle) ScriptName() string { return b.script }

// Files are the names of the script and of its other files, sorted.
func (b *Bundle) Files() []string { return slices.Sorted(maps.Keys(b.files)) }

// File returns a copy of a file's contents, and false if there is none of the name.
func (b *Bundle) File(name string) ([]byte, bool) {
	text, ok := b.files[name]
	return bytes.Clone(text), ok
}

// Settings are what runner.toml says, never nil. They are not to be changed.
func (b *Bundle) Settings() *Settings { return b.settings }

// Bytes are the bundle as [Open] opens it. They are not to be changed.
func (b *Bundle) Bytes() []byte { return b.raw }

// Hash is the SHA-256 of the bytes, in hexadecimal: which bundle it is.
func (b *Bundle) Hash() string { return hex.EncodeToString(b.sum[:]) }

// Script is the worker, which requires its files from the bundle. Nothing of it has been
// parsed. TypeScript and ES modules need a program that imports
// scripthost.example/js/bundle; without it the error is [host.ErrNeedsBundler].
func (b *Bundle) Script() (*host.Script, error) { return host.OpenFS(fileSystem(b.files), b.script) }

func tooLarge(size int) error {
	return &Error{
		Kind: ErrTooLarge, What: fmt.Sprintf("it has %d bytes or more, and may have %d MiB", size, MaxBytes>>20),
		Next: "leave out what the script does not require: its folder is bundled with all below it",
	}
}

func tooMany() error {
	return &Error{
		Kind: ErrTooLarge, What: fmt.Sprintf("it may have %d files", MaxFiles),
		Next: "put the script into a folder that has nothing but what it requires",
	}
}
