package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unicode/utf8"

	"scripthost.example/host"
)

// maxExcerptFile is the size of the largest file that is looked at.
const maxExcerptFile = 16 << 20

// sources are the files that a worker has loaded, by the names that it has for
// them. Only what is known here is read: a name in a position is the worker's
// claim. It is safe for concurrent use.
type sources struct {
	mu    sync.Mutex
	files map[string]bool // absolute paths
	texts map[string][]byte
}

func newSources(script *host.Script) *sources {
	s := &sources{files: make(map[string]bool), texts: make(map[string][]byte)}
	s.add([]string{script.Name()})
	return s
}

// add adds files, by their paths. It can be host.Options.OnModule.
func (s *sources) add(paths []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, path := range paths {
		if abs, err := filepath.Abs(path); err == nil {
			s.files[abs] = true
		}
	}
}

// hold says what the text of a file is, which may not be on the disk.
func (s *sources) hold(file string, text []byte) {
	if abs, err := filepath.Abs(file); err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.files[abs], s.texts[abs] = true, text
	}
}

// excerpt is the line that a position names with a caret below, or "".
func (s *sources) excerpt(at host.StackFrame) string {
	return excerpt(s.line(at.File, at.Line), at.Line, at.Column, palette(false))
}

// line is a line of a file, or "".
func (s *sources) line(file string, number int) string {
	abs, err := filepath.Abs(file)
	if err != nil || number < 1 {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.files[abs] {
		return ""
	}
	text, ok := s.texts[abs]
	if !ok {
		if info, err := os.Stat(abs); err == nil && info.Mode().IsRegular() && info.Size() <= maxExcerptFile {
			text, _ = os.ReadFile(abs) // without it there is no line to show
		}
		s.texts[abs] = text
	}
	for range number - 1 {
		i := bytes.IndexByte(text, '\n')
		if i < 0 {
			return ""
		}
		text = text[i+1:]
	}
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		text = text[:i]
	}
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	if !utf8.Valid(text) {
		return ""
	}
	return strings.TrimRight(string(text), "\r")
}
