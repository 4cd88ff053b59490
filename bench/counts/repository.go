package main

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A repository is the folder that its tree is in.
type repository struct{ folder string }

func (r repository) git(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = r.folder
	out, err := cmd.Output()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		err = fmt.Errorf("git %s: %w\n%s", strings.Join(args, " "), err, exit.Stderr)
	}
	return strings.TrimSpace(string(out)), err
}

// base returns the commit to compare with. Without one it says why.
func (r repository) base(ctx context.Context, against string) (commit, why string, err error) {
	if against != "" {
		commit, err := r.git(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", against+"^{commit}")
		if err != nil {
			return "", "", fmt.Errorf("-against: there is no commit %q here: %w", against, err)
		}
		return commit, "", nil
	}
	if _, err := r.git(ctx, "rev-parse", "--verify", "--quiet", "HEAD"); err != nil {
		return "", "this is no Git repository with a commit, or there is no Git", ctx.Err()
	}
	changed, err := r.git(ctx, append([]string{"status", "--porcelain", "--"}, counted...)...)
	if err != nil {
		return "", "", err
	}
	name := "HEAD~1"
	if changed != "" {
		name = "HEAD"
	}
	commit, err = r.git(ctx, "rev-parse", "--verify", "--quiet", name+"^{commit}")
	if err != nil {
		return "", "the commit before HEAD is not here (is the clone shallow?)", ctx.Err()
	}
	return commit, "", nil
}

// same reports whether the tree has the same in paths as a commit.
func (r repository) same(ctx context.Context, commit string, paths []string) (bool, error) {
	changed, err := r.git(ctx, append([]string{"diff", "--name-only", commit, "--"}, paths...)...)
	if err != nil {
		return false, err
	}
	added, err := r.git(ctx, append([]string{"ls-files", "--others", "--exclude-standard", "--"}, paths...)...)
	return changed+added == "", err
}

// describe is a commit's short name and its first line.
func (r repository) describe(ctx context.Context, commit string) string {
	if text, err := r.git(ctx, "log", "-1", "--format=%h (%s)", commit); err == nil {
		return text
	}
	return commit
}

// reasons are what the commits after base say of rises.
func (r repository) reasons(ctx context.Context, base string) ([]string, error) {
	out, err := r.git(ctx, "log", "--format=%(trailers:key=Counts,valueonly,unfold)", base+"..HEAD")
	var reasons []string
	for line := range strings.Lines(out) {
		if line = strings.TrimSpace(line); line != "" {
			reasons = append(reasons, line)
		}
	}
	return reasons, err
}

// extract writes the files of a commit into a new folder.
func (r repository) extract(ctx context.Context, commit, folder string) (err error) {
	cmd := exec.CommandContext(ctx, "git", "archive", "--format=tar", commit)
	cmd.Dir = r.folder
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	unpacked := unpack(tar.NewReader(out), folder)
	_, drained := io.Copy(io.Discard, out)
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("git archive %s: %w\n%s", commit, err, stderr.String())
	}
	return errors.Join(unpacked, drained)
}

func unpack(t *tar.Reader, folder string) error {
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		path := filepath.Join(folder, filepath.FromSlash(h.Name))
		switch h.Typeflag {
		case tar.TypeDir:
			err = os.MkdirAll(path, 0o777)
		case tar.TypeReg:
			err = unpackFile(t, path)
		}
		// What is no file or folder is not built.
		if err != nil {
			return err
		}
	}
}

func unpackFile(t *tar.Reader, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, t)
	return errors.Join(err, f.Close())
}
