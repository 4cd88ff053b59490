//go:build unix

package host

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"
)

// A script that computes for about 100 µs, in a pool of one worker and of two, with
// two callers for each.
func BenchmarkPoolComputes(b *testing.B) {
	ctx := context.Background()
	for _, language := range []Language{Lua, JS} {
		source := map[Language]string{
			Lua: `function run(n) local sum = 0 for i = 1, tonumber(n) do sum = sum + i end return sum end`,
			JS:  `function run(n) { let sum = 0; for (let i = 1; i <= n; i++) sum += i; return sum }`,
		}[language]
		n := map[Language]int{Lua: 3000, JS: 1500}[language]
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/%d", language, workers), func(b *testing.B) {
				script, err := Inline(language, source)
				if err != nil {
					b.Fatal(err)
				}
				ready := make(chan struct{}, workers)
				p, err := NewPool(ctx, script, &PoolOptions{
					Idle: workers, Max: workers, Start: time.Nanosecond,
					OnStart: func(WorkerStart) { ready <- struct{}{} },
				})
				if err != nil {
					b.Fatal(err)
				}
				defer p.Close()
				for range workers {
					<-ready
				}
				var calls sync.WaitGroup
				next := make(chan struct{}, b.N)
				for range b.N {
					next <- struct{}{}
				}
				close(next)
				b.ResetTimer()
				for range 2 * workers {
					calls.Go(func() {
						for range next {
							if _, err := p.Call(ctx, n); err != nil {
								b.Error(err)
							}
						}
					})
				}
				calls.Wait()
				reportCalls(b)
			})
		}
	}
}
