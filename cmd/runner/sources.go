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

const (
	// maxExcerptFile is the size of the largest file that is looked at.
	maxExcerptFile = 16 << 20
	// maxExcerptTexts is how much text is kept, about.
	maxExcerptTexts = 64 << 20
	// maxSources is how many files are known at most: a script may ask for as many as
	// it likes.
	maxSources = 10_000
)

// sources are the files that a worker has loaded, by the names that it has for
// them. Only what is known here is read: a name in a position is the worker's
// claim. It is safe for concurrent use.
type sources struct {
	mu    sync.Mutex
	files map[string]bool   // absolute paths
	held  map[string][]byte // texts that may not be on the disk
	texts map[string][]byte // of files, as they were read
	size  int               // of texts
}

// newSources makes sources that know some files.
func newSources(files ...string) *sources {
	s := &sources{files: make(map[string]bool), held: make(map[string][]byte), texts: make(map[string][]byte)}
	s.add(files)
	return s
}

// forget has files read anew: they may have changed.
func (s *sources) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.texts)
	s.size = 0
}

// add adds files, by their paths. It can be host.Options.OnModule.
func (s *sources) add(paths []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, path := range paths {
		if abs, err := filepath.Abs(path); err == nil && len(s.files) < maxSources {
			s.files[abs] = true
		}
	}
}

// hold says what the text of a file is, which may not be on the disk.
func (s *sources) hold(file string, text []byte) {
	if abs, err := filepath.Abs(file); err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.files[abs], s.held[abs] = true, text
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
	text := s.text(abs)
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

// text is the text of a file that is known.
func (s *sources) text(path string) []byte {
	if text, ok := s.held[path]; ok {
		return text
	}
	if text, ok := s.texts[path]; ok {
		return text
	}
	var text []byte
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Size() <= maxExcerptFile {
		text, _ = os.ReadFile(path) // without it there is no line to show
	}
	if s.size += len(text); s.size > maxExcerptTexts {
		clear(s.texts)
		s.size = len(text)
	}
	s.texts[path] = text
	return text
}
