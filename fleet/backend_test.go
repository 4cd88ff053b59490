package fleet

import (
	"fmt"
	"maps"
	"slices"
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
	if _, err := s.Divert(Share{canary, "2", 101}); err == nil {
		t.Error("a weight of 101")
	}
	if unused, err := s.Divert(Share{canary, "2", 30}); unused != nil || err != nil {
		t.Error(unused, err)
	}
	if n := share(); n == 0 || n == 100 { // by chance once in 10^15 runs
		t.Errorf("%d of 100", n)
	}
	// It keeps what it has: no pool is unused.
	if unused, err := s.Divert(Share{canary, "2", 100}); unused != nil || err != nil {
		t.Error(unused, err)
	}
	if n := share(); n != 100 {
		t.Errorf("%d of 100", n)
	}
	unused, err := s.Divert(Share{canary, "3", 100})
	if err != nil {
		t.Error(err)
	}
	<-unused
	if unused, err = s.Divert(Share{canary, "3", 0}); err != nil {
		t.Error(err)
	}
	<-unused
	if n := share(); n != 0 {
		t.Errorf("%d of 100", n)
	}
}

// Several pools have their shares, and what is left is the service's own.
func TestDivertToSeveral(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	named := func(name string) *host.Pool {
		return pool(t, host.Lua, "function run() return '"+name+"' end", nil)
	}
	s := serve(t, in, named("own"))
	a, b := named("a"), named("b")
	c := Client(out, "tidy")
	calls := func() map[string]int {
		seen := map[string]int{}
		for range 100 {
			got, err := c.Call(patience(t))
			if err != nil {
				t.Fatal(err)
			}
			seen[fmt.Sprint(got...)]++
		}
		return seen
	}
	// Each is missed by chance once in 10^12 runs.
	for _, x := range []struct {
		weights [2]int
		want    []string
	}{
		{[2]int{30, 30}, []string{"a", "b", "own"}},
		{[2]int{50, 50}, []string{"a", "b"}},
		{[2]int{100, 100}, []string{"a", "b"}}, // in proportion
		{[2]int{0, 30}, []string{"b", "own"}},
	} {
		if _, err := s.Divert(Share{a, "a", x.weights[0]}, Share{b, "b", x.weights[1]}); err != nil {
			t.Fatal(err)
		}
		if got := calls(); !slices.Equal(slices.Sorted(maps.Keys(got)), x.want) {
			t.Errorf("%v: %v, want %v", x.weights, got, x.want)
		}
	}
	if _, err := s.Divert(Share{a, "a", 50}, Share{b, "b", 50}); err != nil {
		t.Fatal(err)
	}
	// Both go: the channel waits for both.
	busy := s.diverted[1].backend
	s.mu.Lock()
	busy.calls++
	s.mu.Unlock()
	unused, err := s.Divert()
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-unused:
		t.Error("it is unused, and has a call")
	default:
	}
	s.mu.Lock()
	busy.leaveLocked()
	s.mu.Unlock()
	<-unused
}
