package host

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// nobodysAttacks are those of TestAttacksAsNobody if no others are asked for: the
// kinds that a user's rights and limits have to do with. The others are stopped
// by the VM, by clocks and by a signal to a child. Of floods and memory, which a
// limit stops that is the same for all of them, one in some stands for the others.
func nobodysAttacks(t *testing.T) string {
	all, err := attacks(attackDir)
	if err != nil {
		t.Fatal(err)
	}
	var names, long []string
	for _, a := range all {
		switch kind, _, _ := strings.Cut(a.mechanism, " / "); kind {
		case "escape", "protocol":
			names = append(names, regexp.QuoteMeta(a.name))
		case "flood", "memory":
			long = append(long, regexp.QuoteMeta(a.name))
		}
	}
	names = append(names, everyNth(long, nobodysStride, today())...)
	return "^(" + strings.Join(names, "|") + ")$"
}

// nobodysStride is how many attacks on memory and floods there are for each that
// nobody runs; others each day.
const nobodysStride = 4

// nobody is who TestAttacksAsNobody runs the attacks as.
const nobody = 65534

// None of the protections needs a privilege: the attacks fail for a user that has
// none as well. Their controls are TestAttacks' own.
func TestAttacksAsNobody(t *testing.T) {
	// Not parallel, for the same reasons as TestAttacks.
	if os.Getuid() != 0 {
		t.Skipf("this is user %d, as whom TestAttacks has run already: only root can become somebody else", os.Getuid())
	}
	if raceDetector {
		t.Skip("builds without the race detector run it: what it is about does not depend on that")
	}
	dir := t.TempDir()
	// What t.TempDir makes it in is root's alone.
	for _, d := range []string{filepath.Dir(dir), dir} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	tmp, work := filepath.Join(dir, "tmp"), filepath.Join(dir, "host")
	for path, mode := range map[string]fs.FileMode{tmp: 0o777 | fs.ModeSticky, work: 0o755} {
		if err := os.Mkdir(path, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	binary := filepath.Join(work, "host.test")
	program, err := os.ReadFile(exe)
	if err == nil {
		err = os.WriteFile(binary, program, 0o755)
	}
	if err == nil {
		err = os.CopyFS(filepath.Join(dir, "scripts", "attacks"), os.DirFS(attackDir))
	}
	if err != nil {
		t.Fatal(err)
	}
	filter := *attackFilter
	if filter == "" {
		filter = nobodysAttacks(t)
	}
	cmd := exec.CommandContext(t.Context(), binary,
		"-test.run=^TestAttacks$", "-test.v", "-attack-controls=0",
		"-attacks="+filter, "-attack-parallel="+strconv.Itoa(*attackWorkers), "-attack-slack="+attackSlack.String())
	cmd.Dir = work
	cmd.Env = []string{"HOME=" + tmp, "TMPDIR=" + tmp, "PATH=" + os.Getenv("PATH")}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Credential: &syscall.Credential{Uid: nobody, Gid: nobody},
		Pdeathsig:  syscall.SIGKILL,
	}
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("as user %d: %v\n%s", nobody, err, out)
		return
	}
	t.Logf("as user %d: %s", nobody, out)
}
