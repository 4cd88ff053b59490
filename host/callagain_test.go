//go:build unix

package host

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

var eventAndEcho = source{
	Lua: `function run(done, x)
		done.event(x)
		done(x)
	end`,
	JS: `function run(done, x) {
		done.event(x)
		done(x)
	}`,
}

// The memory of a call that was answered is used for others. Each gets its own answer all the
// same, and the number of its own, whatever else happens at the time of the answer: the
// callbacks of events are waited for, contexts end, and the call's time is up.
func TestCallsAreUsedAgain(t *testing.T) {
	t.Parallel()
	const callers, each = 16, 150
	eventAndEcho.each(t, func(t *testing.T, script *Script) {
		var mu sync.Mutex
		numbers := make(map[string]uint64)             // by what was asked, as events tell them
		cancels := make(map[string]context.CancelFunc) // by what was asked: when the answer comes, too
		w := start(t, script, &Options{
			Async:  true,
			Limits: Limits{CallTime: 2 * time.Millisecond, Grace: testTime},
			OnEvent: func(ev Event) {
				mu.Lock()
				defer mu.Unlock()
				asked := fmt.Sprint(ev.Args...)
				numbers[asked] = ev.Call
				if cancel := cancels[asked]; cancel != nil {
					cancel()
				}
			},
		})
		check := func(asked string, out []any, err error) {
			switch {
			case err == nil:
				if len(out) != 1 || out[0] != asked {
					t.Errorf("the answer to %s is %q", asked, out)
				}
			case !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded):
				t.Errorf("the answer to %s is %v", asked, err)
			}
		}
		var all sync.WaitGroup
		for caller := range callers {
			all.Go(func() {
				for i := range each {
					asked := fmt.Sprintf("%d of %d", i, caller)
					switch i % 3 {
					case 0:
						out, err := w.Call(context.Background(), asked)
						check(asked, out, err)
					case 1:
						ctx, cancel := context.WithCancel(context.Background())
						mu.Lock()
						cancels[asked] = cancel
						mu.Unlock()
						out, err := w.Call(ctx, asked)
						check(asked, out, err)
						cancel()
					case 2:
						told := make(chan struct{})
						number := w.Go(func(out []any, err error) {
							defer close(told)
							check(asked, out, err)
						}, asked)
						<-told
						mu.Lock()
						if got, ok := numbers[asked]; ok && got != number {
							t.Errorf("%s is call %d for its events, and was %d when it was made", asked, got, number)
						}
						mu.Unlock()
					}
				}
			})
		}
		all.Wait()
	})
}
