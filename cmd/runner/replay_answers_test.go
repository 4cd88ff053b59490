package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"scripthost.example/host"
)

const recordHead = `{"record":1,"protocol":1,"script":{"name":"a.lua","language":"lua","source":"x = 1"},"function":"run","serialiser":{"name":"string"}}` + "\n"

// openRecordText opens a record of this text behind its header.
func openRecordText(t *testing.T, text string) *record {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.record")
	if err := os.WriteFile(path, []byte(recordHead+text), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	r, err := openRecord("a.record", file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.close)
	return r
}

// An answer does not wait for ever for one that the script may be unable to ask for
// without it.
func TestAnswerOutOfOrder(t *testing.T) {
	t.Parallel()
	r := openRecordText(t, `{"call":1,"worker":1,"args":[]}
{"call":1,"worker":1,"host":"runner.fs.readfile","n":2,"given":["late"],"results":[2]}
{"call":1,"worker":1,"host":"host.first","n":1,"given":[],"results":[1]}
`)
	var notes []string
	calls := new(callNumbers)
	calls.add(1, 1)
	a, err := newRecordedAnswers(r, 1, func(callRow) bool { return true }, calls, func(err error) { t.Error(err) }, func(s string) { notes = append(notes, s) })
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	a.patience = time.Millisecond
	answered := make(chan struct{})
	close(answered)
	// The first one was answered behind the second one.
	got, err := a.answer(context.Background(), host.HostCall{Call: 1, Number: 1, Name: "host.first", Answered: answered}, nil)
	if err != nil || fmt.Sprint(got) != "[1]" {
		t.Error(got, err)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], `before that to runner.fs.readfile("late")`) {
		t.Errorf("the notes are %q", notes)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	a.patience = time.Hour
	if err := a.await(ctx, 2); err != context.Canceled {
		t.Errorf("a call that was given up: %v", err)
	}
	if _, err := a.answer(context.Background(), host.HostCall{Call: 1, Number: 2, Name: "runner.fs.readfile", Args: []any{"late"}, Answered: answered}, nil); err != nil {
		t.Error(err)
	}
	a.release(2)
	if err := a.await(context.Background(), 2); err != nil {
		t.Error(err)
	}
	if len(notes) != 1 {
		t.Errorf("the notes are %q", notes)
	}
}

// Host calls are found by their call and their place in it, in whatever order they
// were answered and with others between.
func TestRecordedAnswersOfManyCalls(t *testing.T) {
	t.Parallel()
	const calls, each = 20, 30
	random := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	for call := 1; call <= calls; call++ {
		fmt.Fprintf(&text, `{"call":%d,"worker":1,"args":[]}`+"\n", call+100)
	}
	owners := make([]int, 0, calls*each) // of number i+1
	for i := range calls * each {
		owners = append(owners, i%calls+1)
	}
	random.Shuffle(len(owners), func(i, j int) { owners[i], owners[j] = owners[j], owners[i] })
	places := make(map[int]int)
	lines := make([]string, len(owners))
	for i, owner := range owners {
		places[owner]++
		lines[i] = fmt.Sprintf(`{"call":%d,"worker":1,"host":"host.f","n":%d,"given":[],"results":["%d of %d"]}`+"\n", owner+100, i+1, places[owner], owner)
	}
	random.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	r := openRecordText(t, text.String()+strings.Join(lines, ""))
	numbers := new(callNumbers)
	for call := range uint64(calls) {
		numbers.add(call+1, call+101)
	}
	if len(numbers.spans) != 1 {
		t.Errorf("%d spans", len(numbers.spans))
	}
	a, err := newRecordedAnswers(r, 1, func(callRow) bool { return true }, numbers, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	for place := 1; place <= each; place++ {
		for _, call := range random.Perm(calls) {
			at, number, row, err := a.takeLocked(numbers.of(uint64(call + 1)))
			if err != nil || number == 0 || at != uint64(place) {
				t.Fatal(at, number, err)
			}
			line, err := r.line(int64(row.Line))
			if want := fmt.Sprintf("[%d of %d]", place, call+1); err != nil || fmt.Sprint(plainValues(*line.Results)) != want {
				t.Fatalf("%v, %v; want %s", line.Results, err, want)
			}
		}
	}
	if _, number, _, err := a.takeLocked(101); number != 0 || err != nil {
		t.Errorf("one more is %d, %v", number, err)
	}
}

// Numbers of calls that have gaps are found.
func TestCallNumbers(t *testing.T) {
	t.Parallel()
	n := new(callNumbers)
	recorded := []uint64{3, 4, 5, 9, 7, 8, 20}
	for i, number := range recorded {
		n.add(uint64(i+1), number)
	}
	for i, number := range recorded {
		if got := n.of(uint64(i + 1)); got != number {
			t.Errorf("call %d is %d, want %d", i+1, got, number)
		}
	}
	if n.of(0) != 0 || new(callNumbers).of(1) != 0 {
		t.Error("no call has a number")
	}
}
