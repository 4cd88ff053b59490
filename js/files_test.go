package js

import (
	"runtime"
	"sync/atomic"
	"testing"

	"scripthost.example/child/engine"
)

// A file that comes for a call which has been cancelled, or is stopped just
// then, is put back.
func TestFilePutBack(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(w *world, c *engine.Call){
		"cancelled": func(w *world, c *engine.Call) { w.cancel(c) },
		"interrupted": func(w *world, c *engine.Call) {
			w.vm.Interrupt(&engine.Error{Kind: engine.KindCancelled, Message: "cancelled"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var putBack atomic.Pointer[[]any]
			w := loaded(t, asyncConfig, `async function run() {
				try { await files.receive(); event('received') } catch (e) { event(e.kind, e.message) }
			}`)
			w.host = func(name string, args []any) ([]any, error) {
				if name == "runner.files.putback" {
					putBack.Store(&args)
				}
				return []any{int64(-7)}, nil
			}
			c := w.start()
			post := w.nextPost() // the file has come
			stop(w, c)
			post()
			w.vm.ClearInterrupt()
			w.run()
			if args := putBack.Load(); args == nil {
				t.Error("the file was not put back")
			} else {
				equal(t, *args, []any{int64(-7)})
			}
			for _, e := range w.events {
				equal(t, e.args, []any{"cancelled", "the call was cancelled"})
			}
		})
	}
}

// A file that a script forgets is closed when it is garbage.
func TestForgottenPassedFile(t *testing.T) {
	t.Parallel()
	var closed atomic.Bool
	w := loaded(t, syncConfig, `async function run() { await files.receive() }`)
	w.host = func(name string, args []any) ([]any, error) {
		if name == "runner.fs.close" && args[0] == int64(-7) {
			closed.Store(true)
		}
		return []any{int64(-7)}, nil
	}
	for !closed.Load() {
		if _, err := w.call(); err != nil {
			t.Fatal(err)
		}
		runtime.GC()
		runtime.Gosched()
	}
}
