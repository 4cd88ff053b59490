package sandbox_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"scripthost.example/child/sandbox"
)

// nobody is a user without privileges, by the kernel's and everyone's habit.
const nobody = 65534

// asNobody has cmd run without privileges. Only root can do that.
func asNobody(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can become somebody else; the other tests ran without privileges already")
	}
	cmd.Path = "/proc/self/exe" // its folder may be closed to others
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}

// needAll skips a test where the machine does not offer every layer.
func needAll(t testing.TB) {
	t.Helper()
	for _, l := range sandbox.Probe() {
		if !l.Available && !(raceEnabled && strings.HasPrefix(l.Name, "rlimit-")) {
			t.Skipf("this machine does not offer %s: %s", l.Name, l.Detail)
		}
	}
}

// full asks for all there is.
var full = sandbox.Config{Mode: sandbox.Strict, Memory: 256 << 20, CPU: time.Minute}

// everything is what is then in force.
func everything() []string {
	names := strings.Fields("max-stack soft-memory no-new-privs descriptors rlimit-core rlimit-fsize rlimit-nofile rlimit-cpu rlimit-data rlimit-as landlock not-dumpable seccomp self-test")
	if raceEnabled {
		names = slices.DeleteFunc(names, func(n string) bool { return n == "rlimit-data" || n == "rlimit-as" })
	}
	return names
}

func roleNames(o *options) {
	inForce := o.apply()
	if _, err := sandbox.Apply(o.Config); err == nil || !strings.Contains(err.Error(), "only once") {
		fmt.Fprintln(os.Stderr, "the second Apply returned", err)
		os.Exit(exitBroken)
	}
	report(inForce)
}

func TestInForce(t *testing.T) {
	t.Parallel()
	needAll(t)
	without := func(names ...string) []string {
		return slices.DeleteFunc(everything(), func(n string) bool { return slices.Contains(names, n) })
	}
	for _, c := range []struct {
		name string
		cfg  sandbox.Config
		want []string
	}{
		{"strict", full, everything()},
		{"best effort", sandbox.Config{Mode: sandbox.BestEffort, Memory: 256 << 20, CPU: time.Minute}, everything()},
		{"no numbers", sandbox.Config{Mode: sandbox.Strict}, without("soft-memory", "rlimit-data", "rlimit-as", "rlimit-cpu")},
		{"off", sandbox.Config{Mode: sandbox.Off}, []string{"max-stack"}},
		{"off, with limits", sandbox.Config{Mode: sandbox.Off, Memory: 256 << 20, CPU: time.Minute},
			without("no-new-privs", "descriptors", "rlimit-core", "rlimit-fsize", "rlimit-nofile", "landlock", "not-dumpable", "seccomp", "self-test")},
		{"some left out", sandbox.Config{Mode: sandbox.Strict, Memory: 256 << 20, CPU: time.Minute, Without: []string{"landlock", "rlimit-cpu"}}, without("landlock", "rlimit-cpu")},
	} {
		for _, user := range []string{"me", "nobody"} {
			t.Run(c.name+" as "+user, func(t *testing.T) {
				t.Parallel()
				cmd := child(t, "names", options{Config: c.cfg})
				if user == "nobody" {
					asNobody(t, cmd)
				}
				var got []string
				ask(t, cmd, &got)
				if !slices.Equal(got, c.want) {
					t.Errorf("in force are\n%q\nwant\n%q", got, c.want)
				}
			})
		}
	}
}

// The attribute is every thread's, whichever layer takes it there.
func TestNoNewPrivs(t *testing.T) {
	t.Parallel()
	needAll(t)
	for _, without := range [][]string{
		{"seccomp", "self-test", "landlock", "not-dumpable"},
		{"seccomp", "self-test", "not-dumpable"},
	} {
		t.Run(strings.Join(without, " "), func(t *testing.T) {
			t.Parallel()
			o := options{Config: full}
			o.Config.Without = without
			var got []string
			ask(t, child(t, "privs", o), &got)
			// The runtime has its monitor's thread beside the main one.
			if len(got) < 2 || slices.ContainsFunc(got, func(s string) bool { return s != "1" }) {
				t.Errorf("the threads' NoNewPrivs are %q", got)
			}
		})
	}
}

func rolePrivs(o *options) {
	// It is opened before, as Landlock does not let it be later.
	files, err := filepath.Glob("/proc/self/task/*/status")
	if err != nil {
		panic(err)
	}
	var open []*os.File
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			panic(err)
		}
		open = append(open, f)
		o.Config.Keep = append(o.Config.Keep, int(f.Fd()))
	}
	o.apply()
	var values []string
	for _, f := range open {
		var buf [8192]byte
		n, err := f.ReadAt(buf[:], 0)
		if n == 0 {
			panic(err)
		}
		_, rest, _ := strings.Cut(string(buf[:n]), "NoNewPrivs:")
		value, _, _ := strings.Cut(rest, "\n")
		values = append(values, strings.TrimSpace(value))
	}
	report(values)
}

// No descriptor is left that was not kept, and no number of one changes owners.
func TestDescriptors(t *testing.T) {
	t.Parallel()
	for _, bare := range []bool{true, false} {
		t.Run(fmt.Sprintf("bare %v", bare), func(t *testing.T) {
			t.Parallel()
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			defer w.Close()
			cmd := child(t, "files", options{Bare: bare, Config: sandbox.Config{Mode: sandbox.Strict, Keep: []int{3}, Without: []string{"landlock", "seccomp", "self-test", "not-dumpable"}}})
			cmd.ExtraFiles = []*os.File{w, w}
			var got findings
			ask(t, cmd, &got)
			if !got.Kept {
				t.Error("descriptor 3 is not open")
			}
			if got.Inherited != bare {
				t.Errorf("descriptor 4, which was inherited, is open: %v", got.Inherited)
			}
			if got.Own != bare {
				t.Errorf("the program's own file is readable: %v", got.Own)
			}
			if len(got.Cgroup) > 0 && !bare {
				t.Errorf("files are open: %q", got.Cgroup)
			}
			if got.Poller != nil {
				t.Errorf("a pipe with a deadline: %v", got.Poller)
			}
			if limit := got.NoFile; !bare && limit > 64 {
				t.Errorf("%d descriptors may be open", limit)
			}
		})
	}
}

type findings struct {
	Kept, Inherited, Own bool
	Cgroup               []string
	NoFile               uint64
	Poller               any
}

func roleFiles(o *options) {
	// A pipe has the runtime make its poller.
	r, w, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	o.Config.Keep = append(o.Config.Keep, int(r.Fd()), int(w.Fd()))
	// Fd made them block.
	unix.SetNonblock(int(r.Fd()), true)
	own, err := os.Open("/proc/self/stat")
	if err != nil {
		panic(err)
	}
	o.apply()
	var f findings
	isOpen := func(fd int) bool {
		_, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		return err == nil
	}
	f.Kept, f.Inherited = isOpen(3), isOpen(4)
	_, err = own.ReadAt(make([]byte, 1), 0)
	f.Own = err == nil
	own.Close()
	for fd := 5; fd < 64; fd++ {
		var st unix.Stat_t
		if unix.Fstat(fd, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFREG {
			f.Cgroup = append(f.Cgroup, fmt.Sprint(fd))
		}
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		panic(err)
	}
	f.NoFile = limit.Max
	r.SetReadDeadline(time.Unix(1, 0))
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, os.ErrNoDeadline) {
		f.Poller = fmt.Sprint(err)
	}
	report(f)
}

func TestKeepHasToBeOpen(t *testing.T) {
	t.Parallel()
	_, err := sandbox.Apply(sandbox.Config{Mode: sandbox.BestEffort, Keep: []int{1 << 20}})
	if err == nil || !strings.Contains(err.Error(), "file descriptor 1048576, which is to be kept, is not open") {
		t.Errorf("Apply returned %v", err)
	}
}

// Where a layer is missing, strict says which and why, and best effort goes on.
func TestMissing(t *testing.T) {
	t.Parallel()
	needAll(t)
	for _, c := range []struct {
		name  string
		nr    int
		errno syscall.Errno
		layer string
		gone  []string
		text  string
	}{
		{"a kernel without Landlock", unix.SYS_LANDLOCK_CREATE_RULESET, unix.ENOSYS, "landlock", []string{"landlock"}, "was built without Landlock"},
		{"Landlock not enabled", unix.SYS_LANDLOCK_CREATE_RULESET, unix.EOPNOTSUPP, "landlock", []string{"landlock"}, "lsm=landlock"},
		{"a container that forbids Landlock", unix.SYS_LANDLOCK_CREATE_RULESET, unix.EPERM, "landlock", []string{"landlock"}, "container"},
		{"a container that forbids seccomp", unix.SYS_SECCOMP, unix.EPERM, "seccomp", []string{"seccomp", "self-test"}, "let a container's seccomp profile pass seccomp"},
		{"a kernel without seccomp", unix.SYS_SECCOMP, unix.ENOSYS, "seccomp", []string{"seccomp", "self-test"}, "CONFIG_SECCOMP_FILTER"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got missing
			o := options{Config: full, Dir: fmt.Sprintf("%d %d", c.nr, int(c.errno))}
			ask(t, child(t, "missing", o), &got)
			if got.Layer != c.layer || !strings.Contains(got.Text, c.text) {
				t.Errorf("strict: the missing layer is %q: %s\nwant %q and %q", got.Layer, got.Text, c.layer, c.text)
			}
			if slices.Contains(got.Offered, c.layer) {
				t.Errorf("Probe says that %s is available", c.layer)
			}
			o.Config.Mode = sandbox.BestEffort
			got = missing{}
			ask(t, child(t, "missing", o), &got)
			want := slices.DeleteFunc(everything(), func(n string) bool { return slices.Contains(c.gone, n) })
			if got.Layer != "" || !slices.Equal(got.InForce, want) {
				t.Errorf("best effort: missing is %q %s, and in force\n%q\nwant\n%q", got.Layer, got.Text, got.InForce, want)
			}
		})
	}
}

type missing struct {
	Layer, Text      string
	InForce, Offered []string
}

// roleMissing has a system call fail as on another machine.
func roleMissing(o *options) {
	var nr, errno int
	if _, err := fmt.Sscan(o.Dir, &nr, &errno); err != nil {
		panic(err)
	}
	prog := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: uint32(nr), Jf: 1},
		{Code: unix.BPF_RET, K: unix.SECCOMP_RET_ERRNO | uint32(errno)},
		{Code: unix.BPF_RET, K: unix.SECCOMP_RET_ALLOW},
	}
	fprog := unix.SockFprog{Len: uint16(len(prog)), Filter: &prog[0]}
	if _, _, errno := syscall.Syscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0); errno != 0 {
		panic(errno)
	}
	if _, _, errno := syscall.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&fprog))); errno != 0 {
		panic(errno)
	}
	var m missing
	for _, l := range sandbox.Probe() {
		if l.Available {
			m.Offered = append(m.Offered, l.Name)
		}
	}
	inForce, err := sandbox.Apply(o.Config)
	m.InForce = inForce
	var e *sandbox.MissingError
	if errors.As(err, &e) {
		m.Layer, m.Text = e.Layer, e.Error()
	}
	report(m)
}
