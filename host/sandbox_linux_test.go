package host

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"scripthost.example/child/sandbox"
	"scripthost.example/child/sandbox/sandboxtest"
	"scripthost.example/wire"
)

func init() { beforeEnter = append(beforeEnter, enterWithout) }

const withoutArg = "without"

// enterWithout becomes the program that the arguments name, for which a
// protection is not to be had.
func enterWithout() {
	if len(os.Args) > 3 && os.Args[1] == withoutArg {
		fmt.Fprintln(os.Stderr, sandboxtest.ExecWithout(os.Args[2], os.Args[3:]))
		os.Exit(1)
	}
}

// without is a command that is this program's own child where a protection is
// not to be had.
func without(protection string) []string {
	return append([]string{"/proc/self/exe", withoutArg, protection}, self(false)...)
}

// needSandbox skips a test where a protection is missing anyway.
func needSandbox(t *testing.T) {
	t.Helper()
	for _, l := range sandbox.Probe() {
		if !l.Available && !(raceDetector && strings.HasPrefix(l.Name, "rlimit-")) {
			t.Skipf("this machine does not offer %s: %s", l.Name, l.Detail)
		}
	}
}

// A strict worker does not start where a protection is not to be had, and says
// which; with best effort it tells what it has.
func TestSandboxUnavailable(t *testing.T) {
	t.Parallel()
	needSandbox(t)
	for _, layer := range []string{"landlock", "seccomp"} {
		t.Run(layer, func(t *testing.T) {
			t.Parallel()
			echo.each(t, func(t *testing.T, script *Script) {
				for _, mode := range []Sandbox{SandboxStrict, ""} {
					_, err := Start(testContext(t), script, unhurried(&Options{Command: without(layer), Sandbox: mode}))
					var ce *CallError
					if !errors.As(err, &ce) || ce.Kind != wire.ErrorSandbox || !errors.Is(err, ErrSandboxUnavailable) || OutcomeOf(err) != NotSent {
						t.Fatalf("%q: got %#v: %v", mode, err, err)
					}
					if !strings.Contains(err.Error(), `"`+layer+`"`) || !strings.Contains(err.Error(), string(SandboxBestEffort)) {
						t.Errorf("%q: %v, which does not say what is missing and what to do", mode, err)
					}
				}
				w := start(t, script, &Options{Command: without(layer), Sandbox: SandboxBestEffort})
				got := w.Protections()
				if slices.Contains(got, layer) || !slices.Contains(got, "no-new-privs") || !slices.Contains(got, "not-dumpable") {
					t.Errorf("with best effort there are %q", got)
				}
				mustCall(t, w, "x")
				mustClose(t, w)
			})
		})
	}
}

// What is in force is told, in each mode.
func TestProtections(t *testing.T) {
	t.Parallel()
	needSandbox(t)
	limited := Limits{Memory: 64 << 20, CPU: time.Minute}
	limits := []string{"max-stack", "soft-memory", "rlimit-cpu", "rlimit-data", "rlimit-as"}
	kernel := []string{"no-new-privs", "descriptors", "rlimit-core", "rlimit-fsize", "rlimit-nofile", "landlock", "not-dumpable", "seccomp", "self-test"}
	for _, test := range []struct {
		mode   Sandbox
		limits Limits
		want   []string
	}{
		{SandboxStrict, Limits{}, append([]string{"max-stack"}, kernel...)},
		{"", Limits{}, append([]string{"max-stack"}, kernel...)},
		{SandboxStrict, limited, append(slices.Clone(limits), kernel...)},
		{SandboxBestEffort, limited, append(slices.Clone(limits), kernel...)},
		{SandboxOff, Limits{}, []string{"max-stack"}},
		{SandboxOff, limited, limits},
	} {
		w := start(t, faultScript("echo"), &Options{Sandbox: test.mode, Limits: test.limits})
		want := slices.DeleteFunc(slices.Clone(test.want), func(name string) bool {
			return raceDetector && (name == "rlimit-data" || name == "rlimit-as")
		})
		got := w.Protections()
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%q with %+v: in force are\n%q\nwant\n%q", test.mode, test.limits, got, want)
		}
		mustClose(t, w)
	}
}
