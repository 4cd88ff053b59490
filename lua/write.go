package lua

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child/engine"
)

// A field is a value in a table with its key.
type field struct {
	key   string
	value glua.LValue
}

// frozenStreamed is frozen without values of Go's in between.
func (v *vm) frozenStreamed(L *glua.LState, first int, what string) ([]byte, *engine.Error) {
	w := v.stream.Writer(v.services.Frame())
	r := rules{binary: v.cfg.Binary}
	n := L.GetTop() - first + 1
	w.Array(n)
	for i := range n {
		w.Next(i)
		if bad := v.write(w, L.Get(first+i), r, 0); bad != nil {
			return nil, bad.named(fmt.Sprintf(what, i+1))
		}
	}
	w.ArrayEnd()
	return w.Frozen(), nil
}

// write writes a value that stands within depth tables.
func (v *vm) write(w engine.Writer, value glua.LValue, r rules, depth int) *badValue {
	switch value := value.(type) {
	case glua.LString:
		return writeString(w, string(value), r)
	case glua.LNumber:
		return writeNumber(w, float64(value), r)
	case glua.LBool:
		w.Bool(bool(value))
		return nil
	case *glua.LNilType:
		w.Nil()
		return nil
	case *glua.LTable:
		return v.writeTable(w, value, r, depth+1)
	case *glua.LUserData:
		if value == v.null {
			w.Nil()
			return nil
		}
	}
	return badf("is %s, which cannot be carried", v.typeName(value))
}

func writeString(w engine.Writer, s string, r rules) *badValue {
	if w.Text(s) || r.binary && w.Bytes([]byte(s)) {
		return nil
	}
	return octetText()
}

func writeNumber(w engine.Writer, n float64, r rules) *badValue {
	switch {
	case isWhole(n):
		if math.Abs(n) > maxExact {
			return inexact(n)
		}
		w.Int(int64(n))
	case w.Float(n):
	case r.finite:
		return badf("is %s", nameNumber(n))
	default:
		return badf("is %s, which the serialiser cannot carry: use cbor or msgpack", nameNumber(n))
	}
	return nil
}

func (v *vm) writeTable(w engine.Writer, tb *glua.LTable, r rules, depth int) *badValue {
	if depth > maxDepth {
		return tooDeep(tb)
	}
	n, t := tb.Len(), inside(tb)
	if len(t.strdict)+len(t.dict) == 0 {
		if n == 0 && tb.Metatable == v.meta.object {
			w.Map(0)
			w.MapEnd()
			return nil
		}
		return v.writeArray(w, tb, t.array[:n], r, depth)
	}
	if n > 0 {
		key, _ := tb.Next(glua.LNumber(n))
		return v.neither(key)
	}
	if len(t.dict) > 0 {
		for _, key := range t.keys {
			if _, there := t.dict[key]; there {
				return v.badKey(key)
			}
		}
	}
	return v.writeObject(w, tb, t, r, depth)
}

func (v *vm) writeArray(w engine.Writer, tb *glua.LTable, items []glua.LValue, r rules, depth int) *badValue {
	w.Array(len(items))
	for i, item := range items {
		if item == glua.LNil {
			return hole(i+1, len(items))
		}
		w.Next(i)
		if bad := v.write(w, item, r, depth); bad != nil {
			return bad.in(tb, "["+strconv.Itoa(i+1)+"]")
		}
	}
	w.ArrayEnd()
	return nil
}

func (v *vm) writeObject(w engine.Writer, tb *glua.LTable, t *table, r rules, depth int) *badValue {
	from := len(v.out)
	defer v.cutFields(from)
	for _, key := range t.keys {
		if name, ok := key.(glua.LString); ok {
			if value, ok := t.strdict[string(name)]; ok {
				v.out = append(v.out, field{string(name), value})
			}
		}
	}
	// Not by v.out: the fields of what is in these are put behind them.
	fields := v.out[from:]
	slices.SortFunc(fields, func(a, b field) int { return w.CompareKeys(a.key, b.key) })
	w.Map(len(fields))
	for i, f := range fields {
		if !w.Key(i, f.key) {
			return octetKey(f.key)
		}
		if bad := v.write(w, f.value, r, depth); bad != nil {
			return bad.in(tb, fieldName(f.key))
		}
	}
	w.MapEnd()
	return nil
}

// cutFields lets go of the fields from an index on.
func (v *vm) cutFields(from int) {
	clear(v.out[from:])
	v.out = v.out[:from]
	if from == 0 && cap(v.out) > keepScratch {
		v.out = nil
	}
}
