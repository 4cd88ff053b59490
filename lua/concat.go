package lua

import (
	"unsafe" // for go:linkname, too

	glua "github.com/yuin/gopher-lua"
)

// What is between the operands of .. becomes text inside gopher-lua, which writes
// infinities and NaN as Go does. No API leads there. So what carries out that
// instruction, in its table of them, is replaced by something that looks at the
// operands first. It depends on that table, which go.mod pins; a test fails where it
// has another name.

// A carrier carries out an instruction. The last argument is a level of the stack.
type carrier = func(L *glua.LState, i instruction, level unsafe.Pointer) int

//go:linkname carriers github.com/yuin/gopher-lua.jumpTable
var carriers [glua.OP_NOP + 1]carrier

func init() {
	concat := carriers[glua.OP_CONCAT]
	carriers[glua.OP_CONCAT] = func(L *glua.LState, i instruction, level unsafe.Pointer) int {
		for r := i.b(); r <= i.c(); r++ { // registers that nothing else uses
			spell(L, r+1)
		}
		return concat(L, i, level)
	}
}
