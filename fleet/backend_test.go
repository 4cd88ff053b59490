package fleet

import (
	"fmt"
	"sync"
	"testing"

	"scripthost.example/host"
)

// A service that goes on with another pool loses no call, and says when the one
// before can be closed.
func TestUse(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	version := func(n int) *host.Pool {
		return pool(t, host.Lua, fmt.Sprintf("function run() return '%d' end", n), nil)
	}
	before := version(0)
	s := serve(t, in, before)
	stop := make(chan struct{})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			c := Client(out, "tidy")
			last := "0"
			for {
				select {
				case <-stop:
					return
				default:
				}
				got, err := c.Call(patience(t))
				if err != nil || got[0].(string) < last {
					t.Errorf("%v, %v after %s", got, err, last)
					return
				}
				last = got[0].(string)
			}
		})
	}
	for n := 1; n < 6; n++ {
		next := version(n)
		<-s.Use(next, fmt.Sprint(n))
		if err := before.Close(); err != nil {
			t.Error(err)
		}
		before = next
	}
	close(stop)
	all.Wait()
	if got := s.Info().Version; got != "0.0.0+5" || s.Snapshot().Version != "5" {
		t.Errorf("version %s", got)
	}
}

func TestDivert(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	s := serve(t, in, pool(t, host.Lua, "function run() return 'stable' end", nil))
	canary := pool(t, host.Lua, "function run() return 'canary' end", nil)
	c := Client(out, "tidy")
	share := func() (n int) {
		for range 100 {
			got, err := c.Call(patience(t))
			if err != nil {
				t.Fatal(err)
			}
			if got[0] == "canary" {
				n++
			}
		}
		return n
	}
	if _, err := s.Divert(101, canary, "2"); err == nil {
		t.Error("a weight of 101")
	}
	if unused, err := s.Divert(30, canary, "2"); unused != nil || err != nil {
		t.Error(unused, err)
	}
	if n := share(); n == 0 || n == 100 { // by chance once in 10^15 runs
		t.Errorf("%d of 100", n)
	}
	if unused, err := s.Divert(100, canary, "2"); err != nil {
		t.Error(err)
	} else {
		<-unused
	}
	if n := share(); n != 100 {
		t.Errorf("%d of 100", n)
	}
	unused, err := s.Divert(0, nil, "")
	if err != nil {
		t.Error(err)
	}
	<-unused
	if n := share(); n != 0 {
		t.Errorf("%d of 100", n)
	}
}
