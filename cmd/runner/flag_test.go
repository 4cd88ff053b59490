//go:build unix

package main

import (
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func TestParseSize(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int64{
		"0": 0, "1": 1, "512": 512, "1K": 1 << 10, "1k": 1 << 10, "64M": 64 << 20, "3g": 3 << 30,
		"9223372036854775807": math.MaxInt64, "99999999999999999999": math.MaxInt64, "9999999999999G": math.MaxInt64,
		"": -1, "K": -1, "-1": -1, "1.5M": -1, "1KB": -1, "1 K": -1, "0x10": -1, "1T": -1, "+1": -1,
	} {
		got, err := parseSize(in)
		if want < 0 != (err != nil) || err == nil && got != want {
			t.Errorf("parseSize(%q) = %d, %v; want %d", in, got, err, want)
		}
	}
	var p payloadSize
	if err := p.Set("4G"); err != nil || p.value != math.MaxUint32 {
		t.Errorf("a payload of 4G is %d, %v", p.value, err)
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int{
		"1": 1, "7": 7, "+3": 3, "10": 10, "11": 0, "0": 0, "-1": 0, "": 0, "x": 0, "1.5": 0, " 1": 0,
		"99999999999999999999": 0, "-99999999999999999999": 0,
	} {
		c := count{max: 10}
		if err := c.Set(in); (err == nil) != (want > 0) || c.value != want {
			t.Errorf("%q is %d, %v; want %d", in, c.value, err, want)
		}
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	names := []string{"script", "serialiser", "allow-read", "allow-write", "events", "json"}
	for in, want := range map[string]string{
		"scirpt": "script", "serializer": "serialiser", "allowread": "allow-read", "allow-wite": "allow-write",
		"event": "events", "jsn": "json", "xml": "", "nothing": "", "": "",
	} {
		if got := nearest(in, names); got != want {
			t.Errorf("nearest(%q) = %q, want %q", in, got, want)
		}
	}
}

// What is named in a mistake does nothing to a terminal.
func TestUsageErrorIsPrintable(t *testing.T) {
	t.Parallel()
	text := usagef("", "cannot read %s", "x\x1b[31m.lua").(*usageError).text(palette(false))
	if strings.Contains(text, "\x1b") || !strings.Contains(text, `x\x1b[31m.lua`) {
		t.Errorf("it is %q", text)
	}
}

// The help of each command tells of all its flags, fits into a terminal, and its
// example works as it stands.
func TestHelp(t *testing.T) {
	t.Parallel()
	var status int
	root := newRoot(&status)
	for _, c := range append([]*cobra.Command{root}, root.Commands()...) {
		if c.Name() == "help" || c.Name() == "run" || slices.Contains(fleetCommands, c.Name()) {
			continue // those of the fleet are another program's
		}
		t.Run(c.Name(), func(t *testing.T) {
			t.Parallel()
			b := &strings.Builder{}
			writeHelp(b, c)
			help := b.String()
			c.Flags().VisitAll(func(f *pflag.Flag) {
				if f.Name != "help" && !f.Hidden && !strings.Contains(help, "--"+f.Name) {
					t.Errorf("the help does not have --%s", f.Name)
				}
			})
			for _, line := range strings.Split(help, "\n") {
				if n := len([]rune(line)); n > 80 {
					t.Errorf("a line of %d columns: %s", n, line)
				}
			}
			if c.Example == "" {
				t.Fatal("no example")
			}
			cmd := exec.Command("bash", "-c", c.Example)
			cmd.Dir = t.TempDir()
			cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", c.Example, err, out)
			}
		})
	}
}
