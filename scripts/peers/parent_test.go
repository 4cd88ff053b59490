//go:build unix

package peers_test

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// eachPair runs a test for each parent with each child in each mode.
func eachPair(t *testing.T, test func(t *testing.T, command []string, m mode)) {
	each(t, parents, func(t *testing.T, parent peer, m mode) {
		for _, child := range children {
			t.Run(child.name, func(t *testing.T) {
				t.Parallel()
				test(t, append(parent.command(t, m), child.command(t, m)...), m)
			})
		}
	})
}

// converse runs a parent with lines as its input.
func converse(t *testing.T, command []string, input string) (lines []string, stderr string, status int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Stdin = strings.NewReader(input)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	lines = strings.Split(out.String(), "\n")
	return lines[:len(lines)-1], errs.String(), cmd.ProcessState.ExitCode()
}

var escaper = strings.NewReplacer("\t", `\t`, "\n", `\n`, "\r", `\r`, `\`, `\\`)

func TestParentCalls(t *testing.T) {
	eachPair(t, func(t *testing.T, command []string, m mode) {
		const size = 2 << 20 // more than any buffer on the way
		binary := escaper.Replace(octets(size))
		var input, want []string
		call := func(result string, arguments ...string) {
			input = append(input, strings.Join(arguments, "\t"))
			want = append(want, "result\t"+strconv.Itoa(len(input))+result)
		}
		call("", "echo")
		call("\t", "echo", "")
		call("\ta\t\tgröße", "echo", "a", "", "größe")
		call("\t"+binary, "echo", binary)
		call("\t"+strconv.Itoa(size), "length", binary)
		want = append(want, "event\ttick\t1", "event\ttick\t2")
		call("\t2", "events", "2")
		for i := range 500 {
			seconds := "0.000" + strconv.Itoa(i)
			call("\t"+seconds, "sleep", seconds)
		}
		call("\tlast", "echo", "last")

		// The last line needs no newline.
		got, stderr, status := converse(t, command, strings.Join(input, "\n"))
		if status != 0 || stderr != "" {
			t.Errorf("exit status %d\n%s", status, stderr)
		}
		if m.async {
			slices.Sort(got)
			slices.Sort(want)
		}
		if len(got) != len(want) {
			t.Fatalf("%d lines, want %d", len(got), len(want))
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("got %.200q, want %.200q", got[i], want[i])
			}
		}
	})
}

func TestParentWithoutCalls(t *testing.T) {
	eachPair(t, func(t *testing.T, command []string, m mode) {
		if got, stderr, status := converse(t, command, ""); len(got) > 0 || stderr != "" || status != 0 {
			t.Errorf("got %q, %q on standard error and the exit status %d, want nothing at all", got, stderr, status)
		}
	})
}

func TestParentSaysHowManyCallsAreOutstanding(t *testing.T) {
	eachPair(t, func(t *testing.T, command []string, m mode) {
		input, outstanding := "echo\tx\ndie\necho\ty\n", 2
		if m.async {
			input, outstanding = "sleep\t1000\nsleep\t1000\ndie\n", 3
		}
		_, stderr, status := converse(t, command, input)
		if want := fmt.Sprintf("%d calls outstanding", outstanding); status != 1 || !strings.Contains(stderr, want) {
			t.Errorf("exit status %d, want 1, and on standard error, with %q:\n%s", status, want, stderr)
		}
	})
}

func TestParentWithoutChild(t *testing.T) {
	each(t, parents, func(t *testing.T, p peer, m mode) {
		command := append(p.command(t, m), "./no such command")
		_, stderr, status := converse(t, command, "echo\n")
		if status != 1 || !strings.Contains(stderr, "cannot start ./no such command") {
			t.Errorf("exit status %d, want 1, and a message on standard error:\n%s", status, stderr)
		}
	})
}

// A frame that is cut off, and an answer to no call.
func TestParentRefuses(t *testing.T) {
	t.Parallel()
	for _, m := range modes {
		for sent, want := range map[string]string{
			`\0\0\0`:                                "within a frame, with 1 calls outstanding",
			`\0\0\0\1\0\0\0\2\0`:                    "within a frame, with 1 calls outstanding",
			`\0\0\0\2\0\0\0\0`:                      "not outstanding, with the id 2",
			`\1\0\0\1\0\0\0\0`:                      "not outstanding, with the id 16777217",
			`\0\0\0\0\0\0\0\2\1x`:                   "ended the stream, with 1 calls outstanding",
			`\0\0\0\1\0\0\0\0` + `\0\0\0\1\0\0\0\0`: "not outstanding, with the id 1",
		} {
			t.Run(m.String()+sent, func(t *testing.T) {
				t.Parallel()
				// It reads to the end first, so that no request is left unread.
				script := fmt.Sprintf(`cat <&3 >/dev/null; printf '%s' >&3`, sent)
				if m.stdio {
					script = fmt.Sprintf(`cat >/dev/null; printf '%s'`, sent)
				}
				_, stderr, status := converse(t, append(perlParent(t, m), "sh", "-c", script), "echo\n")
				if status != 1 || !strings.Contains(stderr, want) {
					t.Errorf("exit status %d, want 1, and on standard error, with %q:\n%s", status, want, stderr)
				}
			})
		}
	}
}
