package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// However long a record is, replaying it takes no more memory. With -long it is one of
// 600,000 calls.
func TestMemoryOfReplay(t *testing.T) {
	t.Parallel()
	few, many := 1_000, 10_000
	if *long {
		few, many = 20_000, 600_000
	}
	first, second := replayMemory(t, few), replayMemory(t, many)
	t.Logf("%d kB for %d calls, %d kB for %d", first, few, second, many)
	if float64(second) > 1.75*float64(first) { // the heap has a size that it grows to
		t.Errorf("%d kB for %d calls, and %d kB for %d", first, few, second, many)
	}
}

// replayMemory is how much memory a runner was resident in at most, in kB, that replayed
// so many calls with two host calls each.
func replayMemory(t *testing.T, calls int) int64 {
	t.Helper()
	path := filepath.Join(t.TempDir(), "made.record")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	record := bufio.NewWriter(file)
	source := "function run(x) return os.getenv(x), os.getenv('B') end"
	fmt.Fprintf(record, `{"record":1,"protocol":1,"script":{"name":"a.lua","language":"lua","source":%q},"function":"run","serialiser":{"name":"string"}}`+"\n", source)
	long := strings.Repeat("x", 500)
	for n := 1; n <= calls; n++ {
		fmt.Fprintf(record, `{"call":%d,"worker":1,"args":["A%[1]d"]}`+"\n", n)
		fmt.Fprintf(record, `{"call":%d,"worker":1,"host":"runner.env.get","n":%d,"given":["A%[1]d"],"results":["%[1]d%[3]s"]}`+"\n", n, 2*n-1, long)
		fmt.Fprintf(record, `{"call":%d,"worker":1,"host":"runner.env.get","n":%d,"given":["B"],"results":["b"]}`+"\n", n, 2*n)
		fmt.Fprintf(record, `{"call":%d,"result":["%[1]d%s","b"]}`+"\n", n, long)
	}
	if err := record.Flush(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("runner", "replay", path)
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	lines := 0
	for results := bufio.NewScanner(stdout); results.Scan(); {
		lines++
		if want := fmt.Sprintf("%d%s\tb", lines, long); results.Text() != want {
			t.Fatalf("line %d is %.100q", lines, results.Text())
		}
	}
	if err := cmd.Wait(); err != nil || stderr.Len() > 0 || lines != calls {
		t.Fatalf("%d lines, %v: %s", lines, err, stderr.String())
	}
	return cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
}
