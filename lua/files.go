package lua

import (
	"runtime"
	"sync"

	glua "github.com/yuin/gopher-lua"
)

// openFiles makes the library files: what the parent passes.
func (v *vm) openFiles() {
	v.library("files", fields{{"receive", v.filesReceive}})
}

// filesReceive waits for the next file that the parent passes. It is a file like
// those of io.open; its handle is not one of the parent's, which only the worker
// end knows.
func (v *vm) filesReceive(L *glua.LState) int {
	handle, err := v.receiveHandle()
	if err != nil {
		v.throw(L, asFailure(err))
	}
	L.Push(v.openedFile(handle))
	return 1
}

// receiveHandle waits for a file. If the call is cancelled while one is on its
// way, the file is put back for whoever receives next.
func (v *vm) receiveHandle() (int64, error) {
	var reply struct {
		mu      sync.Mutex
		gone    bool // nobody waits any more
		results []any
		err     error
	}
	ec := v.cur.ec()
	err := v.wait(func(wake func()) {
		v.services.HostCall(ec, "runner.files.receive", nil, func(results []any, err error) {
			reply.mu.Lock()
			gone := reply.gone
			reply.results, reply.err = results, err
			reply.mu.Unlock()
			if gone {
				v.services.Post(nil, func() { v.putBack(results) })
			}
			wake()
		})
	})
	reply.mu.Lock()
	defer reply.mu.Unlock()
	if err != nil {
		reply.gone = true
		v.putBack(reply.results)
		return 0, err
	}
	handle, _ := integerResult(reply.results)
	return handle, reply.err
}

// putBack returns the handle in results, if there is one.
func (v *vm) putBack(results []any) {
	if handle, ok := integerResult(results); ok {
		v.services.HostCall(nil, "runner.files.putback", []any{handle}, func([]any, error) {})
	}
}

// openedFile returns the script's object of a file that is open.
func (v *vm) openedFile(handle int64) *glua.LUserData {
	f := &file{handle: handle}
	f.dropped = runtime.AddCleanup(f, v.closeDropped, handle)
	return v.newFile(f)
}
