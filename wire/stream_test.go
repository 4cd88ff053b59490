package wire_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"scripthost.example/wire"
)

func streamers() []wire.Streamer {
	return []wire.Streamer{wire.JSON(), wire.CBOR(), wire.MsgPack()}
}

// A notebook is a Builder that notes what it is told of, and cannot say more about
// a key that occurs twice than that there is one.
type notebook struct {
	notes []string
	keys  []string
}

func (n *notebook) note(format string, args ...any) {
	n.notes = append(n.notes, fmt.Sprintf(format, args...))
}

func (n *notebook) Nil()             { n.note("nil") }
func (n *notebook) Bool(v bool)      { n.note("%v", v) }
func (n *notebook) Int(v int64)      { n.note("int %d", v) }
func (n *notebook) Uint(v uint64)    { n.note("uint %d", v) }
func (n *notebook) Float(v float64)  { n.note("float %v", v) }
func (n *notebook) Text(v []byte)    { n.note("text %s", v) }
func (n *notebook) Bytes(v []byte)   { n.note("bytes %x", v) }
func (n *notebook) Time(v time.Time) { n.note("time %s", v.Format(time.RFC3339)) }
func (n *notebook) Array(count int)  { n.note("array %d", count) }
func (n *notebook) Key(v []byte)     { n.note("key %s", v); n.keys = append(n.keys, string(v)) }

func (n *notebook) Map(count int) bool {
	n.note("map %d", count)
	last := n.keys[len(n.keys)-count:]
	n.keys = n.keys[:len(n.keys)-count]
	seen := map[string]bool{}
	for _, key := range last {
		seen[key] = true
	}
	return len(seen) == count
}

// A Builder is told of each value in its place, and of what is around it afterwards.
func TestThawInto(t *testing.T) {
	t.Parallel()
	values := []any{nil, []any{true, int64(-1), []any{}}, map[string]any{"a": "x", "bb": map[string]any{}}, uint64(1 << 63), 0.5}
	want := "nil, true, int -1, array 0, array 3, key a, text x, key bb, map 0, map 2, uint 9223372036854775808, float 0.5"
	for _, s := range streamers() {
		values, want := values, want
		if s.Name() != "json" {
			values = append(slices.Clone(values), []byte("\xff"), time.Unix(0, 0))
			want += ", bytes ff, time 1970-01-01T00:00:00Z"
		}
		n := new(notebook)
		if err := s.ThawInto(mustFreeze(t, s, values...), n); err != nil || strings.Join(n.notes, ", ") != want {
			t.Errorf("%s: %s, %v", s.Name(), strings.Join(n.notes, ", "), err)
		}
	}
}

// Which key occurs twice is said, and where, whatever the Builder knows of it.
func TestKeyTwice(t *testing.T) {
	t.Parallel()
	for s, payload := range map[wire.Streamer]string{
		wire.JSON():    `[1,{"k":[{"a":{},"b":1,"\u0061":[],"b":2}]}]`,
		wire.CBOR():    "\x82\x01\xbf\x61k\x81\xa4\x61a\xa0\x61b\x01\x7f\x61a\xff\x80\x61b\x02\xff",
		wire.MsgPack(): "\x92\x01\x81\xa1k\x91\x84\xa1a\x80\xa1b\x01\xd9\x01a\x90\xa1b\x02",
	} {
		_, err := s.Thaw([]byte(payload))
		checkError(t, s, err, "[1].k[0].a", "occurs twice")
		checkError(t, s, s.ThawInto([]byte(payload), new(notebook)), "[1].k[0].a", "occurs twice")
	}
}

// write writes a value as an engine would.
func write(w *wire.Writer, v any) bool {
	switch v := v.(type) {
	case nil:
		w.Nil()
	case bool:
		w.Bool(v)
	case int64:
		w.Int(v)
	case uint64:
		w.Uint(v)
	case float64:
		return w.Float(v)
	case string:
		return w.Text(v)
	case []byte:
		return w.Bytes(v)
	case time.Time:
		return w.Time(v)
	case []any:
		w.Array(len(v))
		for i, e := range v {
			w.Next(i)
			if !write(w, e) {
				return false
			}
		}
		w.ArrayEnd()
	case map[string]any:
		w.Map(len(v))
		for i, key := range slices.SortedFunc(maps.Keys(v), w.CompareKeys) {
			if !w.Key(i, key) || !write(w, v[key]) {
				return false
			}
		}
		w.MapEnd()
	}
	return true
}

// A Writer writes what AppendFreeze does.
func TestWriter(t *testing.T) {
	t.Parallel()
	values := []any{
		nil, true, int64(-5), uint64(1 << 63), 0.5, "text", []any{[]any{}, "x", int64(1)},
		map[string]any{"bb": int64(1), "a": []any{map[string]any{"ä": "x"}}, "c\"": map[string]any{}},
	}
	for _, s := range streamers() {
		values := values
		if s.Name() != "json" {
			values = append(slices.Clone(values), []byte("\xff"), time.Unix(5, 0))
		}
		w := s.Writer([]byte("header"))
		want := append([]byte("header"), mustFreeze(t, s, values...)...)
		if ok := write(w, values); !ok || !bytes.Equal(w.Frozen(), want) {
			t.Errorf("%s: wrote %q, %v, want %q", s.Name(), w.Frozen(), ok, want)
		}
	}
}

// What cannot be carried leaves no trace.
func TestWriterRefuses(t *testing.T) {
	t.Parallel()
	nan := func(w *wire.Writer) bool { var zero float64; return w.Float(zero / zero) }
	tests := []struct {
		name  string
		write func(*wire.Writer) bool
		only  string
	}{
		{"text", func(w *wire.Writer) bool { return w.Text("\xff") }, ""},
		{"key", func(w *wire.Writer) bool { return w.Key(0, "\xff") }, ""},
		{"time", func(w *wire.Writer) bool { return w.Time(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)) }, ""},
		{"NaN", nan, "json"},
		{"bytes", func(w *wire.Writer) bool { return w.Bytes(nil) }, "json"},
	}
	for _, s := range streamers() {
		for _, test := range tests {
			if test.only != "" && s.Name() != test.only {
				continue
			}
			w := s.Writer([]byte("header"))
			if ok := test.write(w); ok || string(w.Frozen()) != "header" {
				t.Errorf("%s: %s: %v, %q", s.Name(), test.name, ok, w.Frozen())
			}
		}
	}
}

// FuzzStream has a Writer write what Thaw returned, and ThawInto agree with Thaw.
func FuzzStream(f *testing.F) {
	for i, seed := range []string{`[{"a":1,"b":[null,-0,1e3,"\n"]}]`, "\x82\xa2\x61a\x01\x62bb\xf6\xbf\x61k\x9f\xff\xff", "\x92\x82\xa1a\x01\xa2bb\xc0\xde\x00\x01\xd9\x01k\x90", `[{"a":1,"a":2}]`} {
		f.Add(uint8(i), []byte(seed))
	}
	f.Fuzz(func(t *testing.T, which uint8, payload []byte) {
		s := streamers()[int(which)%3]
		values, err := s.Thaw(payload)
		if again := s.ThawInto(payload, new(notebook)); fmt.Sprint(again) != fmt.Sprint(err) {
			t.Fatalf("Thaw says %v, ThawInto %v", err, again)
		}
		if err != nil {
			return
		}
		w := s.Writer(nil)
		if want := mustFreeze(t, s, values...); !write(w, values) || !bytes.Equal(w.Frozen(), want) {
			t.Fatalf("wrote %q, want %q", w.Frozen(), want)
		}
	})
}
