package types

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// A dialect writes the types of one language.
type dialect struct {
	any, number, integer, boolean, text, octets, time, null string
	list, record                                            func(of string) string
	either                                                  func(a, b string) string
	// object defines the type of an object.
	object func(name string, fields []field) string
}

// A field is one of an object.
type field struct {
	name, typ string
	optional  bool
}

var tsDialect = &dialect{
	any: "any", number: "number", integer: "number", boolean: "boolean", text: "string", octets: "Uint8Array", time: "Date", null: "null",
	list: func(of string) string {
		if strings.ContainsAny(of, " ") {
			of = "(" + of + ")"
		}
		return of + "[]"
	},
	record: func(of string) string { return "Record<string, " + of + ">" },
	either: func(a, b string) string { return a + " | " + b },
	object: func(name string, fields []field) string {
		var b strings.Builder
		fmt.Fprintf(&b, "interface %s {\n", name)
		for _, f := range fields {
			optional := ""
			if f.optional {
				optional = "?"
			}
			fmt.Fprintf(&b, "  %q%s: %s;\n", f.name, optional, f.typ)
		}
		return b.String() + "}\n"
	},
}

var luaDialect = &dialect{
	any: "any", number: "number", integer: "integer", boolean: "boolean", text: "string", octets: "string", time: "string", null: "userdata",
	list: func(of string) string {
		if strings.ContainsAny(of, "|?") {
			of = "(" + of + ")"
		}
		return of + "[]"
	},
	record: func(of string) string { return "table<string, " + of + ">" },
	either: func(a, b string) string { return a + "|" + b },
	object: func(name string, fields []field) string {
		var b strings.Builder
		fmt.Fprintf(&b, "---@class %s\n", name)
		for _, f := range fields {
			optional := ""
			if f.optional {
				optional = "?"
			}
			fmt.Fprintf(&b, "---@field [%q]%s %s\n", f.name, optional, f.typ)
		}
		return b.String() + "\n"
	},
}

// A typeWriter writes Go types in a dialect, and defines the structs among them.
type typeWriter struct {
	*dialect
	names   map[reflect.Type]string
	taken   map[string]bool
	defined strings.Builder
}

func newTypeWriter(d *dialect) *typeWriter {
	return &typeWriter{dialect: d, names: make(map[reflect.Type]string), taken: make(map[string]bool)}
}

var (
	timeType      = reflect.TypeFor[time.Time]()
	bytesType     = reflect.TypeFor[[]byte]()
	marshalerType = reflect.TypeFor[json.Marshaler]()
	textType      = reflect.TypeFor[encoding.TextMarshaler]()
	numberType    = reflect.TypeFor[json.Number]()
)

// write is what a script has for a Go type, at the top of an argument or result
// or, with inside, in what encoding/json makes of it there.
func (w *typeWriter) write(t reflect.Type, inside bool) string {
	switch {
	case t == timeType && !inside:
		return w.time
	case t == bytesType && !inside:
		return w.octets
	case t == numberType:
		return w.number
	case implements(t, marshalerType) && t != timeType:
		return w.any
	case implements(t, textType):
		return w.text
	}
	switch t.Kind() {
	case reflect.Bool:
		return w.boolean
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return w.integer
	case reflect.Float32, reflect.Float64:
		return w.number
	case reflect.String:
		return w.text
	case reflect.Pointer:
		return w.either(w.write(t.Elem(), true), w.null)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return w.text // base64
		}
		return w.list(w.write(t.Elem(), true))
	case reflect.Array:
		return w.list(w.write(t.Elem(), true))
	case reflect.Map:
		return w.record(w.write(t.Elem(), true))
	case reflect.Struct:
		return w.structure(t)
	}
	return w.any
}

func implements(t, i reflect.Type) bool {
	return t.Kind() != reflect.Interface && (t.Implements(i) || reflect.PointerTo(t).Implements(i))
}

// structure is the name of a struct's type, which is defined with it.
func (w *typeWriter) structure(t reflect.Type) string {
	if name := w.names[t]; name != "" {
		return name
	}
	base := strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z' {
			return r
		}
		return -1
	}, "Host"+strings.ToUpper(t.Name()[:min(1, len(t.Name()))])+t.Name()[min(1, len(t.Name())):])
	name := base
	for n := 2; w.taken[name]; n++ {
		name = fmt.Sprint(base, n)
	}
	w.names[t], w.taken[name] = name, true
	w.defined.WriteString(w.object(name, w.fields(t, nil)))
	return name
}

// fields are those that encoding/json has of a struct. Of fields of one name that
// are embedded at different depths it has the outermost; of two at the same depth
// neither, but for tags, which such structs are left to say themselves.
func (w *typeWriter) fields(t reflect.Type, within []reflect.Type) []field {
	var own, embedded []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		switch {
		case f.Tag.Get("json") == "-":
			continue
		case f.Anonymous && name == "" && inner.Kind() == reflect.Struct && !implements(inner, marshalerType) && !implements(inner, textType):
			if !slices.Contains(within, inner) {
				embedded = append(embedded, w.fields(inner, append(within, t))...)
			}
			continue
		case !f.IsExported():
			continue
		case name == "":
			name = f.Name
		}
		typ := w.write(f.Type, true)
		opts := strings.Split(options, ",")
		if slices.Contains(opts, "string") {
			typ = w.text
		}
		own = append(own, field{name: name, typ: typ, optional: slices.Contains(opts, "omitempty") || slices.Contains(opts, "omitzero")})
	}
	for _, f := range embedded {
		if !slices.ContainsFunc(own, func(o field) bool { return o.name == f.name }) {
			own = append(own, f)
		}
	}
	return own
}
