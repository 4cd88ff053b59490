package scripttest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"scripthost.example/host"
)

const coverageTool = "runner.coverage"

// coverageTime is how long a worker has to tell what it has run: one that hangs does
// not.
const coverageTime = 2 * time.Second

// Bounds of what workers tell.
const (
	maxCoveredFiles = 10_000
	maxCoveredLine  = 10_000_000
	maxCoveredLines = 4_000_000
)

// A Coverage gathers how often the lines of the files of a project were run, other
// than those of tests. It is safe for concurrent use, and for several runs. The zero
// value is empty.
//
// A line counts if a statement begins there. Files that nothing has loaded are not
// in it, and what a worker has run that was killed is not either.
type Coverage struct {
	mu    sync.Mutex
	files map[string]map[int]uint64 // by absolute path, and line
	lines int
}

// A FileCoverage is how often the lines of a file were run.
type FileCoverage struct {
	Path  string // absolute
	Lines []LineCoverage
}

// A LineCoverage is how often a line was run. Line counts from 1.
type LineCoverage struct {
	Line  int
	Count uint64
}

// Run is how many of the lines were run.
func (f *FileCoverage) Run() int {
	n := 0
	for _, l := range f.Lines {
		if l.Count > 0 {
			n++
		}
	}
	return n
}

// collect adds what a worker tells.
func (c *Coverage) collect(ctx context.Context, r *run, w *host.Worker) {
	if c == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, coverageTime)
	defer cancel()
	out, err := w.Function(coverageTool).Call(ctx)
	if err != nil {
		return // it has been killed, or hangs
	}
	c.add(r, textOfAny(only(out)))
}

// textOfAny is a value as text of any length.
func textOfAny(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	}
	return ""
}

// add adds what a worker tells: an object of files, by their names, each of which is
// one of counts, by lines. What cannot be so is left out.
func (c *Coverage) add(r *run, text string) {
	if !json.Valid([]byte(text)) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	looked := make(map[string]map[int]uint64)
	var known map[int]uint64 // of the file
	eachCovered(text, func(name string) bool {
		var seen bool
		if known, seen = looked[name]; !seen {
			if len(looked) >= maxCoveredFiles {
				return false
			}
			known = c.linesLocked(r, name)
			looked[name] = known
		}
		return true
	}, func(line int, count uint64) {
		if known == nil || line < 1 || line > maxCoveredLine {
			return
		}
		before, seen := known[line]
		if !seen {
			if c.lines >= maxCoveredLines {
				return
			}
			c.lines++
		}
		if known[line] = before + count; known[line] < before {
			known[line] = math.MaxUint64 // as many as can be counted
		}
	})
}

// linesLocked are the lines of a file, or nil if it is none of the project's.
func (c *Coverage) linesLocked(r *run, name string) map[int]uint64 {
	path, ok := r.projectFile(name)
	if !ok || IsTest(path) {
		return nil
	}
	known := c.files[path]
	if known == nil && len(c.files) < maxCoveredFiles {
		if c.files == nil {
			c.files = make(map[string]map[int]uint64)
		}
		known = make(map[int]uint64)
		c.files[path] = known
	}
	return known
}

// eachCovered calls file with the name of each object in an object, until that returns
// false, and line with each number in it that has a number for its key. The text is
// valid JSON; it is not decoded as a whole, which would take many times its size.
func eachCovered(text string, file func(name string) bool, line func(line int, count uint64)) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return
	}
	for d.More() {
		name, _ := d.Token()
		value, err := d.Token()
		if err != nil {
			return
		}
		if value != json.Delim('{') {
			if value == json.Delim('[') {
				return // it is none of ours
			}
			continue
		}
		if key, _ := name.(string); !file(key) {
			return
		}
		for d.More() {
			key, _ := d.Token()
			value, err := d.Token()
			if _, nested := value.(json.Delim); err != nil || nested {
				return
			}
			name, _ := key.(string)
			text, _ := value.(json.Number)
			number, notLine := strconv.Atoi(name)
			count, notCount := strconv.ParseUint(string(text), 10, 64)
			if notLine == nil && notCount == nil {
				line(number, count)
			}
		}
		if _, err := d.Token(); err != nil { // its end
			return
		}
	}
}

// projectFile is the absolute path of a file of the project that is no test of the
// run, by the name that a worker has for it.
func (r *run) projectFile(name string) (string, bool) {
	path, err := filepath.Abs(filepath.FromSlash(name))
	if err != nil {
		return "", false
	}
	rel, err := filepath.Rel(r.Root, path)
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	if test, err := filepath.Abs(r.file); err == nil && test == path {
		return "", false
	}
	info, err := os.Stat(path)
	return path, err == nil && info.Mode().IsRegular()
}

// Files returns what has been gathered, sorted by path and line.
func (c *Coverage) Files() []FileCoverage {
	c.mu.Lock()
	defer c.mu.Unlock()
	var files []FileCoverage
	for _, path := range slices.Sorted(maps.Keys(c.files)) {
		f := FileCoverage{Path: path}
		for _, line := range slices.Sorted(maps.Keys(c.files[path])) {
			f.Lines = append(f.Lines, LineCoverage{line, c.files[path][line]})
		}
		files = append(files, f)
	}
	return files
}

// WriteLCOV writes what has been gathered in the format of lcov's tracefiles.
func (c *Coverage) WriteLCOV(w io.Writer) error {
	b := bufio.NewWriter(w)
	for _, f := range c.Files() {
		fmt.Fprintf(b, "TN:\nSF:%s\n", f.Path)
		for _, l := range f.Lines {
			fmt.Fprintf(b, "DA:%d,%d\n", l.Line, l.Count)
		}
		fmt.Fprintf(b, "LF:%d\nLH:%d\nend_of_record\n", len(f.Lines), f.Run())
	}
	return b.Flush()
}
