package fleet

import (
	"fmt"
	"testing"
	"time"
)

func TestRepliesAreForgotten(t *testing.T) {
	t.Parallel()
	const now = time.Hour
	small, large := []byte("r"), make([]byte, keepBytes/4)
	here, away := func() bool { return false }, func() bool { return true }

	t.Run("when they are old", func(t *testing.T) {
		t.Parallel()
		var r replies
		r.keep("a", small, now, here)
		r.keep("b", small, now+keepTime, here)
		if r.of("a") == nil || r.of("b") == nil {
			t.Fatal("a reply was forgotten within its time")
		}
		r.keep("c", small, now+keepTime+1, here)
		if r.of("a") != nil || r.of("b") == nil || r.of("c") == nil {
			t.Fatal("not the old one was forgotten")
		}
	})
	t.Run("not while nobody can ask", func(t *testing.T) {
		t.Parallel()
		var r replies
		r.keep("a", small, now, here)
		r.keep("b", small, now+time.Hour, away)
		if r.of("a") == nil {
			t.Fatal("a reply was forgotten while the connection was away")
		}
	})
	t.Run("when they are large", func(t *testing.T) {
		t.Parallel()
		var r replies
		for i := range 5 {
			r.keep(fmt.Sprint(i), large, now, here)
		}
		if r.of("0") != nil || r.of("4") == nil {
			t.Fatal("not the oldest was forgotten")
		}
		if r.bytes > keepBytes {
			t.Fatalf("%d bytes are kept", r.bytes)
		}
	})
	t.Run("when they are many", func(t *testing.T) {
		t.Parallel()
		var r replies
		for i := range keepCalls + 10 {
			r.keep(fmt.Sprint(i), small, now, here)
		}
		if n := r.next - r.first; n != keepCalls {
			t.Fatalf("%d are kept", n)
		}
	})
}
