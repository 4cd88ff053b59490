package child_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"scripthost.example/child/engine"
)

func TestAfterOrder(t *testing.T) {
	t.Parallel()
	delays := []time.Duration{300, 2, 150, -1, 0, 2} // in milliseconds
	p := start(t, &script{run: func(v *vm, c *engine.Call, args []string) {
		// Between which moments each is due: making one may take as long as it takes.
		soonest, latest := make([]time.Time, len(delays)), make([]time.Time, len(delays))
		var fired []int
		for i, d := range delays {
			d *= time.Millisecond
			soonest[i] = time.Now().Add(d)
			v.After(c, d, func() {
				for _, before := range fired {
					if soonest[before].After(latest[i]) {
						v.event(c, fmt.Sprint(delays[before], " before ", delays[i]))
					}
				}
				if fired = append(fired, i); len(fired) == len(delays) {
					v.answer(c, "end")
				}
			})
			latest[i] = time.Now().Add(max(d, 0))
		}
		// Nothing runs before this function returns, whenever it is due.
		v.event(c, "made", fmt.Sprint(len(fired)))
	}}, true)
	p.Call(1)
	p.CallEvent(1, "made", "0")
	p.Result(1, "end")
}

func TestAfterStop(t *testing.T) {
	t.Parallel()
	p := start(t, &script{run: func(v *vm, c *engine.Call, args []string) {
		never := func() { v.event(c, "never") }
		v.After(c, time.Hour, never)() // stopped at once
		stop := v.After(c, 0, never)
		stop()
		stop()
		// Stopped when it is due, behind others of the same moment.
		var stops []func()
		v.After(c, 0, func() {
			for _, stop := range stops {
				stop()
				stop()
			}
		})
		for range 10 {
			stops = append(stops, v.After(c, 0, never))
		}
		// Stopped by itself, and after it has run.
		var self func()
		self = v.After(c, time.Millisecond, func() {
			self()
			v.After(c, time.Millisecond, func() {
				self()
				v.answer(c, "end")
			})
		})
	}}, true)
	p.Call(1)
	p.Result(1, "end")
	p.Drain()
	p.Drained()
}

// Timers that were stopped, also when they were due, do not keep a call that
// nobody can answer alive.
func TestStoppedTimersAnswerNothing(t *testing.T) {
	t.Parallel()
	p := start(t, &script{run: func(v *vm, c *engine.Call, args []string) {
		stop := v.After(c, time.Hour, func() {})
		v.After(c, 0, func() { stop() })
		v.After(nil, time.Hour, func() {}) // of no call
	}}, true)
	p.Call(1)
	p.Drain()
	p.Fails(1, engine.KindScript, "done was never called")
	p.Drained()
}

func TestManyTimers(t *testing.T) {
	t.Parallel()
	const n = 5000
	p := start(t, &script{run: func(v *vm, c *engine.Call, args []string) {
		var fired []int
		left := n
		for i := range n {
			d := time.Duration(i*7919%50) * time.Millisecond
			v.After(c, d, func() {
				fired = append(fired, i)
				if left--; left == 0 {
					// Those of the same delay were made in the order of i, and are
					// due in that order.
					last := map[int]int{}
					for _, i := range fired {
						if before, ok := last[i*7919%50]; ok && before > i {
							v.answer(c, fmt.Sprint(before, " before ", i))
							return
						}
						last[i*7919%50] = i
					}
					v.answer(c, "in order")
				}
			})
		}
	}}, true)
	p.Call(1)
	p.Result(1, "in order")
}

func TestPostFromManyGoroutines(t *testing.T) {
	t.Parallel()
	const goroutines, posts = 20, 500
	p := start(t, &script{run: func(v *vm, c *engine.Call, args []string) {
		seen := make([][]int, goroutines)
		left := goroutines * posts
		var wg sync.WaitGroup
		for g := range goroutines {
			wg.Go(func() {
				for i := range posts {
					v.Post(c, func() {
						v.touch()
						seen[g] = append(seen[g], i)
						if left--; left > 0 {
							return
						}
						for g := range seen {
							if !slices.IsSorted(seen[g]) || len(seen[g]) != posts {
								v.answer(c, fmt.Sprint("goroutine ", g, ": ", seen[g]))
								return
							}
						}
						v.answer(c, "in order")
					})
				}
			})
		}
		if args[0] == "wait" {
			wg.Wait()
		}
	}}, true)
	p.Call(1, "wait")
	p.Result(1, "in order")
	p.Call(1, "go on")
	p.Result(1, "in order")
}

// Posts and calls take turns: neither can keep the others from running.
func TestPostsAndCallsTakeTurns(t *testing.T) {
	t.Parallel()
	p := start(t, &script{run: func(v *vm, c *engine.Call, args []string) {
		if args[0] == "stop" {
			v.answer(c, "stopped")
			return
		}
		v.answer(c, "posting")
		var again func()
		again = func() { v.Post(nil, again) }
		again()
	}, functions: map[string]func(*vm, *engine.Call, []string){
		"never": func(*vm, *engine.Call, []string) {},
	}}, true)
	p.Call(1, "post")
	p.Result(1, "posting")
	for i := range 20 {
		p.Call(1, "stop", fmt.Sprint(i))
		p.Result(1, "stopped")
	}
	// Endless posts of no call keep nothing alive, nor do they answer.
	p.Call(2, "post")
	p.Result(2, "posting")
	p.CallNamed(3, "never")
	p.Drain()
	p.Fails(3, engine.KindScript, "done was never called")
	p.Drained()
}
