//go:build unix

package main

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// What a run does can be asked for as long as it lasts, and not longer.
func TestMetrics(t *testing.T) {
	t.Parallel()
	runner, err := exec.LookPath("runner") // see TestMain
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(runner, "--lang", "lua", "--eval", `function run(x) if x == "bad" then error("no") end return x end`,
		"--metrics", "127.0.0.1:0", "--calls", "-")
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	notes, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	defer func() {
		if !ended {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}()
	told := bufio.NewScanner(notes)
	if !told.Scan() {
		t.Fatal("nothing was told")
	}
	url, ok := strings.CutPrefix(told.Text(), "runner: metrics are at ")
	if !ok {
		t.Fatalf("told: %s", told.Text())
	}
	answers := bufio.NewScanner(out)
	for _, call := range []string{"one", "two"} {
		if _, err := io.WriteString(in, call+"\n"); err != nil {
			t.Fatal(err)
		}
		if !answers.Scan() || answers.Text() != call {
			t.Fatalf("%s: %s", call, answers.Text())
		}
	}
	if _, err := io.WriteString(in, "bad\n"); err != nil {
		t.Fatal(err)
	}
	if !told.Scan() || !strings.HasSuffix(told.Text(), "no") {
		t.Fatalf("told of the failed call: %s", told.Text())
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	r.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"runner_pool_calls_total 3", "runner_pool_calls_answered_total 2", "runner_pool_calls_failed_total 1",
		`runner_pool_workers{state="ready"} 1`, `runner_pool_call_duration_seconds_bucket{le="+Inf"} 2`, "runner_pool_call_slots 2",
	} {
		if !strings.Contains(string(body), "\n"+want+"\n") {
			t.Errorf("there is no line %s:\n%s", want, body)
		}
	}
	if r, err := client.Get(strings.TrimSuffix(url, "metrics")); err != nil || r.StatusCode != http.StatusNotFound {
		t.Errorf("another path: %v, %v", r, err)
	} else {
		r.Body.Close()
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, notes) // its end is the worker's and the runner's
	ended = true
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != exitFailed {
		t.Errorf("ended with %v", err)
	}
	if _, err := client.Get(url); err == nil {
		t.Error("it answers after the end")
	}
}
