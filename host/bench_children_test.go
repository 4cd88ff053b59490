//go:build unix

package host

import (
	"context"
	"sync"
	"testing"
)

// 32 workers with a caller each, all in one pool of processors.
func BenchmarkChildren32(b *testing.B) {
	const children = 32
	ctx := context.Background()
	for _, language := range []Language{Lua, JS} {
		b.Run(string(language), func(b *testing.B) {
			var workers [children]*Worker
			for i := range workers {
				workers[i] = startBench(b, language, false)
				defer workers[i].Close()
			}
			b.ResetTimer()
			var callers sync.WaitGroup
			for _, w := range workers {
				callers.Go(func() {
					for range (b.N + children - 1) / children {
						if _, err := w.Call(ctx, payload); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			callers.Wait()
			reportCalls(b)
		})
	}
}
