package broker

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLinksThatLeadOut(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{
		"out/secret": "secret", "out/folder/secret": "secret", "out/again": "->../in/file",
		"in/file": "text", "in/sub/x": "x",
		"in/relative": "->../out/secret", "in/folder": "->../out", "in/chain1": "->chain2", "in/chain2": "->sub/chain3", "in/sub/chain3": "->../../out/secret",
		"in/dangling": "->../out/none", "in/around": "->../out/again", "in/up": "->..",
	})
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	link(t, filepath.Join(out, "secret"), filepath.Join(in, "absolute"))
	link(t, out, filepath.Join(in, "absfolder"))
	link(t, "/", filepath.Join(in, "root"))
	b := newBroker(t, all(in))

	perm := int64(0o666)
	for _, name := range []string{
		"relative", "folder/secret", "chain1", "absolute", "absfolder/secret", "folder/folder/secret", "up/out/secret",
		"root" + out + "/secret", "dangling", "folder", "absfolder", "root/etc/passwd", "root/proc/self/environ",
	} {
		path := filepath.Join(in, name)
		for _, op := range []string{"readfile", "stat", "readdir"} {
			d := denied(t, b, "read", op, path)
			if d.Path != path || strings.Contains(d.Error(), "secret\" leads") {
				t.Errorf("%s %s: %v", op, name, d)
			}
		}
		for _, mode := range []string{"w", "a"} {
			denied(t, b, "write", "writefile", path, "overwritten", mode, perm)
		}
		for _, mode := range []string{"r", "r+", "w+", "a+"} {
			denied(t, b, "read", "open", path, mode, perm)
		}
	}
	for _, name := range []string{"folder/new", "absfolder/new", "folder/none/new", "up/new", "root" + out + "/new"} {
		path := filepath.Join(in, name)
		denied(t, b, "write", "mkdir", path, false, perm)
		denied(t, b, "write", "mkdir", path, true, perm)
		denied(t, b, "write", "writefile", path, "x", "w", perm)
		denied(t, b, "write", "writefile", path, "x", "wx", perm)
		denied(t, b, "write", "rename", filepath.Join(in, "file"), path)
	}
	for _, name := range []string{"folder/secret", "absfolder/secret", "folder/folder", "up/out"} {
		path := filepath.Join(in, name)
		for _, op := range []string{"unlink", "rmdir", "remove"} {
			denied(t, b, "write", op, path)
		}
		denied(t, b, "write", "rename", path, filepath.Join(in, "here"))
		denied(t, b, "read", "lstat", path)
	}
	hasText(t, filepath.Join(out, "secret"), "secret")
	hasText(t, filepath.Join(in, "file"), "text")
	absent(t, filepath.Join(out, "new"))
	absent(t, filepath.Join(out, "none"))
	absent(t, filepath.Join(dir, "new"))

	// Links themselves are entries of the granted folder.
	if s := must(t, b, "lstat", filepath.Join(in, "relative"))[0].(map[string]any); s["type"] != "link" {
		t.Errorf("lstat: %v", s["type"])
	}
	must(t, b, "rename", filepath.Join(in, "relative"), filepath.Join(in, "moved"))
	must(t, b, "unlink", filepath.Join(in, "moved"))
	hasText(t, filepath.Join(out, "secret"), "secret")
}

func TestLinksInside(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{
		"in/file": "text", "in/sub/x": "x", "other/y": "y",
		"in/relative": "->file", "in/folder": "->sub", "in/updown": "->sub/../file", "in/sub/up": "->../file", "in/later": "->sub/new",
		"in/toother": "->../other",
	})
	in := filepath.Join(dir, "in")
	link(t, filepath.Join(in, "file"), filepath.Join(in, "absolute"))
	link(t, filepath.Join(in, "sub"), filepath.Join(in, "absfolder"))
	b := newBroker(t, all(in))
	for name, want := range map[string]string{
		"relative": "text", "folder/x": "x", "updown": "text", "sub/up": "text", "absolute": "text", "absfolder/x": "x", "absfolder/up": "text",
	} {
		if got := read(t, b, filepath.Join(in, name)); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	// As in C, a file is made where a dangling link leads.
	must(t, b, "writefile", filepath.Join(in, "later"), "made", "w", int64(0o666))
	hasText(t, filepath.Join(in, "sub/new"), "made")
	must(t, b, "unlink", filepath.Join(in, "later"))
	hasText(t, filepath.Join(in, "sub/new"), "made")

	// A link to what another grant covers is no way out.
	denied(t, b, "read", "readfile", filepath.Join(in, "toother/y"))
	b = newBroker(t, Grants{Read: []string{in, filepath.Join(dir, "other")}})
	if got := read(t, b, filepath.Join(in, "toother/y")); got != "y" {
		t.Errorf("toother/y: %q", got)
	}
	// With both accesses, both have to cover where it leads.
	b = newBroker(t, Grants{Read: []string{filepath.Join(in, "sub")}, Write: []string{in}})
	denied(t, b, "read", "open", filepath.Join(in, "sub/up"), "r+", int64(0))
}

func TestGrantedLinks(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"data/file": "text", "data/single": "one", "elsewhere/file": "secret", "elsewhere/single": "secret", "link": "->data", "one": "->data/single"})
	at := func(name string) string { return filepath.Join(dir, name) }
	b := newBroker(t, all(at("link")))
	if got := read(t, b, at("link/file")); got != "text" {
		t.Errorf("through the link: %q", got)
	}
	if got := read(t, b, at("data/file")); got != "text" { // the same place by its real path
		t.Errorf("by the real path: %q", got)
	}
	if s := must(t, b, "lstat", at("link"))[0].(map[string]any); s["type"] != "link" {
		t.Errorf("lstat: %v", s["type"])
	}
	if s := must(t, b, "stat", at("link"))[0].(map[string]any); s["type"] != "directory" {
		t.Errorf("stat: %v", s["type"])
	}
	fails(t, b, "ENOTDIR", "rmdir", at("link"))

	one := newBroker(t, all(at("one")))
	if got := read(t, one, at("one")); got != "one" {
		t.Errorf("a granted link to a file: %q", got)
	}
	must(t, one, "writefile", at("one"), "two", "w", int64(0o666))
	hasText(t, at("data/single"), "two")
	denied(t, one, "read", "readfile", at("data/file"))

	// Where it leads was settled when the broker was made.
	for link, target := range map[string]string{"link": "elsewhere", "one": "elsewhere/single"} {
		if err := os.Remove(at(link)); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, at(link)); err != nil {
			t.Fatal(err)
		}
	}
	if got := read(t, b, at("link/file")); got != "text" {
		t.Errorf("after the link was changed: %q", got)
	}
	denied(t, one, "read", "readfile", at("one"))

	// The link itself is what was granted, and goes without its target.
	must(t, b, "unlink", at("link"))
	absent(t, at("link"))
	hasText(t, at("data/file"), "text")
}

// A link that a script moves to where a grant is must not widen the grant.
func TestLinkMovedOntoGrant(t *testing.T) {
	t.Parallel()
	for _, exists := range []bool{true, false} {
		dir := tree(t, map[string]string{"out/b/secret": "secret", "out/secret": "secret", "w/evil": "->../out", "w/evilfile": "->../out/secret"})
		at := func(name string) string { return filepath.Join(dir, name) }
		if exists {
			if err := os.MkdirAll(at("w/a/b"), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(at("w/f"), nil, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		b := newBroker(t, Grants{Read: []string{at("w/a/b"), at("w/f")}, Write: []string{at("w")}})
		if exists {
			must(t, b, "readdir", at("w/a/b")) // so that it is held
			must(t, b, "rename", at("w/a"), at("w/away"))
		}
		for old, new := range map[string]string{"evil": "a", "evilfile": "f"} {
			if err := os.Rename(at("w/"+old), at("w/"+new)); err != nil {
				t.Fatal(err)
			}
		}
		denied(t, b, "read", "readfile", at("w/a/b/secret"))
		denied(t, b, "read", "readdir", at("w/a/b"))
		denied(t, b, "read", "readfile", at("w/f"))
	}
}
