package broker

import (
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestBadArguments(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"file": "text"})
	path := filepath.Join(dir, "file")
	b := newBroker(t, all(dir))
	h := must(t, b, "open", path, "r+", int64(0))[0].(int64)
	perm := int64(0o666)
	for _, c := range [][]any{
		{"open"}, {"open", path}, {"open", path, "r"}, {"open", path, "r", perm, perm}, {"open", nil, "r", perm}, {"open", int64(1), "r", perm},
		{"open", path, "rw", perm}, {"open", path, "", perm}, {"open", path, nil, perm}, {"open", path, strings.Repeat("r", 1<<20), perm}, {"open", path, "r", "0666"}, {"open", path, "r", 1.5},
		{"read", h}, {"read", "1", int64(1)}, {"read", h, int64(-1)}, {"read", h, uint64(math.MaxUint64)}, {"read", h, math.NaN()}, {"read", h, math.Inf(1)}, {"read", h, 1e300}, {"read", nil, nil},
		{"write", h, nil}, {"write", h, int64(1)}, {"write", h, []any{}}, {"seek", h, "top", int64(0)}, {"seek", h, "set", "0"}, {"seek", h, nil, int64(0)},
		{"close"}, {"close", true}, {"close", map[string]any{}}, {"readfile", []any{path}}, {"readfile", map[string]any{"path": path}},
		{"writefile", path, nil, "w", perm}, {"writefile", path, "x", "r", perm}, {"writefile", path, "x", "w+", perm}, {"writefile", path, "x", "w", nil},
		{"stat", true}, {"lstat", 1.0}, {"readdir", time.Now()}, {"mkdir", path, nil, perm}, {"mkdir", path, "true", perm}, {"mkdir", path, false, nil},
		{"rmdir"}, {"unlink", nil}, {"remove", []any{}}, {"rename", path}, {"rename", path, nil}, {"rename", nil, path}, {"tmpname", path}, {"cwd", nil},
		{"nothing"}, {""}, {"open\x00", path, "r", perm},
	} {
		out, err := call(b, c[0].(string), c[1:]...)
		var a *ArgumentError
		if !errors.As(err, &a) || a.Function != "runner.fs."+c[0].(string) || len(err.Error()) > 200 {
			t.Errorf("%.80v = %v, %.200v", c, out, err)
		}
	}
	hasText(t, path, "text")
}

func TestHandles(t *testing.T) {
	t.Parallel()
	b := newBroker(t, Grants{})
	for _, name := range strings.Fields("open read write seek close readfile writefile stat lstat readdir mkdir rmdir unlink remove rename tmpname cwd") {
		if !b.Handles("runner.fs." + name) {
			t.Errorf("%s is not handled", name)
		}
	}
	for _, name := range []string{"", "open", "runner.fs.", "runner.fs.link", "runner.fs.symlink", "runner.fs.chmod", "runner.net.get"} {
		if b.Handles(name) {
			t.Errorf("%s is handled", name)
		}
	}
}

func TestDeniedMessage(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/etc/passwd":      `read access to "/etc/passwd" is not granted (allow it with --allow-read=/etc/passwd)`,
		"/tmp/a#1~x":       `read access to "/tmp/a#1~x" is not granted (allow it with --allow-read=/tmp/a#1~x)`,
		"/my files/it's":   `read access to "/my files/it's" is not granted (allow it with --allow-read='/my files/it'\''s')`,
		"/a\nb":            `read access to "/a\nb" is not granted (allow it with --allow-read="/a\nb")`,
		"/caf\u00e9/$HOME": `read access to "/café/$HOME" is not granted (allow it with --allow-read='/café/$HOME')`,
	} {
		d := denied(t, newBroker(t, Grants{}), "read", "readfile", path)
		if d.Error() != want {
			t.Errorf("got  %s\nwant %s", d, want)
		}
	}
}
