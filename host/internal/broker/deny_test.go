package broker

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDenyWins(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{
		"file": "text", "secret/key": "key", "secret/sub/deep": "deep",
		"link": "->secret", "keylink": "->secret/key", "chain": "->link/sub", "sub/up": "->../secret",
	})
	at := func(name string) string { return filepath.Join(dir, name) }
	link(t, at("secret"), at("absolute"))
	perm := int64(0o666)

	b := newBroker(t, Grants{Read: []string{dir}, Write: []string{dir}, DenyRead: []string{at("secret")}, DenyWrite: []string{at("secret")}})
	for _, name := range []string{"secret/key", "secret/sub/deep", "link/key", "keylink", "chain/deep", "sub/up/key", "absolute/key", "secret", "link", "sub/../secret/key"} {
		path := dir + "/" + name
		d := denied(t, b, "read", "readfile", path)
		if !strings.Contains(d.Error(), "--deny-read="+at("secret")) || d.Path != filepath.Clean(path) {
			t.Errorf("%s: %v", name, d)
		}
		denied(t, b, "read", "stat", path)
		denied(t, b, "read", "readdir", path)
		denied(t, b, "read", "open", path, "r+", perm)
		denied(t, b, "write", "open", path, "w", perm)
		denied(t, b, "write", "writefile", path, "x", "w", perm)
		denied(t, b, "write", "writefile", path, "x", "a", perm)
	}
	for _, name := range []string{"secret/new", "link/new", "sub/up/new", "absolute/new"} {
		denied(t, b, "write", "writefile", at(name), "x", "w", perm)
		denied(t, b, "write", "writefile", at(name), "x", "wx", perm)
		denied(t, b, "write", "mkdir", at(name), false, perm)
		denied(t, b, "write", "mkdir", at(name+"/x"), true, perm)
		denied(t, b, "write", "rename", at("file"), at(name))
	}
	for _, name := range []string{"secret/key", "link/key", "sub/up/key", "absolute/key", "secret", "secret/sub"} {
		for _, op := range []string{"unlink", "rmdir", "remove"} {
			denied(t, b, "write", op, at(name))
		}
		denied(t, b, "write", "rename", at(name), at("stolen"))
	}
	hasText(t, at("secret/key"), "key")
	hasText(t, at("secret/sub/deep"), "deep")
	absent(t, at("secret/new"))
	hasText(t, at("file"), "text")
	if got := read(t, b, at("file")); got != "text" {
		t.Errorf("file: %q", got)
	}

	// Denied for one access, the other stays.
	b = newBroker(t, Grants{Read: []string{dir}, Write: []string{dir}, DenyWrite: []string{at("secret")}})
	if got := read(t, b, at("link/key")); got != "key" {
		t.Errorf("link/key: %q", got)
	}
	denied(t, b, "write", "writefile", at("link/key"), "x", "w", perm)
	b = newBroker(t, Grants{Read: []string{dir}, Write: []string{dir}, DenyRead: []string{at("secret")}})
	denied(t, b, "read", "readfile", at("link/key"))
	denied(t, b, "read", "open", at("link/new"), "w+", perm)
	absent(t, at("secret/new"))
	must(t, b, "writefile", at("link/new"), "x", "w", perm)
	hasText(t, at("secret/new"), "x")

	// A grant that is more specific than the denied path changes nothing.
	b = newBroker(t, Grants{Read: []string{at("secret/sub")}, DenyRead: []string{at("secret")}})
	denied(t, b, "read", "readfile", at("secret/sub/deep"))
	// The grant of everything neither.
	b = newBroker(t, Grants{Read: []string{"/"}, DenyRead: []string{dir}})
	denied(t, b, "read", "readfile", at("file"))
	b = newBroker(t, Grants{Read: []string{"/"}, DenyRead: []string{"/"}})
	denied(t, b, "read", "readfile", at("file"))
}

func TestDeniedLink(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"real/key": "key", "name": "->middle", "middle": "->real", "open": "x"})
	at := func(name string) string { return filepath.Join(dir, name) }
	b := newBroker(t, Grants{Read: []string{dir}, Write: []string{dir}, DenyRead: []string{at("name/key")}})
	for _, name := range []string{"name/key", "middle/key", "real/key"} {
		denied(t, b, "read", "readfile", at(name))
	}
	// Neither the folder that holds it may be moved, nor the link that its
	// name goes through. One in the middle may, and it stays denied.
	denied(t, b, "read", "rename", at("real"), at("other"))
	denied(t, b, "read", "rename", at("name"), at("other"))
	denied(t, b, "read", "rename", at("real/key"), at("other"))
	must(t, b, "rename", at("middle"), at("other"))
	denied(t, b, "read", "readfile", at("real/key"))
	denied(t, b, "read", "readfile", at("other/key"))
	denied(t, b, "read", "rename", at("real"), at("moved"))
}

func TestDeniedThatIsMadeLater(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"sub/": "", "link": "->sub"})
	at := func(name string) string { return filepath.Join(dir, name) }
	b := newBroker(t, Grants{Read: []string{dir}, Write: []string{dir}, DenyWrite: []string{at("sub/x"), at("deep/er/x"), at("sub/later/new")}})
	perm := int64(0o777)
	for _, name := range []string{"sub/x", "link/x"} {
		denied(t, b, "write", "writefile", at(name), "x", "w", perm)
		denied(t, b, "write", "mkdir", at(name), false, perm)
		denied(t, b, "write", "mkdir", at(name+"/y"), true, perm)
	}
	absent(t, at("sub/x"))
	must(t, b, "mkdir", at("other"), false, perm)
	must(t, b, "mkdir", at("other/er"), false, perm)
	must(t, b, "writefile", at("other/er/x"), "planted", "w", perm)
	denied(t, b, "write", "rename", at("other"), at("deep"))
	must(t, b, "mkdir", at("deep"), false, perm)
	denied(t, b, "write", "rename", at("other/er"), at("deep/er"))
	denied(t, b, "write", "rmdir", at("deep"))
	absent(t, at("deep/er"))

	// It comes to be a link, made by somebody else.
	if err := os.WriteFile(at("target"), []byte("text"), 0o666); err != nil {
		t.Fatal(err)
	}
	link(t, "../target", at("sub/x"))
	denied(t, b, "write", "writefile", at("target"), "x", "w", perm)
	hasText(t, at("target"), "text")

	// A folder on the way to one that does not exist does.
	if err := os.Mkdir(at("elsewhere"), 0o777); err != nil {
		t.Fatal(err)
	}
	link(t, "../elsewhere", at("sub/later"))
	for _, name := range []string{"elsewhere/new", "sub/later/new", "link/later/new"} {
		denied(t, b, "write", "writefile", at(name), "x", "w", perm)
	}
	absent(t, at("elsewhere/new"))
}

func TestDeniedByAnotherName(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"secret": "secret"})
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.Link(at("secret"), at("second")); err != nil {
		t.Fatal(err)
	}
	b := newBroker(t, Grants{Read: []string{dir}, Write: []string{dir}, DenyRead: []string{at("secret")}})
	denied(t, b, "read", "readfile", at("second"))
	denied(t, b, "read", "rename", at("second"), at("third"))
}
