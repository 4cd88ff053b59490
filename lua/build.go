package lua

import (
	"fmt"
	"strconv"
	"time"

	glua "github.com/yuin/gopher-lua"
)

// A builder is an engine.Builder. It is used again and again, and belongs to who
// holds the VM.
type builder struct {
	v      *vm
	values []glua.LValue // not yet in a table
	keys   []glua.LValue // of those
	known  [64]glua.LValue
	small  *[256]glua.LValue // the integers from 0 on that have been met
	// bad is the first value that Lua does not have, and at where it or the table
	// that it is in stands in values. nil is put in its place.
	bad *badValue
	at  int
}

// done lets go of what is in b.
func (b *builder) done() {
	if cap(b.values) > keepScratch || cap(b.keys) > keepScratch {
		b.values, b.keys = nil, nil
	}
	clear(b.values)
	clear(b.keys)
	b.values, b.keys, b.bad = b.values[:0], b.keys[:0], nil
}

func (b *builder) add(x glua.LValue) { b.values = append(b.values, x) }

// refuse stands for a value that Lua does not have.
func (b *builder) refuse(format string, args ...any) {
	if b.bad == nil {
		b.bad = &badValue{why: fmt.Sprintf(format, args...)}
		b.at = len(b.values)
	}
	b.add(glua.LNil)
}

// beyond53 is why an integer is refused.
const beyond53 = "is the integer %d: beyond 2^53 a Lua number cannot hold it; send it as a string"

// Nil adds json.null, which is nil where it is not in a table: see top.
func (b *builder) Nil()            { b.add(b.v.null) }
func (b *builder) Bool(x bool)     { b.add(glua.LBool(x)) }
func (b *builder) Float(x float64) { b.add(glua.LNumber(x)) }
func (b *builder) Text(x []byte)   { b.add(glua.LString(x)) }
func (b *builder) Bytes(x []byte)  { b.add(glua.LString(x)) }

func (b *builder) Time(x time.Time) { b.add(glua.LString(x.Format(time.RFC3339Nano))) }

func (b *builder) Int(x int64) {
	if x > maxExact || x < -maxExact {
		b.refuse(beyond53, x)
		return
	}
	b.add(b.number(x))
}

// number returns a number without an allocation where it is small, as most are.
func (b *builder) number(x int64) glua.LValue {
	if b.small == nil {
		b.small = new([256]glua.LValue)
	}
	if uint64(x) >= uint64(len(b.small)) {
		return glua.LNumber(x)
	}
	if b.small[x] == nil {
		b.small[x] = glua.LNumber(x)
	}
	return b.small[x]
}

func (b *builder) Uint(x uint64) { b.refuse(beyond53, x) }

func (b *builder) Array(n int) {
	from := len(b.values) - n
	if b.bad != nil && b.at >= from {
		b.bad.in(nil, "["+strconv.Itoa(b.at-from+1)+"]")
		b.at = from
	}
	b.fold(from, newArray(b.values[from:]))
}

// fold puts a table in the place of the values from an index on, which are in it.
func (b *builder) fold(from int, tb *glua.LTable) {
	clear(b.values[from:])
	b.values = append(b.values[:from], tb)
}

// Key keeps some keys for the calls that come: most have the same few.
func (b *builder) Key(x []byte) {
	const longest = 32
	if len(x) == 0 || len(x) > longest {
		b.keys = append(b.keys, glua.LString(x))
		return
	}
	slot := &b.known[(uint(x[0])+3*uint(x[len(x)-1])+5*uint(len(x)))%uint(len(b.known))]
	if key, ok := (*slot).(glua.LString); !ok || string(key) != string(x) {
		*slot = glua.LString(x)
	}
	b.keys = append(b.keys, *slot)
}

func (b *builder) Map(n int) bool {
	from, keysFrom := len(b.values)-n, len(b.keys)-n
	if b.bad != nil && b.at >= from {
		b.bad.in(nil, fieldName(string(b.keys[keysFrom+b.at-from].(glua.LString))))
		b.at = from
	}
	if n == 0 {
		b.add(&glua.LTable{Metatable: b.v.meta.object})
		return true
	}
	tb, ok := newObject(b.keys[keysFrom:], b.values[from:])
	b.fold(from, tb)
	clear(b.keys[keysFrom:])
	b.keys = b.keys[:keysFrom]
	return ok
}

// top returns a value that is not in a table.
func (b *builder) top(i int) glua.LValue {
	if x := b.values[i]; x != b.v.null {
		return x
	}
	return glua.LNil
}
