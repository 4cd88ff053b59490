package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// However many calls there are, the runner and its workers take no more memory: most
// of it is taken by the time of the first mark, and at the second one, much farther,
// it is the same but for a small part. With -long that is after ten million calls.
func TestMemoryOfCalls(t *testing.T) {
	t.Parallel()
	memoryOfOwn(t)
	// A worker's heap is as large as it gets after some fifty thousand calls: it is not collected before.
	mark, last, tolerance := 120_000, 360_000, 1.25
	if *long {
		mark, last, tolerance = 1_000_000, 10_000_000, 1.10
	}
	for _, test := range []struct {
		name  string
		flags []string
	}{
		{"text", []string{"-j", "2", "--async"}},
		{"jsonl", []string{"-j", "2", "--async", "--output", "jsonl"}},
		{"resume", []string{"-j", "2", "--async", "--resume", "journal"}},
		{"failures", []string{"-j", "2", "--async", "--function", "fails", "--events", "stdout"}},
		{"progress", []string{"-j", "2", "--async", "--progress", "always"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if !*long {
				t.Parallel()
			}
			dir := t.TempDir()
			worker := "function run(done, x) done(x) end\nfunction fails(done, x) event(x) error('no') end"
			if err := os.WriteFile(filepath.Join(dir, "worker.lua"), []byte(worker), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command("runner", append(test.flags, "-s", "worker.lua", "--calls", "-")...)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = cmd.Process.Kill() })
			go func() {
				calls := bufio.NewWriter(stdin)
				for n := range last {
					fmt.Fprintln(calls, n)
				}
				calls.Flush() // and standard input stays open, for its memory to be looked at
			}()
			results := bufio.NewReader(stdout)
			read := func(n int) {
				for range n {
					if _, err := results.ReadSlice('\n'); err != nil {
						t.Fatal(err)
					}
				}
			}
			read(mark)
			first := peaks(t, cmd.Process.Pid)
			read(last - mark)
			second := peaks(t, cmd.Process.Pid)
			// One of the workers may have had few calls by the first mark.
			most := 0
			for pid, kB := range first {
				if pid != cmd.Process.Pid {
					most = max(most, kB)
				}
			}
			for pid, kB := range second {
				who, before := "a worker", most
				if pid == cmd.Process.Pid {
					who, before = "the runner", first[pid]
				}
				if before == 0 {
					continue // there was none yet
				}
				t.Logf("%s: %d kB after %d calls, %d kB after %d", who, before, mark, kB, last)
				if float64(kB) > tolerance*float64(before) {
					t.Errorf("%s took %d kB at most in %d calls, and %d kB in %d", who, before, mark, kB, last)
				}
			}
			stdin.Close()
			if err := cmd.Wait(); err != nil && cmd.ProcessState.ExitCode() != exitFailed {
				t.Error(err)
			}
		})
	}
}

// memoryOfOwn skips a test of how much memory the runner takes where most of it is the
// race detector's.
func memoryOfOwn(t *testing.T) {
	t.Helper()
	if raceDetector {
		t.Skip("builds without the race detector run it: what it measures here would be the detector's memory")
	}
}

// peaks is how much memory a process and its children have been resident in, at most,
// in kB.
func peaks(t *testing.T, pid int) map[int]int {
	t.Helper()
	peaks := make(map[int]int)
	children, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil || len(children) == 0 {
		t.Skip("the children of a process are not told here")
	}
	pids := []string{strconv.Itoa(pid)}
	for _, file := range children {
		if text, err := os.ReadFile(file); err == nil {
			pids = append(pids, strings.Fields(string(text))...)
		}
	}
	for _, pid := range pids {
		text, err := os.ReadFile("/proc/" + pid + "/status")
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(text), "\nVmHWM:")
		fields := strings.Fields(rest)
		if len(fields) == 0 {
			continue
		}
		number, err := strconv.Atoi(pid)
		if err != nil {
			t.Fatal(err)
		}
		if peaks[number], err = strconv.Atoi(fields[0]); err != nil {
			t.Fatal(err)
		}
	}
	return peaks
}

// A line that no payload can hold takes no more memory than one that just fits: here
// it is a gigabyte with -long.
func TestMemoryOfLongLine(t *testing.T) {
	t.Parallel()
	memoryOfOwn(t)
	size := 128 << 20
	if *long {
		size = 1 << 30
	}
	for name, test := range map[string]struct {
		flags         []string
		before, after string
	}{
		"text": {nil, "", ""},
		"json": {[]string{"--json"}, `["`, `"]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command("runner", append(test.flags, "--max-payload", "4M", "--lang", "lua", "--eval", "function run(x) return #x end", "--calls", "-")...)
			cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
			var stderr strings.Builder
			cmd.Stderr = &stderr
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = cmd.Process.Kill() })
			results := bufio.NewReader(stdout)
			call := func(size int) {
				_, _ = io.WriteString(stdin, test.before)
				for part := strings.Repeat("x", min(size, 1<<20)); size > 0; size -= len(part) {
					_, _ = io.WriteString(stdin, part)
				}
				_, _ = io.WriteString(stdin, test.after+"\n")
			}
			answer := func(want string) map[int]int {
				line, err := results.ReadString('\n')
				if err != nil || line != want+"\n" {
					t.Fatalf("a result is %q, %v; want %s", line, err, want)
				}
				return peaks(t, cmd.Process.Pid)
			}
			call(3 << 20)
			first := answer(strconv.Itoa(3 << 20))[cmd.Process.Pid]
			call(size)
			call(1)
			second := answer("1")[cmd.Process.Pid]
			t.Logf("%d kB with a line of 3 MiB, %d kB with one of %d MiB", first, second, size>>20)
			if second > first+24<<10 { // some times the limit
				t.Errorf("%d kB with a line of 3 MiB, %d kB with one of %d MiB", first, second, size>>20)
			}
			stdin.Close()
			if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != exitFailed || !strings.HasPrefix(stderr.String(), "stdin:2: a line of more than 4259840 bytes, which is too large for a payload (--max-payload)\n") {
				t.Errorf("%v: %s", err, stderr.String())
			}
		})
	}
}
