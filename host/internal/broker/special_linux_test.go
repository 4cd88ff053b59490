package broker

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestKernelFileSystems(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"x": "x", "fd": "->/proc/self/fd", "me": "->/proc/self", "root": "->/proc/self/root"})
	at := func(name string) string { return filepath.Join(dir, name) }
	pid := os.Getpid()
	for _, g := range []Grants{all("/"), {Read: []string{"/proc", "/sys", "/dev", dir}, Write: []string{"/proc", "/sys", "/dev", dir}}} {
		b := newBroker(t, g)
		for _, path := range []string{
			"/proc/self/environ", "/proc/self/mem", "/proc/self/maps", "/proc/self/status", fmt.Sprintf("/proc/%d/environ", pid),
			fmt.Sprintf("/proc/%d/task/%d/mem", pid, pid), "/proc/version", "/proc/sys/kernel/hostname", "/proc/self/comm",
			"/sys/kernel/uevent_seqnum", "/sys/kernel/notes", "/proc/self/../version", "/dev/fd/0", at("me/environ"), at("me/mem"), at("fd/0"),
		} {
			refused(t, b, path)
		}
		for _, path := range []string{"/proc", "/sys", "/proc/self", "/proc/self/fd", "/sys/kernel", at("fd"), at("me")} {
			denied(t, b, "read", "readdir", path)
			denied(t, b, "read", "open", path, "r", int64(0))
		}
		denied(t, b, "write", "mkdir", "/sys/kernel/evil", false, int64(0o777))
		denied(t, b, "write", "rename", at("x"), "/proc/x")
	}
	// A link of the kernel's own is taken as its text.
	b := newBroker(t, Grants{Read: []string{"/"}, DenyRead: []string{at("x")}})
	denied(t, b, "read", "readfile", "/proc/self/root"+at("x"))
	denied(t, b, "read", "readfile", at("root")+at("x"))
}

func refused(t *testing.T, b *Broker, path string) {
	t.Helper()
	for _, op := range []string{"readfile", "stat", "lstat"} {
		if _, err := call(b, op, path); err == nil {
			t.Errorf("%s %s succeeded", op, path)
		} else if d, ok := err.(*DeniedError); ok && d.Reason == "" {
			t.Errorf("%s %s: %v", op, path, err)
		}
	}
	for _, mode := range []string{"r", "w", "a", "r+"} {
		if _, err := call(b, "open", path, mode, int64(0)); err == nil {
			t.Errorf("open %s %s succeeded", path, mode)
		}
	}
	if _, err := call(b, "writefile", path, "x", "w", int64(0)); err == nil {
		t.Errorf("writefile %s succeeded", path)
	}
	for _, op := range []string{"unlink", "rmdir"} {
		if _, err := call(b, op, path); err == nil {
			t.Errorf("%s %s succeeded", op, path)
		}
	}
}

// The kernel marks the path of what has been removed; a name may also be like that.
func TestRealPathOfRemoved(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"secret": "s", "odd (deleted)": "o", "gone (deleted)": "g", "many": "m"})
	if err := os.Link(filepath.Join(dir, "many"), filepath.Join(dir, "other")); err != nil {
		t.Fatal(err)
	}
	for name, remove := range map[string]bool{"secret": true, "odd (deleted)": false, "gone (deleted)": true, "many": true} {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if remove {
			if err := os.Remove(f.Name()); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := realPathOf(f); err != nil || got != f.Name() {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestRealPathByName(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"folder/file": "x", "link": "->folder", "other/file": "y"})
	root, err := openFolder(filepath.Join(dir, "link"))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	f, err := root.Open("file")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, err := realPathByName(f); err != nil || got != filepath.Join(dir, "folder/file") {
		t.Errorf("%q, %v", got, err)
	}
	if err := os.Remove(filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	link(t, "other", filepath.Join(dir, "link"))
	if got, err := realPathByName(f); err != errNowhere {
		t.Errorf("after a swap: %q, %v", got, err)
	}
}

func openFDs(t *testing.T, below string) (open []string) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if path, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && strings.HasPrefix(path, below) {
			open = append(open, path)
		}
	}
	return open
}

func TestEverythingIsClosed(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"a/x": "x", "a/folder/y": "y", "a/link": "->x", "a/out": "->../b", "b/z": "z"})
	at := func(name string) string { return filepath.Join(dir, name) }
	b := newBroker(t, Grants{Read: []string{at("a"), at("b/z")}, Write: []string{at("a")}, DenyRead: []string{at("a/folder")}})
	perm := int64(0o666)
	for _, c := range [][]any{
		{"open", at("a/x"), "r", perm}, {"open", at("a/new"), "w", perm}, {"open", at("a/none"), "r", perm}, {"open", at("a/folder/y"), "r", perm},
		{"open", at("a/out/z"), "r", perm}, {"open", at("a/out/y"), "r", perm}, {"readfile", at("a/link")}, {"readfile", at("a")}, {"writefile", at("a/n"), "x", "wx", perm},
		{"writefile", at("a/n"), "x", "wx", perm}, {"stat", at("a/x")}, {"stat", at("a/x/y")}, {"readdir", at("a")}, {"mkdir", at("a/k/l/m"), true, perm},
		{"rename", at("a/n"), at("a/k/n")}, {"rename", at("a/folder"), at("a/f")}, {"rename", at("a/x"), at("b/x")}, {"unlink", at("a/k/n")}, {"rmdir", at("a/k")}, {"tmpname"},
	} {
		call(b, c[0].(string), c[1:]...)
	}
	open := openFDs(t, dir)
	if len(open) != 5 { // three files, and the folder of each grant of a
		t.Errorf("open: %q", open)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if open := openFDs(t, dir); len(open) != 0 {
		t.Errorf("open after Close: %q", open)
	}
	for _, c := range [][]any{{"open", at("a/x"), "r", perm}, {"read", int64(1), int64(1)}, {"stat", at("a/x")}} {
		if _, err := call(b, c[0].(string), c[1:]...); err != ErrClosed {
			t.Errorf("%v after Close: %v", c, err)
		}
	}
}
