package lua

import (
	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child/engine"
)

// loadSerialiser runs the source of a custom serialiser. It has globals of its
// own, behind which it sees those of the script.
func (v *vm) loadSerialiser(src engine.Source) error {
	env := v.root.NewTable()
	meta := v.root.NewTable()
	meta.RawSetString("__index", v.globals)
	env.Metatable = meta

	results, err := v.runChunk(&task{vm: v, quiet: true}, src, env)
	if err != nil {
		return err
	}
	if len(results) >= 2 {
		freeze, ok1 := results[0].(*glua.LFunction)
		thaw, ok2 := results[1].(*glua.LFunction)
		if ok1 && ok2 {
			v.freeze, v.thaw = freeze, thaw
			return nil
		}
	}
	return &engine.Error{
		Kind:     engine.KindSerialise,
		Language: language,
		Message:  "the serialiser " + src.Name + " must return two functions: freeze and thaw",
		Stack:    []engine.Frame{{File: src.Name}},
	}
}

// frozenByScript returns a frame with the octets that the script's freeze makes
// of the values on L from index first on.
func (v *vm) frozenByScript(L *glua.LState, first int) ([]byte, *engine.Error) {
	th := v.acquire(v.cur.top.L)
	defer v.release(th)
	n := L.GetTop() - first + 1
	th.L.Push(th.enter)
	th.L.Push(v.freeze)
	for i := first; i < first+n; i++ {
		th.L.Push(L.Get(i))
	}
	if err := v.protect(th, n+1); err != nil {
		return nil, v.serialiserError(err)
	}
	octets, ok := th.L.Get(1).(glua.LString)
	if !ok || th.L.GetTop() != 1 {
		return nil, &engine.Error{
			Kind:     engine.KindSerialise,
			Language: language,
			Message:  "the serialiser's freeze must return one string",
		}
	}
	return append(v.services.Frame(), octets...), nil
}

// thawnByScript pushes what the script's thaw makes of payload.
func (v *vm) thawnByScript(th *thread, payload []byte) *engine.Error {
	th.L.Push(th.enter)
	th.L.Push(v.thaw)
	th.L.Push(glua.LString(payload))
	if err := v.protect(th, 2); err != nil {
		return v.serialiserError(err)
	}
	return nil
}

func (v *vm) serialiserError(err *glua.ApiError) *engine.Error {
	e := v.uncaught(err)
	if e.Kind == engine.KindScript {
		e.Kind = engine.KindSerialise
	}
	return e
}
