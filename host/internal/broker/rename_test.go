package broker

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRename(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"a/x": "x", "a/folder/y": "y", "b/": "", "out/z": "z", "a/link": "->x"})
	at := func(name string) string { return filepath.Join(dir, name) }
	b := newBroker(t, Grants{Read: []string{at("a"), at("b")}, Write: []string{at("a"), at("b")}})
	must(t, b, "rename", at("a/x"), at("a/x2"))
	must(t, b, "rename", at("a/x2"), at("b/x"))
	hasText(t, at("b/x"), "x")
	must(t, b, "rename", at("a/folder"), at("b/folder"))
	hasText(t, at("b/folder/y"), "y")
	must(t, b, "rename", at("a/link"), at("b/link"))
	if got := read(t, b, at("b/link")); got != "x" {
		t.Errorf("link: %q", got)
	}
	must(t, b, "writefile", at("a/new"), "new", "w", int64(0o666))
	must(t, b, "rename", at("a/new"), at("b/x"))
	hasText(t, at("b/x"), "new")

	for _, pair := range [][2]string{{"a/none", "out/z"}, {"b/x", "out/x"}, {"out/z", "a/z"}, {"b/x", "x"}, {"b/x", "b/../x"}, {"out/z", "out/y"}} {
		denied(t, b, "write", "rename", dir+"/"+pair[0], dir+"/"+pair[1])
	}
	hasText(t, at("b/x"), "new")
	hasText(t, at("out/z"), "z")
	absent(t, at("out/x"))
	absent(t, at("x"))

	// A granted path itself may be renamed, to a place that is granted.
	must(t, b, "rename", at("a"), at("b/a"))
	absent(t, at("a"))
	must(t, b, "rename", at("b/a"), at("a"))
}

func TestRenameMakesNothingReadable(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"w/secret": "secret", "w/folder/c/secret": "secret", "w/folder/d": "d", "w/pub/x": "x"})
	at := func(name string) string { return filepath.Join(dir, name) }
	b := newBroker(t, Grants{Read: []string{at("w/pub"), at("w/b/c"), at("other")}, Write: []string{at("w")}})
	d := denied(t, b, "read", "rename", at("w/secret"), at("w/pub/secret"))
	if !strings.Contains(d.Error(), "would make it readable") || !strings.Contains(d.Error(), "--allow-read="+at("w/secret")) {
		t.Errorf("%v", d)
	}
	denied(t, b, "read", "rename", at("w/folder"), at("w/pub/folder"))
	denied(t, b, "read", "rename", at("w/folder"), at("w/b")) // its c would be the granted w/b/c
	must(t, b, "rename", at("w/secret"), at("w/secret2"))
	must(t, b, "rename", at("w/pub/x"), at("w/pub/y"))
	must(t, b, "rename", at("w/pub/y"), at("w/y"))
	denied(t, b, "read", "rename", at("w/y"), at("w/pub/y"))
	if !b.policy.uneven {
		t.Error("the grants are uneven")
	}

	b = newBroker(t, Grants{Read: []string{at("w")}, Write: []string{at("w")}, DenyRead: []string{at("w/folder")}})
	denied(t, b, "read", "rename", at("w/folder/d"), at("w/d"))
	denied(t, b, "read", "rename", at("w/folder"), at("w/d"))
	if !b.policy.uneven {
		t.Error("the grants are uneven")
	}
	if newBroker(t, all(at("w"))).policy.uneven {
		t.Error("the grants are even")
	}
}

func TestRenameOfRoot(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := newBroker(t, all("/"))
	fails(t, b, "EBUSY", "rename", "/", filepath.Join(dir, "x"))
	fails(t, b, "EBUSY", "rename", dir, "/")
	for _, op := range []string{"rmdir", "unlink", "remove"} {
		fails(t, b, "EBUSY", op, "/")
	}
	fails(t, b, "EEXIST", "mkdir", "/", false, int64(0o777))
	must(t, b, "mkdir", "/", true, int64(0o777))
	must(t, b, "stat", "/")
	must(t, b, "lstat", "/")
	must(t, b, "readdir", "/")
}

func TestRenamesThatMayWidenWait(t *testing.T) {
	// Not parallel: it holds what other tests wait for.
	dir := tree(t, map[string]string{"w/pub/x": "x", "w/y": "y", "even/a": "a"})
	at := func(name string) string { return filepath.Join(dir, name) }
	uneven := newBroker(t, Grants{Read: []string{at("w/pub")}, Write: []string{at("w")}})
	even := newBroker(t, all(at("even")))
	result := make(chan error)
	moving.Lock()
	go func() {
		_, err := call(uneven, "rename", at("w/y"), at("w/z"))
		result <- err
	}()
	for range 20 { // these do not wait, and give the other one time to
		must(t, even, "rename", at("even/a"), at("even/b"))
		must(t, even, "rename", at("even/b"), at("even/a"))
	}
	err := os.Remove(at("w/y"))
	moving.Unlock()
	if err != nil {
		t.Error(err)
	}
	if err := <-result; !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a rename did not wait: %v", err)
	}
}
