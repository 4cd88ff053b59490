package main

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

var release = flag.Bool("release", false, "have goreleaser check .goreleaser.yaml, which takes minutes to build")

// root is the folder of the repository.
const root = "../.."

// goreleaser is the version that .goreleaser.yaml is for.
const goreleaser = "github.com/goreleaser/goreleaser/v2@v2.17.0"

// Every path that .goreleaser.yaml names is there.
func TestReleaseFiles(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, ".goreleaser.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	// A main of another module is below the module's folder.
	text = regexp.MustCompile(`(?m)^( +)dir: (\S+)\n +main: \./`).ReplaceAll(text, []byte("${1}main: ./${2}/"))
	paths := regexp.MustCompile(`(?m)(?:\bsrc: |^ +main: )"?([^\s",]+)"?`).FindAllStringSubmatch(string(text), -1)
	if len(paths) < 10 {
		t.Fatalf("there are %d paths", len(paths))
	}
	for _, path := range paths {
		if strings.HasPrefix(path[1], ".release/") {
			continue // which its hooks make
		}
		if found, err := filepath.Glob(filepath.Join(root, path[1])); err != nil || len(found) == 0 {
			t.Errorf("there is nothing at %s (%v)", path[1], err)
		}
	}
	for _, page := range []string{"docs/INSTALL.md", "CONTRIBUTING.md"} {
		if text, err := os.ReadFile(filepath.Join(root, page)); err != nil || !strings.Contains(string(text), "-release") {
			t.Errorf("%s does not tell of the flag -release (%v)", page, err)
		}
	}
}

// goreleaser finds nothing wrong. It looks at a clone, the remote of which is a place where
// there can be releases, and is not asked for anything.
func TestGoreleaser(t *testing.T) {
	t.Parallel()
	if !*release {
		t.Skip("it fetches and builds goreleaser, which takes minutes the first time: it is run with -release")
	}
	clone := filepath.Join(t.TempDir(), "clone")
	for _, args := range [][]string{
		{"clone", "--quiet", "--depth=1", "file://" + absPath(t, root), clone},
		{"-C", clone, "remote", "set-url", "origin", "https://github.com/example/scripthost.git"},
	} {
		if out, err := exec.Command("git", args...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	text, err := os.ReadFile(filepath.Join(root, ".goreleaser.yaml")) // as it is now
	if err == nil {
		err = os.WriteFile(filepath.Join(clone, ".goreleaser.yaml"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "run", goreleaser, "check")
	cmd.Dir = clone
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// A dockerStep is an instruction of a Dockerfile.
type dockerStep struct{ name, args string }

// dockerSteps are those of a Dockerfile, lines that go on being one.
func dockerSteps(text string) []dockerStep {
	var steps []dockerStep
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", "")) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		name, args, _ := strings.Cut(line, " ")
		steps = append(steps, dockerStep{name, strings.TrimSpace(args)})
	}
	return steps
}

// The steps of the Dockerfile build what its image has, in folders of a test in place of
// those of a container: /src is the repository, and /out is empty.
func TestDockerfile(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the steps are for a shell of Unix")
	}
	text, err := os.ReadFile(filepath.Join(root, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	src, out := absPath(t, root), t.TempDir()
	here := strings.NewReplacer("/src", src, "/out", out).Replace
	base := ""                // that the stage is made from
	var image map[string]bool // what the last stage has
	ran, entry := 0, ""
	for _, step := range dockerSteps(string(text)) {
		words := strings.Fields(step.args)
		switch step.name {
		case "FROM":
			base, image = words[0], map[string]bool{}
			version, isGo := strings.CutPrefix(base, "golang:")
			if isGo && !regexp.MustCompile(`(?m)^go `+regexp.QuoteMeta(version)+`(\.|$)`).Match(mod) {
				t.Errorf("%s has another version of Go than go.mod", base)
			}
		case "COPY":
			from, of := words[:len(words)-1], src
			for strings.HasPrefix(from[0], "--") {
				if strings.HasPrefix(from[0], "--from=build") {
					of = ""
				}
				from = from[1:]
			}
			for _, path := range from {
				if strings.HasPrefix(path, "/etc/") {
					continue // of the image that it is built in
				}
				path = filepath.Join(of, here(path))
				info, err := os.Stat(path)
				if err != nil {
					if of == "" && path == "/empty" {
						continue // an earlier step has made it
					}
					t.Errorf("COPY %s: %v", step.args, err)
					continue
				}
				if base != "scratch" || !info.IsDir() {
					continue
				}
				files, err := os.ReadDir(path)
				if err != nil || len(files) == 0 {
					t.Errorf("COPY %s copies nothing (%v)", step.args, err)
				}
				for _, f := range files {
					image[words[len(words)-1]+f.Name()] = true
				}
			}
		case "RUN":
			if base == "scratch" {
				t.Errorf("RUN %s: the image has no shell", step.args)
			}
			if strings.HasSuffix(step.args, "mod download") {
				continue // they are there, or the test would not have been built
			}
			if base == "build" {
				continue // of the fleet, whose module is built where its own tests are
			}
			ran++
			cmd := exec.Command("sh", "-c", here(step.args))
			cmd.Dir = src
			// In a checkout that is none there are no data on versions.
			if _, err := os.Stat(filepath.Join(src, ".git")); err != nil {
				cmd.Args[2] = strings.ReplaceAll(cmd.Args[2], "-buildvcs=true", "-buildvcs=auto")
			}
			if text, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("RUN %s: %v\n%s", step.args, err, text)
			}
		case "USER":
			if !regexp.MustCompile(`^[1-9]\d*:[1-9]\d*$`).MatchString(step.args) {
				t.Errorf("USER %s is not a number, which an image without /etc/passwd needs, of somebody else than root", step.args)
			}
		case "ENV":
			if words[0] != "PATH=/usr/local/bin" {
				t.Errorf("ENV %s: where are the executables?", step.args)
			}
		case "ENTRYPOINT":
			if entry = strings.Trim(step.args, `[]"`); entry != "runner" && entry != "runner-fleet" {
				t.Errorf("ENTRYPOINT %s", step.args)
			}
		case "VOLUME":
			if step.args != "/data" {
				t.Errorf("VOLUME %s", step.args)
			}
		case "CMD":
			if entry != "runner" {
				continue
			}
			if text, err := exec.Command(filepath.Join(out, "runner"), strings.Trim(step.args, `[]"`)).CombinedOutput(); err != nil {
				t.Errorf("CMD %s: %v\n%s", step.args, err, text)
			}
		case "WORKDIR":
		default:
			t.Errorf("%s %s: say here what is to be tested of it", step.name, step.args)
		}
	}
	if ran == 0 {
		t.Error("nothing was built")
	}
	for _, name := range []string{"runner", "runner-worker-lua", "runner-worker-js"} {
		if !image["/usr/local/bin/"+name] {
			t.Errorf("the image has no %s: %v", name, image)
		}
	}
}

func absPath(t *testing.T, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}
