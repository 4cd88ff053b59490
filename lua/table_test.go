package lua

import (
	"reflect"
	"slices"
	"testing"

	glua "github.com/yuin/gopher-lua"
)

// A gopher-lua whose tables are otherwise is refused.
func TestLayout(t *testing.T) {
	t.Parallel()
	if err := layoutError(); err != nil {
		t.Error(err)
	}
	number, text := reflect.TypeFor[int](), reflect.TypeFor[string]()
	structure := func(fields ...reflect.StructField) reflect.Type { return reflect.StructOf(fields) }
	a, b := reflect.StructField{Name: "A", Type: number}, reflect.StructField{Name: "B", Type: text}
	known := structure(a, b)
	if err := checkLayout(structure(a, b), known); err != nil {
		t.Error(err)
	}
	for name, theirs := range map[string]reflect.Type{
		"fewer":   structure(a),
		"more":    structure(a, b, reflect.StructField{Name: "C", Type: number}),
		"swapped": structure(b, a),
		"renamed": structure(a, reflect.StructField{Name: "C", Type: text}),
		"other":   structure(a, reflect.StructField{Name: "B", Type: number}),
	} {
		if checkLayout(theirs, known) == nil {
			t.Errorf("%s: %s is taken for %s", name, theirs, known)
		}
	}
}

// A table that was filled from inside is as one that was filled by the API, also
// for what is done with it later.
func TestNewObject(t *testing.T) {
	t.Parallel()
	L := glua.NewState()
	defer L.Close()
	tb, ok := newObject([]glua.LValue{glua.LString("a"), glua.LString("b"), glua.LString("c")}, []glua.LValue{glua.LTrue, glua.LFalse, newArray([]glua.LValue{glua.LTrue})})
	if !ok {
		t.Error("the keys are not told apart")
	}
	if _, ok := newObject([]glua.LValue{glua.LString("a"), glua.LString("a")}, []glua.LValue{glua.LTrue, glua.LTrue}); ok {
		t.Error("a key that occurs twice is not noticed")
	}
	L.SetGlobal("t", tb)
	if err := L.DoString(`
		local function keys() local k = {} for key in pairs(t) do k[#k + 1] = key end return table.concat(k, " ") end
		assert(keys() == "a b c" and #t == 0 and #t.c == 1 and t.a == true and t.b == false)
		t.b = nil; t.d = 4; t[1] = "x"; t[2.5] = "y"; t.c[2] = "z"
		seen = keys()
		assert(t[2.5] == "y" and #t.c == 2 and next(t) == 1)
		t.b = "again"
		again = keys()`); err != nil {
		t.Fatal(err)
	}
	if got := []string{L.GetGlobal("seen").String(), L.GetGlobal("again").String()}; !slices.Equal(got, []string{"1 a c d 2.5", "1 a b c d 2.5"}) {
		t.Errorf("the keys are %q", got)
	}
}
