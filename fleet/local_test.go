package fleet

import (
	"fmt"
	"testing"

	"scripthost.example/host"
)

func TestLocal(t *testing.T) {
	t.Parallel()
	in, _ := connections(t)
	first := pool(t, host.Lua, `function run(x) event("e") return x end function twice(x) return x .. x end`, &host.PoolOptions{Options: host.Options{OnEvent: func(host.Event) {}}})
	s := serve(t, in, first)
	c := s.Local()
	if out, err := c.Function("twice").Call(patience(t), "a"); err != nil || fmt.Sprint(out) != "[aa]" {
		t.Error(out, err)
	}
	done := make(chan string, 1)
	c.Go(func(out []any, err error) { done <- fmt.Sprint(out, err) }, "b")
	if got := <-done; got != "[b] <nil>" {
		t.Error(got)
	}
	c.Go(nil, "nobody asks")
	n := 0
	for e, err := range c.Stream(patience(t), "c") {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if e.Result != (n == 2) {
			t.Errorf("%+v", e)
		}
	}
	// A pool is not closed under a call.
	next := pool(t, host.Lua, `function run() return "new" end`, nil)
	<-s.Use(next, "2")
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if out, err := c.Call(patience(t), "d"); err != nil || fmt.Sprint(out) != "[new]" {
		t.Error(out, err)
	}
}
