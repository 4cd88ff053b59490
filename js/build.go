package js

import (
	"slices"
	"sort"
	"time"

	"github.com/dop251/goja"
)

// keepValues is how many values there is room kept for.
const keepValues = 1024

// A builder is an engine.Builder. It is used again and again, and belongs to who
// holds the VM.
type builder struct {
	v      *vm
	values []goja.Value // not yet in an array or an object
	keys   []string     // of those
	known  [64]string
}

// done lets go of what is in b.
func (b *builder) done() {
	if cap(b.values) > keepValues || cap(b.keys) > keepValues {
		b.values, b.keys = nil, nil
	}
	clear(b.values)
	clear(b.keys)
	b.values, b.keys = b.values[:0], b.keys[:0]
}

func (b *builder) add(x goja.Value) { b.values = append(b.values, x) }

func (b *builder) Nil()             { b.add(goja.Null()) }
func (b *builder) Bool(x bool)      { b.add(b.v.rt.ToValue(x)) }
func (b *builder) Int(x int64)      { b.add(b.v.toJS(x)) }
func (b *builder) Uint(x uint64)    { b.add(b.v.toJS(x)) }
func (b *builder) Float(x float64)  { b.add(b.v.rt.ToValue(x)) }
func (b *builder) Text(x []byte)    { b.add(b.v.text(string(x))) }
func (b *builder) Bytes(x []byte)   { b.add(b.v.bytes(append(make([]byte, 0, len(x)), x...))) }
func (b *builder) Time(x time.Time) { b.add(b.v.toJS(x)) }

func (b *builder) Array(n int) {
	from := len(b.values) - n
	b.fold(from, b.v.newArray(b.values[from:]))
}

// fold puts an object in the place of the values from an index on, which are in it.
func (b *builder) fold(from int, o *goja.Object) {
	clear(b.values[from:])
	b.values = append(b.values[:from], o)
}

// Key keeps some keys for the calls that come: most have the same few.
func (b *builder) Key(x []byte) {
	const longest = 32
	if len(x) == 0 || len(x) > longest {
		b.keys = append(b.keys, string(x))
		return
	}
	slot := &b.known[(uint(x[0])+3*uint(x[len(x)-1])+5*uint(len(x)))%uint(len(b.known))]
	if *slot != string(x) {
		*slot = string(x)
	}
	b.keys = append(b.keys, *slot)
}

// Map sorts the keys: in which order they come is the serialiser's affair, and not
// the script's.
func (b *builder) Map(n int) bool {
	from, keysFrom := len(b.values)-n, len(b.keys)-n
	keys, values := b.keys[keysFrom:], b.values[from:]
	sortFields(keys, values)
	o, ok := b.v.newObject(keys, values)
	b.fold(from, o)
	clear(keys)
	b.keys = b.keys[:keysFrom]
	return ok
}

// sortFields sorts keys, and their values with them.
func sortFields(keys []string, values []goja.Value) {
	const few = 12
	if len(keys) > few {
		if !slices.IsSorted(keys) {
			sort.Sort(byKey{keys, values})
		}
		return
	}
	for i := 1; i < len(keys); i++ {
		for j := i; j > 0 && keys[j] < keys[j-1]; j-- {
			byKey{keys, values}.Swap(j, j-1)
		}
	}
}

type byKey struct {
	keys   []string
	values []goja.Value
}

func (p byKey) Len() int           { return len(p.keys) }
func (p byKey) Less(i, j int) bool { return p.keys[i] < p.keys[j] }
func (p byKey) Swap(i, j int) {
	p.keys[i], p.keys[j] = p.keys[j], p.keys[i]
	p.values[i], p.values[j] = p.values[j], p.values[i]
}
