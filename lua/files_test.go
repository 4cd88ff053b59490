package lua

import (
	"runtime"
	"testing"

	"scripthost.example/child/engine"
)

// A file that comes for a call which has been cancelled is put back, whether or
// not the call has noticed.
func TestFilePutBack(t *testing.T) {
	t.Parallel()
	come, putBack := make(chan struct{}), make(chan []any, 1)
	f := script(t, `function run(done) local ok, e = pcall(files.receive) event(ok, e.kind) end`, async,
		hostFunc("runner.files.receive", func([]any) ([]any, error) { <-come; return list(int64(-7)), nil }),
		hostFunc("runner.files.putback", func(args []any) ([]any, error) { putBack <- args; return nil, nil }))
	c := f.start("run")
	c.stop()
	close(come)
	want(t, <-putBack, list(int64(-7)))
	f.settle()
	want(t, f.events[0].args, list(false, "cancelled"))
}

// A file that a script forgets is closed when it is garbage.
func TestForgottenPassedFile(t *testing.T) {
	t.Parallel()
	closed := make(chan []any, 100)
	f := script(t, `function run() files.receive() end`,
		hostFunc("runner.files.receive", func([]any) ([]any, error) { return list(int64(-1)), nil }),
		hostFunc("runner.fs.close", func(args []any) ([]any, error) {
			select {
			case closed <- args:
			default:
			}
			return nil, nil
		}))
	for {
		f.run()
		runtime.GC()
		select {
		case args := <-closed:
			want(t, args, list(int64(-1)))
			return
		default:
			runtime.Gosched()
		}
	}
}

func TestFilesErrors(t *testing.T) {
	t.Parallel()
	f := script(t, "function run()\n  files.receive()\nend",
		hostFunc("runner.files.receive", func([]any) ([]any, error) {
			return nil, &engine.Error{Kind: engine.KindScript, Message: "no file"}
		}))
	e := f.runErr()
	wantError(t, e, engine.KindScript, "no file")
	if stack(e) != "run:2" {
		t.Errorf("stack %s", stack(e))
	}
}
