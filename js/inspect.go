package js

import (
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/dop251/goja"
)

const (
	inspectDepth = 2   // levels of objects below the one that is shown
	inspectItems = 100 // of an array or object
)

// inspect returns value as console.log shows it: much like Node's
// util.inspect. It runs getters, so it is used inside the VM or in guard.
func (v *vm) inspect(value goja.Value) string {
	return v.inspectTo(value, inspectDepth)
}

func (v *vm) inspectTo(value goja.Value, depth int) string {
	p := printer{v: v, depth: depth}
	p.value(value)
	return p.String()
}

// printer writes one value.
type printer struct {
	strings.Builder
	v     *vm
	depth int
	path  []*goja.Object // what encloses the value being written
}

func (p *printer) value(value goja.Value) {
	switch value := value.(type) {
	case nil:
		p.WriteString("undefined")
	case goja.String:
		p.WriteString(quote(value.String()))
	case *goja.Object:
		p.object(value)
	case *goja.Symbol:
		p.WriteString("Symbol(" + value.String() + ")")
	default:
		if goja.IsBigInt(value) {
			p.WriteString(value.String() + "n")
			return
		}
		if f, ok := value.Export().(float64); ok && f == 0 && 1/f < 0 {
			p.WriteByte('-')
		}
		p.WriteString(value.String())
	}
}

// quote quotes like Node, with the quotes that need no escaping.
func quote(s string) string {
	quoted := strconv.Quote(s)
	if !strings.Contains(s, "'") {
		quoted = strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
		return "'" + quoted + "'"
	}
	return quoted
}

func (p *printer) object(o *goja.Object) {
	for _, outer := range p.path {
		if outer == o {
			p.WriteString("[Circular]")
			return
		}
	}
	if isFunction(o) {
		p.function(o)
		return
	}
	if p.custom(o) {
		return
	}
	if p.v.isError(o) {
		if p.v.describing > 1 { // it may be inside the error that is described
			p.WriteString("[" + errorText(o) + "]")
			return
		}
		p.WriteString(p.v.errorTrace(o))
		return
	}
	switch t := o.ExportType(); {
	case t == typeTime:
		if date, ok := o.Export().(time.Time); ok {
			p.WriteString(date.UTC().Format("2006-01-02T15:04:05.000Z07:00"))
		} else {
			p.WriteString("Invalid Date")
		}
		return
	case isOctets(o):
		p.octets(o)
		return
	case o.ClassName() == "RegExp":
		p.WriteString(o.String())
		return
	case t == typePromise:
		p.promise(o.Export().(*goja.Promise))
		return
	}
	if inner := p.v.unbox(o); inner != nil {
		p.WriteString("[" + o.ClassName() + ": ")
		p.value(inner)
		p.WriteByte(']')
		return
	}
	p.path = append(p.path, o)
	defer func() { p.path = p.path[:len(p.path)-1] }()
	if isArray(o) {
		p.array(o)
		return
	}
	p.fields(o)
}

// custom writes what an object's own way of showing itself makes of it, if it
// has one: a method whose name is the symbol nodejs.util.inspect.custom.
func (p *printer) custom(o *goja.Object) bool {
	if o.ExportType() != typeObject {
		return false
	}
	show := function(o.GetSymbol(p.v.inspectSymbol()))
	if show == nil {
		return false
	}
	options := p.v.rt.NewObject()
	depth := p.v.rt.ToValue(p.depth - len(p.path))
	p.v.set(options, "depth", depth)
	p.path = append(p.path, o)
	switch shown := show(goja.FunctionCall{This: o, Arguments: []goja.Value{depth, options}}).(type) {
	case goja.String:
		p.WriteString(shown.String())
	default:
		p.value(shown)
	}
	p.path = p.path[:len(p.path)-1]
	return true
}

// inspectSymbol is the symbol that Node has for that.
func (v *vm) inspectSymbol() *goja.Symbol {
	if v.customInspect == nil {
		symbols := v.rt.Get("Symbol").(*goja.Object)
		v.customInspect = function(symbols.Get("for"))(goja.FunctionCall{
			This: symbols, Arguments: []goja.Value{v.text("nodejs.util.inspect.custom")},
		}).(*goja.Symbol)
	}
	return v.customInspect
}

func (p *printer) function(o *goja.Object) {
	kind := "Function"
	if o.ExportType() == typeClass {
		kind = "class"
	}
	name := textOf(o.Get("name"))
	if name == "" {
		name = "(anonymous)"
	}
	p.WriteString("[" + kind + ": " + name + "]")
}

func (p *printer) octets(o *goja.Object) {
	b := p.v.octets(o)
	if proto := p.v.bufferProto; proto != nil && p.v.inherits(o, proto) {
		p.buffer(b)
		return
	}
	p.WriteString(className(o) + "(" + strconv.Itoa(len(b)) + ") [")
	for i, octet := range b {
		if i > 0 {
			p.WriteByte(',')
		}
		if i == inspectItems/2 {
			p.WriteString(" ...")
			break
		}
		p.WriteString(" " + strconv.Itoa(int(octet)))
	}
	p.WriteString(" ]")
}

func (p *printer) buffer(b []byte) {
	p.WriteString("<Buffer")
	for _, octet := range b[:min(len(b), inspectItems/2)] {
		p.WriteString(" " + hex.EncodeToString([]byte{octet}))
	}
	switch more := len(b) - inspectItems/2; {
	case more == 1:
		p.WriteString(" ... 1 more byte")
	case more > 1:
		p.WriteString(" ... " + strconv.Itoa(more) + " more bytes")
	}
	p.WriteByte('>')
}

func (p *printer) promise(promise *goja.Promise) {
	switch promise.State() {
	case goja.PromiseStatePending:
		p.WriteString("Promise { <pending> }")
	case goja.PromiseStateFulfilled:
		p.WriteString("Promise { ")
		p.value(promise.Result())
		p.WriteString(" }")
	default:
		p.WriteString("Promise { <rejected> }")
	}
}

func (p *printer) array(o *goja.Object) {
	if len(p.path) > p.depth+1 {
		p.WriteString("[Array]")
		return
	}
	items, err := p.v.items(o)
	if err != nil {
		p.WriteString("[Array: too large]")
		return
	}
	total := len(items)
	p.list("[", "]", min(total, inspectItems), func(i int) { p.value(items[i]) }, total)
}

func (p *printer) fields(o *goja.Object) {
	class := className(o)
	if len(p.path) > p.depth+1 {
		p.WriteString("[" + class + "]")
		return
	}
	open := "{"
	entries, size := p.entries(o)
	if entries != nil {
		class += "(" + strconv.Itoa(size) + ")"
	}
	if class != "Object" {
		open = class + " {"
	}
	keys := o.Keys()
	total := size + len(keys)
	p.list(open, "}", min(total, inspectItems), func(i int) {
		if i < len(entries) {
			entries[i]()
			return
		}
		key := keys[i-len(entries)]
		p.WriteString(strings.TrimPrefix(property(key), ".") + ": ")
		p.value(o.Get(key))
	}, total)
}

// entries returns what writes the first entries of a Map or Set, and how many it
// has; nil for what is neither. They are as the script's own loop would get them.
func (p *printer) entries(o *goja.Object) (write []func(), size int) {
	t, method := o.ExportType(), "entries"
	if t != typeMap {
		if t != typeSet || o.ClassName() != "Object" {
			return nil, 0
		}
		method = "values"
	}
	write = []func(){}
	var next callable
	call := func(fn callable, this goja.Value) *goja.Object {
		if fn == nil {
			return nil // the script has put something else there
		}
		result, _ := fn(goja.FunctionCall{This: this}).(*goja.Object)
		return result
	}
	iterator := call(function(o.Get(method)), o)
	if iterator != nil {
		next = function(iterator.Get("next"))
	}
	for len(write) < inspectItems {
		step := call(next, iterator)
		if step == nil || truthy(step.Get("done")) {
			return write, len(write)
		}
		value := step.Get("value")
		write = append(write, func() {
			if entry, ok := value.(*goja.Object); ok && t == typeMap {
				p.value(entry.Get("0"))
				p.WriteString(" => ")
				p.value(entry.Get("1"))
				return
			}
			p.value(value)
		})
	}
	size = len(write)
	if n := o.Get("size"); n != nil {
		size = int(min(max(n.ToInteger(), int64(size)), maxSafeInteger))
	}
	return write, size
}

// list writes the first shown of total items.
func (p *printer) list(open, end string, shown int, item func(int), total int) {
	p.WriteString(open)
	for i := range shown {
		if i > 0 {
			p.WriteByte(',')
		}
		p.WriteByte(' ')
		item(i)
	}
	if shown < total {
		p.WriteString(", ... " + strconv.Itoa(total-shown) + " more")
	}
	if total > 0 {
		p.WriteByte(' ')
	}
	p.WriteString(end)
}

// className is the name of an object's class as scripts see it.
func className(o *goja.Object) string {
	if o.Prototype() == nil {
		return "[Object: null prototype]"
	}
	if class, ok := o.Get("constructor").(*goja.Object); ok {
		if name := textOf(class.Get("name")); name != "" {
			return name
		}
	}
	return "Object"
}

// errorTrace is an Error with its traceback and those of its causes.
func (v *vm) errorTrace(o *goja.Object) string {
	e := v.thrown(o, nil)
	var b strings.Builder
	text := e.Message
	if textOf(o.Get("name")) == "Error" && textOf(o.Get("message")) != "" {
		text = "Error: " + text
	}
	for {
		b.WriteString(text)
		for _, f := range e.Stack {
			b.WriteString("\n    at ")
			if f.Function != "" {
				b.WriteString(f.Function + " (" + f.Position() + ")")
			} else {
				b.WriteString(f.Position())
			}
		}
		if e = e.Cause; e == nil {
			return b.String()
		}
		b.WriteString("\n  caused by: ")
		text = e.Message
	}
}
