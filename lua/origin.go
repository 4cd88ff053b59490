package lua

import (
	"reflect"
	"slices"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// A fault is an instruction that went wrong, in the Lua function that runs.
type fault struct {
	L     *glua.LState
	d     *glua.Debug
	proto *glua.FunctionProto
	pc    int
	// missing is where the nil came from that is to blame; see explain.
	missing origin
}

// faultAt returns the instruction that the Lua function of d is at.
func faultAt(L *glua.LState, d *glua.Debug) (*fault, bool) {
	fn, err := L.GetInfo("f", d, nil)
	if err != nil {
		return nil, false
	}
	f, ok := fn.(*glua.LFunction)
	if !ok || f.Proto == nil {
		return nil, false
	}
	pc, ok := programCounter(d)
	if !ok || pc < 0 || pc >= len(f.Proto.Code) {
		return nil, false
	}
	return &fault{L: L, d: d, proto: f.Proto, pc: pc}, true
}

// programCounter reads what gopher-lua keeps to itself. If a later one keeps it
// elsewhere, messages are gopher-lua's own again, and a test says so.
func programCounter(d *glua.Debug) (int, bool) {
	frame := reflect.ValueOf(d).Elem().FieldByName("frame")
	if !frame.IsValid() || frame.Kind() != reflect.Pointer || frame.IsNil() {
		return 0, false
	}
	pc := frame.Elem().FieldByName("Pc")
	if !pc.IsValid() || !pc.CanInt() {
		return 0, false
	}
	return int(pc.Int()) - 1, true // it is that of the next one
}

// An instruction of gopher-lua's: 6 bits of operation, then A, C and B.
type instruction uint32

func (i instruction) op() int { return int(i >> 26) }
func (i instruction) a() int  { return int(i>>18) & 0xff }
func (i instruction) b() int  { return int(i) & 0x1ff }
func (i instruction) c() int  { return int(i>>9) & 0x1ff }
func (i instruction) bx() int { return int(i) & 0x3ffff }

// jump is how far it jumps, from the next instruction on.
func (i instruction) jump() int { return i.bx() - 0x3ffff>>1 }

// constantBit is set in an operand that is a constant and not a register.
const constantBit = 1 << 8

func (f *fault) instruction() instruction { return instruction(f.proto.Code[f.pc]) }

// value returns what an operand is at the fault; nil, unlike LNil, if that is
// not known.
func (f *fault) value(operand int) glua.LValue {
	if operand&constantBit != 0 {
		return f.proto.Constants[operand&^constantBit]
	}
	name, value := f.L.GetLocal(f.d, operand+1)
	if name == "" {
		return nil
	}
	return value
}

// An origin is where the value in a register came from, in Lua's words: a
// "global", "local", "method", "field" or "upvalue" and its name.
type origin struct {
	kind, name string
	in         string // the global whose field it is, if it is one's
}

// origin finds out where what a register holds before an instruction came from.
// Its zero value says that it has no name.
func (f *fault) origin(register, pc int) origin {
	if name := f.local(register, pc); name != "" {
		return origin{kind: "local", name: name}
	}
	setter := f.setter(register, pc)
	if setter < 0 {
		return origin{}
	}
	switch i := instruction(f.proto.Code[setter]); i.op() {
	case glua.OP_MOVE, glua.OP_MOVEN:
		if i.b() < i.a() { // else it may go round in circles
			return f.origin(i.b(), setter)
		}
	case glua.OP_GETGLOBAL:
		return origin{kind: "global", name: f.text(i.bx() | constantBit)}
	case glua.OP_GETUPVAL:
		if i.b() < len(f.proto.DbgUpvalues) {
			return origin{kind: "upvalue", name: f.proto.DbgUpvalues[i.b()]}
		}
	case glua.OP_GETTABLE, glua.OP_GETTABLEKS:
		o := origin{kind: "field", name: f.text(i.c())}
		if from := f.setter(i.b(), setter); from >= 0 && f.local(i.b(), setter) == "" {
			if g := instruction(f.proto.Code[from]); g.op() == glua.OP_GETGLOBAL {
				o.in = f.text(g.bx() | constantBit)
			}
		}
		return o
	case glua.OP_SELF:
		if register == i.a() {
			return origin{kind: "method", name: f.text(i.c())}
		}
	}
	return origin{}
}

// text is an operand that is constant text, or "?".
func (f *fault) text(operand int) string {
	if i := operand &^ constantBit; operand&constantBit != 0 && i < len(f.proto.Constants) {
		if s, ok := f.proto.Constants[i].(glua.LString); ok {
			return string(s)
		}
	}
	return "?"
}

// local returns the name of the local variable that has a register, or "".
func (f *fault) local(register, pc int) string {
	locals := f.proto.DbgLocals
	switch {
	case register < int(f.proto.NumParameters) && register < len(locals):
		return locals[register].Name
	case !f.scopesKnown():
		return f.declared(register, pc)
	}
	for _, l := range locals {
		if l.StartPc <= pc && pc <= l.EndPc {
			if register == 0 {
				return l.Name
			}
			register--
		}
	}
	return ""
}

// scopesKnown tells whether it is known where each local variable ends. gopher-lua notes
// that at the index of its register, and not its own: where two variables have had the same
// register, one after the other, one has no end, and another the wrong one.
func (f *fault) scopesKnown() bool {
	return !slices.ContainsFunc(f.proto.DbgLocals, func(l *glua.DbgLocalInfo) bool { return l.EndPc == 0 })
}

// declared returns the name of the local variable that a register was set for when that was
// declared, if that was the last time; "" if it is not certain.
func (f *fault) declared(register, pc int) string {
	setter := f.setter(register, pc)
	if setter < 0 || instruction(f.proto.Code[setter]).a() != register {
		return ""
	}
	name := ""
	for _, l := range f.proto.DbgLocals {
		switch {
		case l.StartPc != setter+1:
		case name != "", strings.HasPrefix(l.Name, "("): // of several, or of a for loop
			return ""
		default:
			name = l.Name
		}
	}
	return name
}

// setter returns the last instruction before pc that set a register, or -1. If
// there may have been another one, on another way to pc, there is none.
func (f *fault) setter(register, pc int) int {
	setter, target := -1, 0
	for at := 0; at < pc; at++ {
		i := instruction(f.proto.Code[at])
		if i.sets(register) {
			setter = at
			if at < target { // it may have been jumped over
				setter = -1
			}
		}
		switch i.op() {
		case glua.OP_JMP:
			if to := at + 1 + i.jump(); at < to && to <= pc {
				target = max(target, to)
			}
		case glua.OP_CLOSURE: // is followed by its upvalues, which are no instructions
			at += int(f.proto.FunctionPrototypes[i.bx()].NumUpvalues)
		case glua.OP_SETLIST:
			if i.c() == 0 { // which is then what follows
				at++
			}
		}
	}
	return setter
}

// sets tells whether an instruction changes a register.
func (i instruction) sets(register int) bool {
	a := i.a()
	switch i.op() {
	case glua.OP_LOADNIL:
		return a <= register && register <= i.b()
	case glua.OP_CALL, glua.OP_TAILCALL, glua.OP_VARARG:
		return register >= a
	case glua.OP_TFORLOOP:
		return register >= a+2
	case glua.OP_FORLOOP:
		return register == a || register == a+3
	case glua.OP_SELF:
		return register == a || register == a+1
	case glua.OP_SETGLOBAL, glua.OP_SETUPVAL, glua.OP_SETTABLE, glua.OP_SETTABLEKS, glua.OP_SETLIST,
		glua.OP_JMP, glua.OP_EQ, glua.OP_LT, glua.OP_LE, glua.OP_TEST, glua.OP_RETURN, glua.OP_CLOSE, glua.OP_NOP:
		return false
	}
	return register == a
}
