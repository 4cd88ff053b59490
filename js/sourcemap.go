package js

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/dop251/goja/file"
	"github.com/go-sourcemap/sourcemap"

	"scripthost.example/child/engine"
)

// A script that was made of other files, as the bundler does it, ends with its
// source map. All positions then are those of the files: goja looks each up when
// it is asked for one, also for the property stack of an Error.

// mapStart is how the last line of such a script starts; there may be parameters
// before the comma.
const mapStart = "//# sourceMappingURL=data:application/json"

// helperSource is the source of what is in no file: the bundler's own code.
const helperSource = "worker:helpers"

// A sourceMap leads from positions in a script to those in its sources.
type sourceMap struct {
	consumer *sourcemap.Consumer
	names    map[string]string // of the sources, by what goja calls them
}

// cutSourceMap returns the map that the script ends with, and the text before
// it; nil if there is none.
func cutSourceMap(name, text string) (string, *sourceMap, error) {
	trimmed := strings.TrimRight(text, " \t\r\n")
	start := strings.LastIndexByte(trimmed, '\n') + 1
	rest, found := strings.CutPrefix(trimmed[start:], mapStart)
	if !found {
		return text, nil, nil
	}
	parameters, data, _ := strings.Cut(rest, ",")
	if !strings.HasSuffix(parameters, ";base64") {
		return text, nil, errors.New("it is not in base64")
	}
	octets, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		return text, nil, err
	}
	text, before := text[:start], text
	m, err := parseSourceMap(name, octets, 1+strings.Count(text, "\n"))
	if err != nil {
		return before, nil, err
	}
	return text, m, nil
}

func parseSourceMap(name string, octets []byte, lines int) (*sourceMap, error) {
	var m struct {
		Version    int      `json:"version"`
		SourceRoot string   `json:"sourceRoot,omitempty"`
		Sources    []string `json:"sources"`
		Mappings   string   `json:"mappings"`
	}
	if err := json.Unmarshal(octets, &m); err != nil {
		return nil, err
	}
	if m.Version != 3 {
		return nil, fmt.Errorf("it is of version %d, not 3", m.Version)
	}
	made := &sourceMap{names: make(map[string]string, len(m.Sources))}
	for i, source := range m.Sources {
		if m.SourceRoot != "" {
			source = strings.TrimSuffix(m.SourceRoot, "/") + "/" + source
			m.Sources[i] = source
		}
		shown := source
		if u := file.ResolveSourcemapURL(name, source); u != nil {
			shown = u.String()
		}
		made.names[shown] = sourceName(name, source)
	}
	m.SourceRoot = ""
	m.Sources = append(m.Sources, helperSource)
	var err error
	if m.Mappings, err = gojaMappings(m.Mappings, len(m.Sources)-1, lines); err != nil {
		return nil, err
	}
	if octets, err = json.Marshal(m); err != nil {
		return nil, err
	}
	made.consumer, err = sourcemap.Parse("", octets)
	return made, err
}

// sourceName is what errors call a source of the script.
func sourceName(script, source string) string {
	u, err := url.Parse(source)
	switch {
	case err != nil:
		return source
	case u.Scheme == "file" && u.Host == "":
		return u.Path
	case u.Scheme != "":
		return source
	case path.IsAbs(u.Path):
		return u.Path
	}
	return path.Join(path.Dir(strings.ReplaceAll(script, `\`, "/")), u.Path)
}

// position is where something that the parser has found in the script is.
func (m *sourceMap) position(name string, line, column int) (string, int, int) {
	if m == nil {
		return name, line, column
	}
	source, _, sourceLine, sourceColumn, ok := m.consumer.Source(line, column)
	if !ok || source == helperSource {
		return name, line, column
	}
	return sourceName(name, source), sourceLine, sourceColumn
}

// named is a frame whose file has the name of its source; ok is false for the
// bundler's own code.
func (m *sourceMap) named(f engine.Frame) (_ engine.Frame, ok bool) {
	if m == nil {
		return f, true
	}
	if name, found := m.names[f.File]; found {
		f.File = name
	}
	if strings.HasPrefix(f.Function, "script:") { // what the bundler calls a file that is CommonJS
		f.Function = ""
	}
	return f, f.File != helperSource
}
