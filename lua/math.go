package lua

import (
	"math"

	glua "github.com/yuin/gopher-lua"
)

// openMath gives the VM random numbers of its own, and math.huge its value.
func (v *vm) openMath() {
	glua.OpenMath(v.root)
	v.root.SetTop(0)
	lib := v.globals.RawGetString("math").(*glua.LTable)
	lib.RawSetString("huge", glua.LNumber(math.Inf(1)))
	v.setFields(lib, fields{
		{"random", v.mathRandom},
		{"randomseed", v.mathRandomSeed},
	})
}

func (v *vm) mathRandomSeed(L *glua.LState) int {
	v.random.Reseed(v.cur.ec(), math.Float64bits(float64(L.CheckNumber(1))))
	return 0
}

func (v *vm) mathRandom(L *glua.LState) int {
	var low, high float64
	switch L.GetTop() {
	case 0:
		L.Push(glua.LNumber(v.random.Float64(v.cur.ec())))
		return 1
	case 1:
		low, high = 1, math.Floor(float64(L.CheckNumber(1)))
	default:
		low, high = math.Floor(float64(L.CheckNumber(1))), math.Floor(float64(L.CheckNumber(2)))
	}
	if !(low <= high) {
		L.ArgError(L.GetTop(), "interval is empty")
	}
	L.Push(glua.LNumber(math.Floor(v.random.Float64(v.cur.ec())*(high-low+1)) + low))
	return 1
}
