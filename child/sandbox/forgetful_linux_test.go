package sandbox_test

import (
	"os"
	"slices"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// When memory is short the kernel forgets what it knows of /proc. It does so too
// when /proc is mounted anew, which this test's children do all the time.
func TestForgetfulProc(t *testing.T) {
	t.Parallel()
	needAll(t)
	if os.Getuid() != 0 {
		t.Skip("only root can mount /proc")
	}
	for range 10 {
		cmd := child(t, "forgetful", options{Config: full})
		cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS} // and its mounts are its own
		var got []string
		ask(t, cmd, &got)
		if len(got) == 0 {
			t.Skip("root cannot mount /proc here, as in most containers")
		}
		if want := everything(); !slices.Equal(got, want) {
			t.Errorf("in force are\n%q\nwant\n%q", got, want)
		}
	}
}

func roleForgetful(o *options) {
	remount := func() error { return unix.Mount("proc", "/proc", "proc", unix.MS_REMOUNT, "") }
	if unix.Mount("proc", "/proc", "proc", 0, "") != nil || remount() != nil {
		report([]string{})
		return
	}
	go func() {
		for remount() == nil { // Landlock forbids it
		}
	}()
	report(o.apply())
}
