package bundle

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"path"
	"strings"
)

// mapStart starts the comment that a source map is in, at the end of a text.
const mapStart = "//# sourceMappingURL=data:application/json;base64,"

// mapComment is esbuild's source map as a comment. The names of its sources
// become relative to the folder of the script, or URLs.
func mapComment(sourceMap []byte, entry string) (string, error) {
	var m struct {
		Version  int      `json:"version"`
		Sources  []string `json:"sources"`
		Mappings string   `json:"mappings"`
		Names    []string `json:"names"`
	}
	if err := json.Unmarshal(sourceMap, &m); err != nil {
		return "", err
	}
	home := path.Dir(entry)
	for i, source := range m.Sources {
		m.Sources[i] = sourceName(strings.TrimPrefix(source, ours+":"), home)
	}
	m.Names = []string{} // stacks have the names that functions have
	text, err := json.Marshal(m)
	if err != nil {
		return "", err
	}
	return mapStart + base64.StdEncoding.EncodeToString(text) + "\n", nil
}

// sourceName is the file at p as a source map in the folder home names it.
func sourceName(p, home string) string {
	switch {
	case home == ".":
	case strings.HasPrefix(p, home+"/"):
		p = p[len(home)+1:]
	}
	if path.IsAbs(p) {
		return (&url.URL{Scheme: "file", Path: p}).String()
	}
	return (&url.URL{Path: p}).String()
}
