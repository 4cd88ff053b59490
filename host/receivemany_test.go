//go:build unix

package host

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"scripthost.example/wire"
)

// textAnswer is the frame of a result that is one text.
func textAnswer(t *testing.T, id uint32, text string) []byte {
	t.Helper()
	payload, err := wire.String().AppendFreeze(nil, []any{text})
	if err != nil {
		t.Fatal(err)
	}
	return wire.AppendFrame(nil, id, payload)
}

// Answers that come together go to whom they belong, callbacks in their order and a
// Call after those of what came before its answer.
func TestAnswersTogether(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var told []string
	tell := func(s string) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, s)
	}
	w, c := playChild(t, &Options{Async: true, OnEvent: func(e Event) { tell(fmt.Sprint("event ", e.Args[0])) }})
	const n = 3 * maxAnswers
	for i := range n {
		w.Go(func(results []any, err error) { tell(fmt.Sprint("answer ", results, err)) }, i)
	}
	var ids []uint32
	for range n {
		ids = append(ids, c.next().ID)
	}
	called := make(chan string, 1)
	go func() {
		results, err := w.Call(testContext(t), "call")
		mu.Lock()
		defer mu.Unlock()
		called <- fmt.Sprintf("%v %v %d", results, err, len(told))
	}()
	call := c.next().ID
	var frames []byte
	var want []string
	event := func(text string) {
		payload, err := wire.String().AppendFreeze(nil, []any{text})
		if err != nil {
			t.Fatal(err)
		}
		frames = wire.AppendFrame(frames, 0, payload)
		want = append(want, "event "+text)
	}
	for i, id := range ids {
		text := fmt.Sprint(i)
		frames = append(frames, textAnswer(t, id, text)...)
		want = append(want, fmt.Sprint("answer [", text, "] <nil>"))
		if i%50 == 7 {
			event(text)
		}
	}
	event("last")
	frames = append(frames, textAnswer(t, call, "call")...)
	c.write(frames)
	if got, want := <-called, fmt.Sprintf("[call] <nil> %d", len(want)); got != want {
		t.Errorf("the Call is told %s, want %s", got, want)
	}
	mu.Lock()
	defer mu.Unlock()
	if !slices.Equal(told, want) {
		t.Errorf("what came is told as\n%s\nwant\n%s", strings.Join(told, "\n"), strings.Join(want, "\n"))
	}
}

// An answer of no call among others ends the worker, and what came before it counts.
func TestBadAnswerAmongOthers(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]func(first uint32) uint32{
		"unknown": func(uint32) uint32 { return 1000 },
		"twice":   func(first uint32) uint32 { return first },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, c := playChild(t, &Options{Async: true})
			errs := make(chan error, 3)
			for range 3 {
				w.Go(func(_ []any, err error) { errs <- err })
			}
			first, second := c.next().ID, c.next().ID
			var frames []byte
			for _, id := range []uint32{first, second, bad(first), first} {
				frames = append(frames, textAnswer(t, id, "x")...)
			}
			c.write(frames)
			for i := range 3 {
				err := <-errs
				if i < 2 && err != nil || i == 2 && !errors.Is(err, ErrProtocol) {
					t.Errorf("call %d: %v", i+1, err)
				}
			}
		})
	}
}

// An answer that cannot be read is the error of its own call among others.
func TestUnreadableAnswerAmongOthers(t *testing.T) {
	t.Parallel()
	w, c := playChild(t, &Options{Async: true})
	errs := make(chan error, 3)
	for range 3 {
		w.Go(func(_ []any, err error) { errs <- err })
	}
	frames := textAnswer(t, c.next().ID, "x")
	frames = wire.AppendFrame(frames, c.next().ID, []byte{100}) // octets that are not there
	frames = append(frames, textAnswer(t, c.next().ID, "x")...)
	c.write(frames)
	for i := range 3 {
		var serialise *SerialiseError
		if err := <-errs; (i == 1) != errors.As(err, &serialise) {
			t.Errorf("call %d: %v", i+1, err)
		}
	}
}
