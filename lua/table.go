package lua

import (
	"fmt"
	"reflect"
	"sync"
	"unsafe"

	glua "github.com/yuin/gopher-lua"
)

// A table is what is inside a glua.LTable. By its API each field that is set takes
// a string of its own for the key and a second look-up, and lists that grow one
// by one; each that is read by Next takes two look-ups. Arguments and results are
// mostly that.
//
// It depends on the layout of gopher-lua's struct, which go.mod pins. That is
// checked when a VM is made, so that an upgrade fails at once and loudly.
type table struct {
	Metatable glua.LValue
	array     []glua.LValue
	dict      map[glua.LValue]glua.LValue // of keys that are not strings
	strdict   map[string]glua.LValue
	keys      []glua.LValue       // in the order of Next, also those that are gone
	k2i       map[glua.LValue]int // where in keys
}

func inside(tb *glua.LTable) *table { return (*table)(unsafe.Pointer(tb)) }

// layoutError is nil if gopher-lua's tables look as table says.
var layoutError = sync.OnceValue(func() error {
	return checkLayout(reflect.TypeFor[glua.LTable](), reflect.TypeFor[table]())
})

func checkLayout(theirs, known reflect.Type) error {
	same := theirs.NumField() == known.NumField()
	for i := 0; same && i < known.NumField(); i++ {
		a, b := theirs.Field(i), known.Field(i)
		same = a.Name == b.Name && a.Type == b.Type && a.Offset == b.Offset
	}
	if !same {
		return fmt.Errorf("lua: this version of gopher-lua has another %s than package lua knows", theirs)
	}
	return nil
}

// Tables with room for what is in them, so that both take one allocation. What is put into
// one later is elsewhere, as with any slice that is full.
type (
	roomFor4 struct {
		glua.LTable
		values [4]glua.LValue
	}
	roomFor8 struct {
		glua.LTable
		values [8]glua.LValue
	}
)

// newTable returns an empty table and room for n values.
func newTable(n int) (*glua.LTable, []glua.LValue) {
	var tb *glua.LTable
	var values []glua.LValue
	switch {
	case n == 0:
		tb = new(glua.LTable)
	case n <= 4:
		t := new(roomFor4)
		tb, values = &t.LTable, t.values[:0:n]
	case n <= 8:
		t := new(roomFor8)
		tb, values = &t.LTable, t.values[:0:n]
	default:
		tb, values = new(glua.LTable), make([]glua.LValue, 0, n)
	}
	tb.Metatable = glua.LNil
	return tb, values
}

// newArray returns a table of the values, which it copies.
func newArray(values []glua.LValue) *glua.LTable {
	tb, room := newTable(len(values))
	if len(values) > 0 {
		inside(tb).array = append(room, values...)
	}
	return tb
}

// newObject returns a table of the values and their keys, strings as glua boxes
// them, which it copies. It reports false if two of the keys are the same.
func newObject(keys, values []glua.LValue) (*glua.LTable, bool) {
	tb, room := newTable(len(keys))
	t := inside(tb)
	t.strdict = make(map[string]glua.LValue, len(keys))
	t.k2i = make(map[glua.LValue]int, len(keys))
	t.keys = append(room, keys...)
	for i, key := range keys {
		t.strdict[string(key.(glua.LString))] = values[i]
		t.k2i[key] = i
	}
	return tb, len(t.strdict) == len(keys)
}
