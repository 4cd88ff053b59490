//go:build unix

package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestProgressLine(t *testing.T) {
	t.Parallel()
	known := situationOfCalls{done: 1234, failed: 2, running: 8, total: 10_000, rate: 100}
	for _, test := range []struct {
		c     situationOfCalls
		width int
		want  string
	}{
		{known, 119, " 12% [###---------------------------] 1,234 of 10,000 done, 2 failed, 8 running, 100/s, ETA 1m28s"},
		{known, 79, " 12% [#-----------] 1,234 of 10,000 done, 2 failed, 8 running, 100/s, ETA 1m28s"},
		{known, 70, "1,234 of 10,000 done, 2 failed, 8 running, 100/s, ETA 1m28s"},
		{known, 59, "1,234 of 10,000 done, 2 failed, 8 running, 100/s, ETA 1m28s"},
		{known, 58, "1,234 of 10,000 done, 2 failed"},
		{known, 29, "1,234 done, 2 failed"},
		{known, 10, "1,234 done"},
		{known, 0, ""},
		{known, -1, ""},
		{situationOfCalls{done: 7, rate: 0.25}, 80, "7 done, 0 failed, 0 running, 0.2/s"},
		{situationOfCalls{done: 7, total: 7, rate: 1}, 60, "7 of 7 done, 0 failed, 0 running, 1.0/s, ETA 0s"},
		{situationOfCalls{done: 9, total: 7, rate: 1}, 70, "100% [###############] 9 of 7 done, 0 failed, 0 running, 1.0/s, ETA 0s"},
		{situationOfCalls{done: 7, total: 20, guessed: true}, 70, " 35% [####----------] 7 of ~20 done, 0 failed, 0 running, 0.0/s, ETA ?"},
		{situationOfCalls{done: 1, total: 1 << 60, rate: 1}, 40, "1 done, 0 failed"},
	} {
		got := test.c.line(test.width, false)
		if got != test.want {
			t.Errorf("in %d columns:\n%s, want\n%s", test.width, got, test.want)
		}
		if coloured := test.c.line(test.width, true); strings.NewReplacer(red, "", plain, "").Replace(coloured) != got {
			t.Errorf("in colour it is %q, and without %q", coloured, got)
		}
	}
	if got := known.line(119, true); !strings.Contains(got, red+"2 failed"+plain) {
		t.Errorf("%q has no red", got)
	}
	for width := range 200 {
		for _, c := range []situationOfCalls{known, {}, {total: 5}, {done: 1 << 40, failed: 1 << 30, total: 1 << 41, guessed: true, rate: 1e9}} {
			if got := c.line(width, false); len(got) > width {
				t.Errorf("in %d columns: %q", width, got)
			}
		}
	}
}

func TestRate(t *testing.T) {
	t.Parallel()
	var r rate
	at := time.Unix(0, 0)
	if got := r.add(at, 5); got != 0 {
		t.Errorf("at first it is %v", got)
	}
	done, got := uint64(5), 0.0
	for range 1000 { // 10 a second
		at, done = at.Add(100*time.Millisecond), done+1
		got = r.add(at, done)
	}
	if got < 9.99 || got > 10.01 || len(r.samples) > 60 {
		t.Errorf("it is %v, of %d samples", got, len(r.samples))
	}
	for range 100 {
		at = at.Add(100 * time.Millisecond)
		got = r.add(at, done)
	}
	if got != 0 {
		t.Errorf("when nothing is done it is %v", got)
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	s := &summary{took: 1234567 * time.Microsecond, kinds: make(failureKinds)}
	if got, want := strings.Join(s.lines(), "\n"), "0 calls in 1.23s: 0 answered, 0 failed\n0 retries, 0 restarts"; got != want {
		t.Errorf("%s, want\n%s", got, want)
	}
	s.answered, s.failed, s.skipped = 1996, 4, 1000
	for _, kind := range []string{"script", "limit", "script", "deadline"} {
		s.kinds.add(kind)
	}
	s.pool.Median, s.pool.P99, s.pool.Retries, s.pool.Crashes = 1234*time.Microsecond, time.Minute+time.Millisecond, 1, 2
	want := "2,000 calls in 1.23s (1,620/s): 1,996 answered, 4 failed (2 script, 1 deadline, 1 limit); 1,000 answered before\n" +
		"p50 1.23ms, p99 1m0s; 1 retry, 2 restarts"
	if got := strings.Join(s.lines(), "\n"); got != want {
		t.Errorf("%s, want\n%s", got, want)
	}
	for n := range 1000 {
		s.kinds.add(fmt.Sprint(n))
	}
	if len(s.kinds) > maxKinds+1 || s.kinds[otherKinds] == 0 {
		t.Errorf("there are %d kinds", len(s.kinds))
	}
}
