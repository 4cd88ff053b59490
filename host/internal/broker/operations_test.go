package broker

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// Every operation: with the grant that it needs, and without each of them.
func TestOperations(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []any // "@x" is x in the test's folder
		need access
		then func(t *testing.T, dir string, out []any)
	}{
		{"open", []any{"@file", "r", int64(0)}, readAccess, nil},
		{"open", []any{"@file", "r+", int64(0)}, readAccess | writeAccess, nil},
		{"open", []any{"@new", "w", int64(0o666)}, writeAccess, func(t *testing.T, dir string, _ []any) { hasText(t, filepath.Join(dir, "new"), "") }},
		{"open", []any{"@file", "w", int64(0o666)}, writeAccess, func(t *testing.T, dir string, _ []any) { hasText(t, filepath.Join(dir, "file"), "") }},
		{"open", []any{"@file", "w+", int64(0o666)}, readAccess | writeAccess, func(t *testing.T, dir string, _ []any) { hasText(t, filepath.Join(dir, "file"), "") }},
		{"open", []any{"@file", "a", int64(0o666)}, writeAccess, func(t *testing.T, dir string, _ []any) { hasText(t, filepath.Join(dir, "file"), "text") }},
		{"open", []any{"@new", "a+", int64(0o666)}, readAccess | writeAccess, func(t *testing.T, dir string, _ []any) { hasText(t, filepath.Join(dir, "new"), "") }},
		{"open", []any{"@new", "wx", int64(0o666)}, writeAccess, func(t *testing.T, dir string, _ []any) { hasText(t, filepath.Join(dir, "new"), "") }},
		{"open", []any{"@new", "wx+", int64(0o666)}, readAccess | writeAccess, nil},
		{"open", []any{"@new", "ax", int64(0o666)}, writeAccess, nil},
		{"open", []any{"@new", "ax+", int64(0o666)}, readAccess | writeAccess, nil},
		{"open", []any{"@folder", "r", int64(0)}, readAccess, nil},
		{"readfile", []any{"@file"}, readAccess, func(t *testing.T, _ string, out []any) {
			if string(out[0].([]byte)) != "text" {
				t.Errorf("read %q", out[0])
			}
		}},
		{"writefile", []any{"@file", []byte("new"), "w", int64(0o666)}, writeAccess, func(t *testing.T, dir string, _ []any) { hasText(t, filepath.Join(dir, "file"), "new") }},
		{"writefile", []any{"@file", " more", "a", int64(0o666)}, writeAccess, func(t *testing.T, dir string, _ []any) { hasText(t, filepath.Join(dir, "file"), "text more") }},
		{"writefile", []any{"@new", "x", "wx", int64(0o666)}, writeAccess, func(t *testing.T, dir string, _ []any) { hasText(t, filepath.Join(dir, "new"), "x") }},
		{"stat", []any{"@file"}, readAccess, nil},
		{"lstat", []any{"@file"}, readAccess, nil},
		{"readdir", []any{"@"}, readAccess, func(t *testing.T, _ string, out []any) {
			want := []any{[]any{"file", "file"}, []any{"folder", "directory"}, []any{"full", "directory"}}
			if !reflect.DeepEqual(out[0], want) {
				t.Errorf("listed %v", out[0])
			}
		}},
		{"mkdir", []any{"@new", false, int64(0o777)}, writeAccess, func(t *testing.T, dir string, _ []any) {
			if info, err := os.Stat(filepath.Join(dir, "new")); err != nil || !info.IsDir() {
				t.Error(info, err)
			}
		}},
		{"mkdir", []any{"@a/b/c", true, int64(0o777)}, writeAccess, func(t *testing.T, dir string, _ []any) {
			if info, err := os.Stat(filepath.Join(dir, "a/b/c")); err != nil || !info.IsDir() {
				t.Error(info, err)
			}
		}},
		{"mkdir", []any{"@folder", true, int64(0o777)}, writeAccess, nil},
		{"rmdir", []any{"@folder"}, writeAccess, func(t *testing.T, dir string, _ []any) { absent(t, filepath.Join(dir, "folder")) }},
		{"unlink", []any{"@file"}, writeAccess, func(t *testing.T, dir string, _ []any) { absent(t, filepath.Join(dir, "file")) }},
		{"remove", []any{"@file"}, writeAccess, func(t *testing.T, dir string, _ []any) { absent(t, filepath.Join(dir, "file")) }},
		{"remove", []any{"@folder"}, writeAccess, func(t *testing.T, dir string, _ []any) { absent(t, filepath.Join(dir, "folder")) }},
		{"rename", []any{"@file", "@new"}, writeAccess, func(t *testing.T, dir string, _ []any) { hasText(t, filepath.Join(dir, "new"), "text") }},
		{"cwd", nil, readAccess, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, granted := range []access{0, readAccess, writeAccess, readAccess | writeAccess} {
				dir := tree(t, map[string]string{"file": "text", "folder/": "", "full/x": "x"})
				var args []any
				for _, a := range test.args {
					if s, ok := a.(string); ok && strings.HasPrefix(s, "@") {
						a = filepath.Join(dir, s[1:])
					}
					args = append(args, a)
				}
				var g Grants
				if granted&readAccess != 0 {
					g.Read = []string{dir}
				}
				if granted&writeAccess != 0 {
					g.Write = []string{dir}
				}
				b := newBroker(t, g, WithDir(dir))
				if missing := test.need &^ granted; missing != 0 {
					grant := "read"
					if missing == writeAccess {
						grant = "write"
					}
					d := denied(t, b, grant, test.name, args...)
					if !strings.HasSuffix(d.Error(), "is not granted (allow it with --allow-"+grant+"="+d.Path+")") {
						t.Errorf("message %q", d)
					}
					hasText(t, filepath.Join(dir, "file"), "text")
					absent(t, filepath.Join(dir, "new"))
					continue
				}
				out := must(t, b, test.name, args...)
				if test.then != nil {
					test.then(t, dir, out)
				}
			}
		})
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"file": "text", "folder/x": "x", "empty/": "", "dangling": "->nowhere", "loop": "->loop"})
	b := newBroker(t, all(dir))
	at := func(name string) string { return filepath.Join(dir, name) }
	perm := int64(0o666)
	for _, test := range []struct {
		code, name string
		args       []any
	}{
		{"ENOENT", "open", []any{at("none"), "r", perm}},
		{"ENOENT", "open", []any{at("none"), "r+", perm}},
		{"ENOENT", "open", []any{at("none/x"), "w", perm}},
		{"ENOENT", "open", []any{"", "r", perm}},
		{"EINVAL", "open", []any{at("x\x00y"), "r", perm}},
		{"ENOTDIR", "open", []any{at("file/x"), "r", perm}},
		{"EEXIST", "open", []any{at("file"), "wx", perm}},
		{"EEXIST", "open", []any{at("dangling"), "wx", perm}},
		{"EISDIR", "open", []any{at("folder"), "w", perm}},
		{"ELOOP", "open", []any{at("loop"), "r", perm}},
		{"ENOENT", "open", []any{at("dangling"), "r", perm}},
		{"EISDIR", "readfile", []any{at("folder")}},
		{"ENOENT", "readfile", []any{at("none")}},
		{"ENOENT", "stat", []any{at("dangling")}},
		{"ENOENT", "stat", []any{at("none")}},
		{"ENOENT", "lstat", []any{at("none")}},
		{"ENOTDIR", "readdir", []any{at("file")}},
		{"ENOENT", "readdir", []any{at("none")}},
		{"EEXIST", "mkdir", []any{at("folder"), false, perm}},
		{"EEXIST", "mkdir", []any{at("file"), true, perm}},
		{"ENOENT", "mkdir", []any{at("none/x"), false, perm}},
		{"ENOTDIR", "mkdir", []any{at("file/x/y"), true, perm}},
		{"ENOTEMPTY", "rmdir", []any{at("folder")}},
		{"ENOTDIR", "rmdir", []any{at("file")}},
		{"ENOENT", "rmdir", []any{at("none")}},
		{"ENOENT", "unlink", []any{at("none")}},
		{"ENOTEMPTY", "remove", []any{at("folder")}},
		{"ENOENT", "remove", []any{at("none")}},
		{"ENOENT", "rename", []any{at("none"), at("x")}},
		{"ENOTEMPTY", "rename", []any{at("empty"), at("folder")}},
		{"EINVAL", "rename", []any{at("folder"), at("folder/below")}},
		{"ENAMETOOLONG", "stat", []any{at(strings.Repeat("a", 5000))}},
		{"ENAMETOOLONG", "stat", []any{at(strings.Repeat("a/", 300))}},
		{"ENAMETOOLONG", "stat", []any{at(strings.Repeat("a", 300))}},
	} {
		f := fails(t, b, test.code, test.name, test.args...)
		if named, _ := test.args[0].(string); f.Path != named && len(named) < maxPath {
			t.Errorf("%s: path %q", test.name, f.Path)
		}
	}
	f := fails(t, b, "ENOENT", "rmdir", at("none"))
	if f.Op != "rmdir" || f.Message() != "No such file or directory" || f.Error() != "rmdir "+at("none")+": No such file or directory" {
		t.Errorf("%+v: %v", f, f)
	}
	if f := fails(t, b, "ENOENT", "rename", at("none"), at("x")); f.NewPath != at("x") {
		t.Errorf("new path %q", f.NewPath)
	}
	_, err := call(b, "unlink", at("empty"))
	if _, ok := err.(*FileError); !ok { // EISDIR or EPERM
		t.Errorf("unlink of a folder: %v", err)
	}
}

func TestStat(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"file": "text", "link": "->file"})
	when := time.Unix(1_700_000_000, 500_000_000)
	if err := os.Chtimes(filepath.Join(dir, "file"), when, when); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "file"), 0o640); err != nil {
		t.Fatal(err)
	}
	b := newBroker(t, Grants{Read: []string{dir}})
	for _, name := range []string{"file", "link"} {
		s := must(t, b, "stat", filepath.Join(dir, name))[0].(map[string]any)
		for key, want := range map[string]any{
			"type": "file", "size": int64(4), "mode": int64(0o640), "mtime": 1_700_000_000.5, "atime": 1_700_000_000.5,
			"nlink": int64(1), "uid": int64(os.Getuid()), "gid": s["gid"],
		} {
			if s[key] != want {
				t.Errorf("%s: %s is %v (%T), want %v", name, key, s[key], s[key], want)
			}
		}
		for _, key := range []string{"ino", "dev", "blocks", "blksize", "gid"} {
			if _, ok := s[key].(int64); !ok {
				t.Errorf("%s is %T", key, s[key])
			}
		}
		if _, ok := s["ctime"].(float64); !ok {
			t.Errorf("ctime is %T", s["ctime"])
		}
	}
	if s := must(t, b, "lstat", filepath.Join(dir, "link"))[0].(map[string]any); s["type"] != "link" {
		t.Errorf("lstat of a link: %v", s["type"])
	}
	if s := must(t, b, "stat", dir)[0].(map[string]any); s["type"] != "directory" {
		t.Errorf("stat of the granted folder: %v", s["type"])
	}
}

func TestRelativePaths(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"in/file": "text", "secret": "s"})
	in := filepath.Join(dir, "in")
	b := newBroker(t, all(in), WithDir(in))
	for _, path := range []string{"file", "./file", "x/../file", "../in/file", "file/", ".//file", in + "/x/../file"} {
		if got := read(t, b, path); got != "text" {
			t.Errorf("%s: %q", path, got)
		}
	}
	for _, path := range []string{"../secret", "..", "/etc/passwd", "../../../../../../../../etc/passwd", in + "/../secret", dir} {
		denied(t, b, "read", "readfile", path)
		denied(t, b, "write", "writefile", path, "x", "w", int64(0o666))
	}
	hasText(t, filepath.Join(dir, "secret"), "s")
	if got := must(t, b, "cwd")[0]; got != in {
		t.Errorf("cwd %v", got)
	}
}

func TestPermissionsAreMasked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := newBroker(t, all(dir))
	must(t, b, "writefile", filepath.Join(dir, "f"), "x", "w", int64(0o7700))
	must(t, b, "mkdir", filepath.Join(dir, "d"), false, int64(0o7700))
	must(t, b, "open", filepath.Join(dir, "g"), "wx", int64(-1))
	for name, want := range map[string]os.FileMode{"f": 0o700, "d": os.ModeDir | 0o700} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "g")); err != nil || info.Mode()&^0o777 != 0 {
		t.Errorf("g: %v, %v", info.Mode(), err)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"fits": strings.Repeat("x", 1000), "large": strings.Repeat("x", 1001)})
	b := newBroker(t, all(dir), WithMaxRead(1000))
	if got := read(t, b, filepath.Join(dir, "fits")); len(got) != 1000 {
		t.Errorf("read %d bytes", len(got))
	}
	_, err := call(b, "readfile", filepath.Join(dir, "large"))
	if l, ok := err.(*LimitError); !ok || l.Size != 1001 || l.Max != 1000 || !strings.Contains(l.Error(), "1001") {
		t.Errorf("large: %v", err)
	}
	handle := must(t, b, "open", filepath.Join(dir, "large"), "r", int64(0))[0]
	for _, want := range []int{1000, 1, 0} { // no more at once, whatever is asked for
		if data := must(t, b, "read", handle, int64(1<<20))[0].([]byte); len(data) != want {
			t.Errorf("a read of an open file returned %d bytes, want %d", len(data), want)
		}
	}
	for i := range 60 {
		if err := os.WriteFile(filepath.Join(dir, strings.Repeat("n", i+1)), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	_, err = call(b, "readdir", dir)
	if l, ok := err.(*LimitError); !ok || l.Limit != "folder size" {
		t.Errorf("readdir: %v", err)
	}
}

func TestOctetNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := "caf\xe9"
	if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o666); err != nil {
		t.Logf("this file system takes UTF-8 only: %v", err)
		return
	}
	b := newBroker(t, Grants{Read: []string{dir}})
	entry := must(t, b, "readdir", dir)[0].([]any)[0].([]any)
	if got, ok := entry[0].([]byte); !ok || !bytes.Equal(got, []byte(name)) {
		t.Fatalf("listed %v", entry)
	}
	must(t, b, "readfile", []byte(filepath.Join(dir, name)))
}

func TestTmpName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	check := func(b *Broker, in string) {
		t.Helper()
		path := must(t, b, "tmpname")[0].(string)
		defer os.Remove(path)
		if filepath.Dir(path) != in || !strings.HasPrefix(filepath.Base(path), "lua_") {
			t.Errorf("named %s", path)
		}
		if info, err := os.Stat(path); err != nil || info.Size() != 0 || info.Mode() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
	}
	check(newBroker(t, Grants{Write: []string{dir}}), dir)
	check(newBroker(t, Grants{Write: []string{filepath.Join(dir, "file"), filepath.Join(dir, "none"), dir}}), dir)
	check(newBroker(t, Grants{Write: []string{dir, os.TempDir()}}), filepath.Clean(os.TempDir()))
	denied(t, newBroker(t, Grants{Read: []string{"/"}}), "write", "tmpname")
}
