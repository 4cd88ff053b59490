package lua

import (
	"math"
	"math/rand/v2"

	glua "github.com/yuin/gopher-lua"
)

// openMath gives the VM random numbers of its own, and math.huge its value.
func (v *vm) openMath() {
	glua.OpenMath(v.root)
	v.root.SetTop(0)
	lib := v.globals.RawGetString("math").(*glua.LTable)
	lib.RawSetString("huge", glua.LNumber(math.Inf(1)))
	r := &random{}
	v.setFields(lib, fields{
		{"random", r.random},
		{"randomseed", r.seed},
	})
}

// random is seeded by chance until the script seeds it.
type random struct {
	source *rand.Rand
}

func (r *random) float() float64 {
	if r.source == nil {
		return rand.Float64()
	}
	return r.source.Float64()
}

func (r *random) seed(L *glua.LState) int {
	seed := math.Float64bits(float64(L.CheckNumber(1)))
	r.source = rand.New(rand.NewPCG(seed, seed))
	return 0
}

func (r *random) random(L *glua.LState) int {
	var low, high float64
	switch L.GetTop() {
	case 0:
		L.Push(glua.LNumber(r.float()))
		return 1
	case 1:
		low, high = 1, math.Floor(float64(L.CheckNumber(1)))
	default:
		low, high = math.Floor(float64(L.CheckNumber(1))), math.Floor(float64(L.CheckNumber(2)))
	}
	if !(low <= high) {
		L.ArgError(L.GetTop(), "interval is empty")
	}
	L.Push(glua.LNumber(math.Floor(r.float()*(high-low+1)) + low))
	return 1
}
