package lua

import (
	"time"

	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child/engine"
)

func (v *vm) openOS() {
	v.library("os", fields{
		{"clock", v.osClock},
		{"date", v.osDate},
		{"difftime", osDiffTime},
		{"getenv", v.osGetenv},
		{"remove", v.osRemove},
		{"rename", v.osRename},
		{"time", v.osTime},
		{"tmpname", v.osTmpname},
	})
}

// now is the time that the running task sees.
func (v *vm) now() time.Time { return v.services.Now(v.cur.ec()) }

// osClock is the time since the worker was started: Go does not tell a
// process's CPU time without asking the system.
func (v *vm) osClock(L *glua.LState) int {
	L.Push(glua.LNumber(v.now().Sub(v.started).Seconds()))
	return 1
}

func osDiffTime(L *glua.LState) int {
	L.Push(L.CheckNumber(1) - L.OptNumber(2, 0))
	return 1
}

// osGetenv reads variables that are not granted as nil.
func (v *vm) osGetenv(L *glua.LState) int {
	results, err := v.hostCall("runner.env.get", L.CheckString(1))
	if err != nil {
		if e := asFailure(err); e.Kind != engine.KindScript && e.Kind != engine.KindDenied {
			v.throw(L, e)
		}
		results = nil // a parent that has no such function
	}
	var value glua.LValue = glua.LNil
	if len(results) > 0 {
		switch result := results[0].(type) {
		case string:
			value = glua.LString(result)
		case []byte:
			value = glua.LString(result)
		}
	}
	L.Push(value)
	return 1
}

func (v *vm) osRemove(L *glua.LState) int {
	path := L.CheckString(1)
	_, err := v.hostCall("runner.fs.remove", path)
	return v.pushDone(L, path, err)
}

func (v *vm) osRename(L *glua.LState) int {
	from, to := L.CheckString(1), L.CheckString(2)
	_, err := v.hostCall("runner.fs.rename", from, to)
	return v.pushDone(L, from, err)
}

func (v *vm) osTmpname(L *glua.LState) int {
	results, err := v.hostCall("runner.fs.tmpname")
	if err != nil {
		v.throw(L, asFailure(err))
	}
	L.Push(glua.LString(stringResult(results)))
	return 1
}

// pushDone pushes true; or, if err is not nil, what pushFailure does.
func (v *vm) pushDone(L *glua.LState, path string, err error) int {
	if err != nil {
		return v.pushFailure(L, path, err)
	}
	L.Push(glua.LTrue)
	return 1
}
