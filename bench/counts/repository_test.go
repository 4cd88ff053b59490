package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// commits makes a repository with a commit for each message. Each changes host/file.
func commits(t *testing.T, messages ...string) repository {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip(err)
	}
	r := repository{t.TempDir()}
	git := func(args ...string) {
		cmd := exec.Command("git", append([]string{"-c", "user.name=Ada", "-c", "user.email=ada@example.test", "-c", "commit.gpgsign=false"}, args...)...)
		cmd.Dir = r.folder
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %q: %v\n%s", args, err, out)
		}
	}
	git("init", "-q", "-b", "main")
	for _, message := range messages {
		r.write(t, "host/file", message)
		git("add", ".")
		git("commit", "-q", "-m", message)
	}
	return r
}

func (r repository) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(r.folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// The commit before is what is compared with, or HEAD if there are changes.
func TestBase(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	r := commits(t, "first", "second")
	is := func(against, want string) {
		t.Helper()
		commit, why, err := r.base(ctx, against)
		if err != nil || commit == "" || !strings.Contains(r.describe(ctx, commit), want) {
			t.Errorf("it is %s %q, %v", commit, why, err)
		}
	}
	is("", "first")
	is("HEAD", "second")
	r.write(t, "README.md", "is not counted")
	is("", "first")
	r.write(t, "host/new", "is")
	is("", "second")
	if _, _, err := r.base(ctx, "nowhere"); err == nil || !strings.Contains(err.Error(), `"nowhere"`) {
		t.Errorf("the error is %v", err)
	}
}

// Where there is nothing to compare with that is told, and is no error.
func TestNoBase(t *testing.T) {
	t.Parallel()
	whole := commits(t, "first", "second")
	shallow := repository{filepath.Join(t.TempDir(), "shallow")}
	if out, err := exec.Command("git", "clone", "-q", "--depth", "1", "file://"+whole.folder, shallow.folder).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, test := range map[string]struct {
		repository
		want string
	}{
		"shallow":       {shallow, "shallow"},
		"one commit":    {commits(t, "first"), "is not here"},
		"no commit":     {commits(t), "no Git repository with a commit"},
		"no repository": {repository{t.TempDir()}, "no Git repository"},
	} {
		if commit, why, err := test.base(t.Context(), ""); commit != "" || err != nil || !strings.Contains(why, test.want) {
			t.Errorf("%s: it is %q, %q, %v", name, commit, why, err)
		}
	}
}

func TestSame(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	r := commits(t, "first", "second")
	is := func(commit string, want bool) {
		t.Helper()
		if same, err := r.same(ctx, commit, counted); err != nil || same != want {
			t.Errorf("of %s it is %v, %v", commit, same, err)
		}
	}
	is("HEAD~1", false)
	is("HEAD", true)
	r.write(t, "docs/page.md", "is not counted")
	is("HEAD", true)
	r.write(t, "host/new", "is")
	is("HEAD", false)
}

func TestReasons(t *testing.T) {
	t.Parallel()
	r := commits(t, "first\n\nCounts: before the base", "second\n\nIt does more.\n\nCounts: each call is\n  written down", "third\n\nNo word of Counts: here.")
	reasons, err := r.reasons(t.Context(), "HEAD~2")
	if err != nil || len(reasons) != 1 || reasons[0] != "each call is written down" {
		t.Errorf("they are %q, %v", reasons, err)
	}
}

func TestExtract(t *testing.T) {
	t.Parallel()
	r := commits(t, "first", "second")
	folder := filepath.Join(t.TempDir(), "tree")
	if err := r.extract(t.Context(), "HEAD~1", folder); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(folder, "host", "file")); string(b) != "first" {
		t.Errorf("the file has %q, %v", b, err)
	}
	if err := r.extract(context.Background(), "nowhere", folder); err == nil {
		t.Error("a commit that is not there has files")
	}
}
