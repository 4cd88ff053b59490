package fleet

import (
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

func TestRepliesAreForgotten(t *testing.T) {
	t.Parallel()
	now := time.Now()
	small, large := nats.NewMsg("r"), nats.NewMsg("r")
	large.Data = make([]byte, keepBytes/4)

	t.Run("when they are old", func(t *testing.T) {
		t.Parallel()
		var r replies
		r.keep("a", small, now, false)
		r.keep("b", small, now.Add(keepTime), false)
		if r.of("a") == nil || r.of("b") == nil {
			t.Fatal("a reply was forgotten within its time")
		}
		r.keep("c", small, now.Add(keepTime+1), false)
		if r.of("a") != nil || r.of("b") == nil || r.of("c") == nil {
			t.Fatal("not the old one was forgotten")
		}
	})
	t.Run("not while nobody can ask", func(t *testing.T) {
		t.Parallel()
		var r replies
		r.keep("a", small, now, false)
		r.keep("b", small, now.Add(time.Hour), true)
		if r.of("a") == nil {
			t.Fatal("a reply was forgotten while the connection was away")
		}
	})
	t.Run("when they are large", func(t *testing.T) {
		t.Parallel()
		var r replies
		for i := range 5 {
			r.keep(fmt.Sprint(i), large, now, false)
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
			r.keep(fmt.Sprint(i), small, now, false)
		}
		if n := len(r.kept); n != keepCalls {
			t.Fatalf("%d are kept", n)
		}
	})
}
