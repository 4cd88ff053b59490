//go:build unix

package broker

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

func TestSpecialFiles(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"pipelink": "->pipe"})
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := syscall.Mkfifo(at("pipe"), 0o666); err != nil {
		t.Fatal(err)
	}
	// Names of sockets are short, and a test's folder may not be.
	short, err := os.MkdirTemp("", "b")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(short)
	socket, err := net.Listen("unix", filepath.Join(short, "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()

	b := newBroker(t, all("/"))
	perm := int64(0o666)
	for path, kind := range map[string]string{
		at("pipe"): "fifo", at("pipelink"): "fifo", filepath.Join(short, "s"): "socket", "/dev/null": "device", "/dev/zero": "device",
	} {
		for _, mode := range []string{"r", "r+", "w+", "a+"} {
			d := denied(t, b, "read", "open", path, mode, perm)
			if !strings.Contains(d.Error(), "it is a "+kind) {
				t.Errorf("%v", d)
			}
		}
		for _, mode := range []string{"w", "a"} {
			denied(t, b, "write", "open", path, mode, perm)
			denied(t, b, "write", "writefile", path, "x", mode, perm)
		}
		denied(t, b, "read", "readfile", path)
		denied(t, b, "read", "readdir", path)
		if s := must(t, b, "stat", path)[0].(map[string]any); s["type"] != kind {
			t.Errorf("%s: %v", path, s["type"])
		}
		// Nor do they hang where a folder is expected.
		fails(t, b, "ENOTDIR", "stat", path+"/x")
		fails(t, b, "ENOTDIR", "mkdir", path+"/x", true, perm)
		fails(t, b, "ENOTDIR", "readfile", path+"/x/y")
	}
	// The same where the granted path itself is one.
	b = newBroker(t, all(at("pipe")))
	denied(t, b, "read", "readfile", at("pipe"))
	fails(t, b, "ENOTDIR", "stat", at("pipe/x"))
	must(t, b, "unlink", at("pipe"))
	absent(t, at("pipe"))
}

// A pipe that takes a file's place after it was looked at is neither waited for
// nor used.
func TestPipeInPlaceOfFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(path, 0o666); err != nil {
		t.Fatal(err)
	}
	b := newBroker(t, all(dir))
	f, err := os.OpenFile(path, os.O_RDONLY|openFlags, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, ok := b.confirmOpen(f, reading, path).(*DeniedError); !ok {
		t.Error("a pipe was taken")
	}
}

// No file of a script's is a pipe, a socket or a device, and looking for one does
// not wait.
func TestSpecialModules(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"link.lua": "->pipe.lua", "folder/x.lua": "x"})
	for _, name := range []string{"pipe.lua", "folder/pipe"} {
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	b := newBroker(t, Grants{Modules: []string{"/dev", "/proc"}}, ownFiles(".", dir))
	for name, says := range map[string]string{
		"pipe.lua": "it is a fifo", "link.lua": "it is a fifo", "/dev/null": "it is a device", "/dev/zero": "it is a device", "/proc/self/environ": "proc file system",
	} {
		var d *DeniedError
		if out, err := firstModule(b, name, "folder/x.lua"); !errors.As(err, &d) || !strings.Contains(d.Error(), says) && runtime.GOOS == "linux" {
			t.Errorf("%s: %v, %v", name, out, err)
		}
	}
	if out, err := firstModule(b, "folder/pipe/x.lua", "folder/x.lua"); err != nil || len(out) != 2 {
		t.Errorf("%v, %v", out, err)
	}
	if err := os.Chmod(filepath.Join(dir, "folder/x.lua"), 0); err != nil {
		t.Fatal(err)
	}
	var f *FileError
	if out, err := firstModule(b, "folder/x.lua"); os.Getuid() != 0 && (!errors.As(err, &f) || f.Code() != "EACCES") {
		t.Errorf("a file that cannot be read: %v, %v", out, err)
	}
}

func TestHardLinks(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"out": "text", "in/": ""})
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.Link(at("out"), at("in/file")); err != nil {
		t.Fatal(err)
	}
	b := newBroker(t, all(at("in")))
	if got := read(t, b, at("in/file")); got != "text" {
		t.Errorf("read %q", got)
	}
	perm := int64(0o666)
	for _, mode := range []string{"w", "a", "r+", "w+", "a+"} {
		d := denied(t, b, "write", "open", at("in/file"), mode, perm)
		if !strings.Contains(d.Error(), "2 names") {
			t.Errorf("%v", d)
		}
	}
	denied(t, b, "write", "writefile", at("in/file"), "x", "w", perm)
	hasText(t, at("out"), "text")
	must(t, b, "writefile", at("in/new"), "new", "w", perm)
	must(t, b, "rename", at("in/new"), at("in/file"))
	hasText(t, at("out"), "text")
	hasText(t, at("in/file"), "new")
	must(t, b, "writefile", at("in/file"), "more", "w", perm)
}
