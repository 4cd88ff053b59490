package lua

import (
	"strconv"
	"time"

	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child/engine"
)

// pushArgs pushes the arguments that a payload holds.
func (v *vm) pushArgs(th *thread, payload []byte) *engine.Error {
	if v.thaw != nil {
		return v.thawnByScript(th, payload)
	}
	if v.stream != nil {
		return v.pushStreamed(th.L, payload)
	}
	if v.octets != nil && v.pushOctets(th.L, payload) {
		return nil
	}
	values, err := v.cfg.Codec.Thaw(payload)
	if err != nil {
		return codecFailure(err)
	}
	return v.push(th.L, values, "argument ", "")
}

// codecFailure gives a codec's error its kind, if it has none.
func codecFailure(err error) *engine.Error {
	e := asFailure(err)
	if e.Kind == engine.KindScript {
		e = serialiseFailure(err)
	}
	return e
}

// pushOctets is pushArgs of octet strings. It reports false, and pushes nothing, if
// that is not for the codec to do one by one.
func (v *vm) pushOctets(L *glua.LState, payload []byte) bool {
	top := L.GetTop()
	for len(payload) > 0 {
		octets, rest, ok := v.octets.NextOctets(payload)
		if !ok {
			L.SetTop(top)
			return false
		}
		L.Push(glua.LString(octets))
		payload = rest
	}
	return true
}

// pushStreamed is pushArgs without values of Go's in between.
func (v *vm) pushStreamed(L *glua.LState, payload []byte) *engine.Error {
	b := &v.in
	defer b.done()
	if err := v.stream.ThawInto(payload, b); err != nil {
		return codecFailure(err)
	}
	if b.bad != nil {
		return b.bad.named("argument " + strconv.Itoa(b.at+1))
	}
	for i := range b.values {
		L.Push(b.top(i))
	}
	return nil
}

// push pushes values. before and after are put around a value's number in an
// error.
func (v *vm) push(L *glua.LState, values []any, before, after string) *engine.Error {
	for i, x := range values {
		value, bad := v.toLua(x, 0)
		if bad != nil {
			return bad.named(before + strconv.Itoa(i+1) + after)
		}
		L.Push(value)
	}
	return nil
}

// toLua converts a value of the codec's. Inside tables nil becomes json.null.
func (v *vm) toLua(x any, depth int) (glua.LValue, *badValue) {
	switch x := x.(type) {
	case nil:
		if depth > 0 {
			return v.null, nil
		}
		return glua.LNil, nil
	case string:
		return glua.LString(x), nil
	case []byte:
		return glua.LString(x), nil
	case bool:
		return glua.LBool(x), nil
	case float64:
		return glua.LNumber(x), nil
	case int64:
		if x > maxExact || x < -maxExact {
			return nil, badf(beyond53, x)
		}
		return glua.LNumber(x), nil
	case uint64:
		if x > maxExact {
			return nil, badf(beyond53, x)
		}
		return glua.LNumber(x), nil
	case []any:
		return v.arrayToLua(x, depth+1)
	case map[string]any:
		return v.objectToLua(x, depth+1)
	case time.Time:
		return glua.LString(x.Format(time.RFC3339Nano)), nil
	}
	return nil, badf("is of the type %T, which Lua has no value for", x)
}

func (v *vm) arrayToLua(list []any, depth int) (glua.LValue, *badValue) {
	if depth > maxDepth {
		return nil, badf("is nested deeper than %d tables", maxDepth)
	}
	tb := v.root.CreateTable(len(list), 0)
	for i, x := range list {
		value, bad := v.toLua(x, depth)
		if bad != nil {
			return nil, bad.in(nil, "["+strconv.Itoa(i+1)+"]")
		}
		tb.RawSetInt(i+1, value)
	}
	return tb, nil
}

func (v *vm) objectToLua(object map[string]any, depth int) (glua.LValue, *badValue) {
	if depth > maxDepth {
		return nil, badf("is nested deeper than %d tables", maxDepth)
	}
	tb := v.root.CreateTable(0, len(object))
	if len(object) == 0 {
		tb.Metatable = v.meta.object
	}
	for name, x := range object {
		value, bad := v.toLua(x, depth)
		if bad != nil {
			return nil, bad.in(nil, fieldName(name))
		}
		tb.RawSetString(name, value)
	}
	return tb, nil
}
