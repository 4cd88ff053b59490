package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A comparison is of the tree in folder with a commit.
type comparison struct {
	folder  string // the top of the repository
	work    string // for what is built
	against string
	runs    int
	out     io.Writer
}

// counted are the folders and files that what is counted is made of.
var counted = []string{"child", "host", "js", "lua", "wire", "go.mod", "go.sum", "bench/go.mod", "bench/counts"}

func (c *comparison) run(ctx context.Context) error {
	git := repository{c.folder}
	base, why, err := git.base(ctx, c.against)
	if err != nil {
		return err
	}
	if base == "" {
		fmt.Fprintf(c.out, "nothing is compared: %s\n", why)
	} else if same, err := git.same(ctx, base, counted); err != nil {
		return err
	} else if same {
		fmt.Fprintf(c.out, "nothing that is counted differs from %s\n", git.describe(ctx, base))
		return nil
	}
	now, err := c.build(ctx, c.folder, "now")
	if err != nil {
		return err
	}
	sources := []*source{{program: now}}
	if base != "" {
		before, err := c.older(ctx, git, base)
		if err != nil {
			return err
		}
		if before == "" {
			base = ""
		} else {
			sources = append(sources, &source{program: before})
		}
	}
	m := &meter{work: c.work, runs: c.runs, out: c.out}
	if err := m.measure(ctx, sources); err != nil {
		return err
	}
	if base == "" {
		return writeTable(c.out, sources[0].counts, nil)
	}
	fmt.Fprintf(c.out, "compared with %s\n", git.describe(ctx, base))
	if err := writeTable(c.out, sources[0].counts, sources[1].counts); err != nil {
		return err
	}
	risen := rises(sources[1].counts, sources[0].counts)
	if len(risen) == 0 {
		fmt.Fprintln(c.out, "nothing has risen")
		return nil
	}
	reasons, err := git.reasons(ctx, base)
	if err != nil {
		return err
	}
	if len(reasons) > 0 {
		fmt.Fprintf(c.out, "%s\nwanted: %s\n", strings.Join(risen, "\n"), strings.Join(reasons, "; "))
		return nil
	}
	return fmt.Errorf("counts have risen:\n%s\nif that is wanted, say why at the end of the commit's message: \"Counts: reason\"", strings.Join(risen, "\n"))
}

// build builds the scenarios of a tree.
func (c *comparison) build(ctx context.Context, tree, name string) (string, error) {
	program := filepath.Join(c.work, name)
	cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", program, "./counts/scenarios")
	cmd.Dir = filepath.Join(tree, "bench")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s in %s: %w\n%s", strings.Join(cmd.Args, " "), cmd.Dir, err, out)
	}
	return program, nil
}

// older builds the scenarios of this tree with the packages of a commit. If that cannot
// be, it says so and returns "": what the scenarios need may not have been there yet.
func (c *comparison) older(ctx context.Context, git repository, base string) (string, error) {
	tree := filepath.Join(c.work, "tree")
	if err := git.extract(ctx, base, tree); err != nil {
		return "", err
	}
	theirs := filepath.Join(tree, "bench", "counts")
	if err := os.RemoveAll(theirs); err != nil {
		return "", err
	}
	if err := os.CopyFS(theirs, os.DirFS(filepath.Join(c.folder, "bench", "counts"))); err != nil {
		return "", err
	}
	program, err := c.build(ctx, tree, "before")
	if err != nil && ctx.Err() == nil && errors.As(err, new(*exec.ExitError)) {
		fmt.Fprintf(c.out, "nothing is compared: what is counted now cannot be built of %s: %v\n", git.describe(ctx, base), err)
		return "", nil
	}
	return program, err
}
