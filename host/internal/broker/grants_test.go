package broker

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestValidate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		grants Grants
		want   string // empty: valid
	}{
		{Grants{}, ""},
		{Grants{Read: []string{"/"}, Write: []string{"/a/../b/", "/none"}, DenyRead: []string{"/x"}, DenyWrite: []string{"/"}}, ""},
		{Grants{Read: []string{"/a", ""}}, "allow-read: a path is empty"},
		{Grants{Write: []string{"data"}}, `allow-write: the path "data" is relative: make it absolute`},
		{Grants{DenyRead: []string{"./x"}}, `deny-read: the path "./x" is relative`},
		{Grants{DenyWrite: []string{"/a\x00b"}}, `deny-write: the path "/a\x00b" has a NUL byte`},
	} {
		err := test.grants.Validate()
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%+v: %v", test.grants, err)
		}
		if _, newErr := New(test.grants); (newErr == nil) != (err == nil) {
			t.Errorf("New(%+v): %v", test.grants, newErr)
		}
	}
	for _, opt := range []Option{WithMaxRead(0), WithMaxFiles(0), WithMaxFiles(-1), WithDir("here")} {
		if _, err := New(Grants{}, opt); err == nil {
			t.Error("an option out of range was taken")
		}
	}
}

func TestBelow(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		folder, path string
		fold         bool
		rel          string // empty: not below
	}{
		{"/a", "/a", false, "."}, {"/a", "/a/b/c", false, "b/c"}, {"/a", "/ab", false, ""}, {"/a", "/", false, ""},
		{"/a/b", "/a", false, ""}, {"/", "/", false, "."}, {"/", "/a/b", false, "a/b"}, {"/a", "/A/b", false, ""}, {"/a", "/A/b", true, "b"},
	} {
		rel, ok := below(filepath.FromSlash(test.folder), filepath.FromSlash(test.path), test.fold)
		if filepath.ToSlash(rel) != test.rel || ok != (test.rel != "") {
			t.Errorf("below(%q, %q, %v) = %q, %v", test.folder, test.path, test.fold, rel, ok)
		}
	}
}

func TestGrantOfOneFile(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"one": "text", "two": "text", "onetwo": "text", "link": "->one", "sub/out": "->../two"})
	at := func(name string) string { return filepath.Join(dir, name) }
	b := newBroker(t, all(at("one")))
	perm := int64(0o666)
	must(t, b, "writefile", at("one"), "new", "w", perm)
	if got := read(t, b, at("one")); got != "new" {
		t.Errorf("read %q", got)
	}
	for _, name := range []string{"two", "onetwo", "link", "", "one/../two", "none"} {
		denied(t, b, "read", "readfile", dir+"/"+name)
		denied(t, b, "read", "stat", dir+"/"+name)
		denied(t, b, "write", "writefile", dir+"/"+name, "x", "w", perm)
		denied(t, b, "write", "rename", at("one"), dir+"/"+name)
		denied(t, b, "write", "remove", dir+"/"+name)
	}
	denied(t, b, "read", "readdir", dir)
	fails(t, b, "ENOTDIR", "readfile", at("one/x"))
	must(t, b, "unlink", at("one"))
	absent(t, at("one"))
	fails(t, b, "ENOENT", "readfile", at("one"))
	must(t, b, "writefile", at("one"), "again", "wx", perm)
	hasText(t, at("one"), "again")

	// It is replaced by a link to its neighbour, which was not granted.
	if err := os.Remove(at("one")); err != nil {
		t.Fatal(err)
	}
	link(t, "two", at("one"))
	denied(t, b, "read", "readfile", at("one"))
	denied(t, b, "write", "writefile", at("one"), "x", "w", perm)
	hasText(t, at("two"), "text")

	// A grant of a link: to the file, not to its neighbours.
	b = newBroker(t, all(at("sub/out")))
	if got := read(t, b, at("sub/out")); got != "text" {
		t.Errorf("read %q", got)
	}
	denied(t, b, "read", "readfile", at("onetwo"))
}

func TestGrantOfWhatDoesNotExistYet(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	perm := int64(0o777)
	b := newBroker(t, all(at("new")))
	fails(t, b, "ENOENT", "readdir", at("new"))
	fails(t, b, "ENOENT", "stat", at("new/x"))
	fails(t, b, "ENOENT", "writefile", at("new/x"), "x", "w", perm)
	must(t, b, "mkdir", at("new"), false, perm)
	must(t, b, "writefile", at("new/x"), "x", "w", perm)
	must(t, b, "mkdir", at("new/a/b"), true, perm)
	denied(t, b, "write", "mkdir", at("newer"), false, perm)

	// The granted path itself counts as inside.
	must(t, b, "unlink", at("new/x"))
	must(t, b, "rmdir", at("new/a/b"))
	must(t, b, "rmdir", at("new/a"))
	must(t, b, "rmdir", at("new"))
	absent(t, at("new"))
	must(t, b, "mkdir", at("new/a/b"), true, perm)
	must(t, b, "writefile", at("new/x"), "again", "w", perm)
	hasText(t, at("new/x"), "again")

	// The folders around it do not.
	b = newBroker(t, all(at("deep/er/est")))
	denied(t, b, "write", "mkdir", at("deep/er/est"), true, perm)
	fails(t, b, "ENOENT", "mkdir", at("deep/er/est"), false, perm)
	absent(t, at("deep"))

	b = newBroker(t, all(at("file")))
	must(t, b, "writefile", at("file"), "x", "w", perm)
	must(t, b, "rename", at("file"), at("file"))
	hasText(t, at("file"), "x")
}

func TestFolderIsReplaced(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"in/file": "old", "next/file": "new", "out/file": "secret"})
	at := func(name string) string { return filepath.Join(dir, name) }
	b := newBroker(t, all(at("in")))
	want := func(text string) {
		t.Helper()
		if got := read(t, b, at("in/file")); got != text {
			t.Errorf("read %q, want %q", got, text)
		}
	}
	want("old")
	move := func(from, to string) {
		t.Helper()
		if err := os.Rename(at(from), at(to)); err != nil {
			t.Fatal(err)
		}
	}
	move("in", "before")
	fails(t, b, "ENOENT", "readfile", at("in/file"))
	move("next", "in")
	want("new")
	move("in", "next")
	link(t, "out", at("in"))
	denied(t, b, "read", "readfile", at("in/file"))
	denied(t, b, "write", "writefile", at("in/file"), "x", "w", int64(0o666))
	if err := os.Remove(at("in")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at("in"), []byte("a file now"), 0o666); err != nil {
		t.Fatal(err)
	}
	fails(t, b, "ENOTDIR", "readfile", at("in/file"))
	if got := read(t, b, at("in")); got != "a file now" {
		t.Errorf("read %q", got)
	}
	must(t, b, "unlink", at("in"))
	must(t, b, "mkdir", at("in"), false, int64(0o777))
	must(t, b, "writefile", at("in/file"), "last", "w", int64(0o666))
	want("last")
	hasText(t, at("out/file"), "secret")
}

func TestMostSpecificGrant(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"a/x": "x", "a/b/y": "y", "a/b/up": "->../x"})
	at := func(name string) string { return filepath.Join(dir, name) }
	b := newBroker(t, Grants{Read: []string{dir, at("a/b"), at("a")}})
	for _, name := range []string{"a/x", "a/b/y", "a/b/up"} {
		must(t, b, "readfile", at(name))
	}
	g, _ := b.policy.reading.find(at("a/b/y"))
	if g.at.named != at("a/b") {
		t.Errorf("found %q", g.at.named)
	}
}

// A folder that may be searched and not listed is passed all the same.
func TestUnreadableFolderOnTheWay(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"closed/open/file": "text"})
	closed := filepath.Join(dir, "closed")
	if err := os.Chmod(closed, 0o311); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(closed, 0o755)
	for _, grant := range []string{dir, closed, filepath.Join(closed, "open")} {
		b := newBroker(t, all(grant))
		if got := read(t, b, filepath.Join(closed, "open/file")); got != "text" {
			t.Errorf("%s: read %q", grant, got)
		}
		must(t, b, "stat", filepath.Join(closed, "open", "file"))
		must(t, b, "readdir", filepath.Join(closed, "open"))
	}
}
