package js

import (
	"math/big"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// maxSafeInteger is the largest whole number up to which JavaScript's numbers
// are exact. Integers beyond it become BigInts.
const maxSafeInteger = 1 << 53

// thaw returns the values of a payload, behind room for as many more.
func (v *vm) thaw(c *engine.Call, payload []byte, room int) ([]goja.Value, *engine.Error) {
	if v.thawer != nil {
		return v.thawScripted(c, payload, room)
	}
	if v.stream != nil {
		return v.thawStreamed(payload, room)
	}
	if v.octetCodec != nil {
		if values, ok := v.thawOctets(payload, room); ok {
			return values, nil
		}
	}
	thawed, err := v.cfg.Codec.Thaw(payload)
	if err != nil {
		return nil, serialiseError(err)
	}
	values := make([]goja.Value, room+len(thawed))
	for i, x := range thawed {
		if b, ok := x.([]byte); ok && v.cfg.Text && utf8.Valid(b) {
			x = string(b)
		}
		values[room+i] = v.toJS(x)
	}
	return values, nil
}

// thawOctets is thaw of octet strings. It reports false if that is not for the codec to do
// one by one.
func (v *vm) thawOctets(payload []byte, room int) ([]goja.Value, bool) {
	values := make([]goja.Value, room, room+1)
	for len(payload) > 0 {
		octets, rest, ok := v.octetCodec.NextOctets(payload)
		if !ok {
			return nil, false
		}
		values = append(values, v.toJS(string(octets)))
		payload = rest
	}
	return values, true
}

// thawStreamed is thaw without values of Go's in between.
func (v *vm) thawStreamed(payload []byte, room int) ([]goja.Value, *engine.Error) {
	b := &v.build
	defer b.done()
	if err := v.stream.ThawInto(payload, b); err != nil {
		return nil, serialiseError(err)
	}
	return append(make([]goja.Value, room, room+len(b.values)), b.values...), nil
}

// toJS returns x, a value as codecs make them, for scripts. It takes over the
// octets in x.
func (v *vm) toJS(value any) goja.Value {
	// Where goja takes value as it is, it gets value and not x: that saves
	// putting x into an interface once more.
	switch x := value.(type) {
	case nil:
		return goja.Null()
	case string:
		if !utf8.ValidString(x) {
			return v.bytes([]byte(x))
		}
	case []byte:
		return v.bytes(x)
	case int64:
		if x > maxSafeInteger || x < -maxSafeInteger {
			return v.rt.ToValue(big.NewInt(x))
		}
	case uint64:
		if x > maxSafeInteger {
			return v.rt.ToValue(new(big.Int).SetUint64(x))
		}
	case []any:
		items := make([]any, len(x))
		for i, item := range x {
			items[i] = v.toJS(item)
		}
		return v.rt.NewArray(items...)
	case map[string]any:
		return v.object(x)
	case time.Time:
		return v.construct(v.known.newDate, v.rt.ToValue(x.UnixMilli()))
	}
	return v.rt.ToValue(value)
}

// object returns an object with the sorted keys of fields.
func (v *vm) object(fields map[string]any) *goja.Object {
	keys := make([]string, 0, len(fields))
	for key := range fields {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	o := v.rt.NewObject()
	for _, key := range keys {
		v.set(o, key, v.toJS(fields[key]))
	}
	return o
}

// bytes returns a Uint8Array over b, which it takes over.
func (v *vm) bytes(b []byte) goja.Value {
	return v.construct(v.known.newBytes, v.rt.ToValue(v.rt.NewArrayBuffer(b)))
}

// construct is for intrinsics, whose constructors do not fail.
func (v *vm) construct(class *goja.Object, args ...goja.Value) *goja.Object {
	o, err := v.rt.New(class, args...)
	must(err)
	return o
}
