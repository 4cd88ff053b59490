package wire

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// Keys are known exactly as the protocol has them.
func TestKeysAreExact(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ got, want string }{
		{`{"KIND":"limit","kind":"script"}`, `{"kind":"script"}`},
		{`{"kind":"script","Kind":"limit"}`, `{"kind":"script"}`},
		{`{"\u006bind":"script"}`, `{"kind":"script"}`},
		{`{"\u004bind":"script"}`, `{}`},
		{"{\"\u212aind\":\"script\",\"me\u017fsage\":\"m\"}", `{}`}, // Kelvin's K and a long s
		{`{"message":"Kind: \"X\"" , "Message" :"x"}`, `{"message":"Kind: \"X\""}`},
		{`{"stack":[{"File":"x","line":1},{"file":"y","LINE":2}]}`, `{"stack":[{"line":1},{"file":"y"}]}`},
		{` { "cause" : { "Kind" : "x" , "cause" : {"MESSAGE":"m","kind":"y"} } } `, `{"cause":{"cause":{"kind":"y"}}}`},
		{`{"value":{"Kind":[{"KIND":1}],"kind":2},"Value":3}`, `{"value":{"Kind":[{"KIND":1}],"kind":2}}`},
		{`{"Kind":[],"Stack":{},"x":[1,-2.5e3,true,null,"\\"]}`, `{}`},
		{`{"Kind":"x"}`, `{}`},
		{`{"":1,"A":2}`, `{}`},
	} {
		var got, want Error
		if err := ParseMessage([]byte(c.got), &got); err != nil {
			t.Errorf("%s: %v", c.got, err)
		}
		if err := json.Unmarshal([]byte(c.want), &want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s is read as %+v, and not as %+v", c.got, got, want)
		}
	}
	var b Boot
	if err := ParseBoot([]byte(`{"version":1,"NAME":"n","Limits":{"memory":1},"limits":{"Payload":2,"grace_ms":3},"clock":"2001-02-03T04:05:06Z"}`), &b); err != nil {
		t.Error(err)
	}
	if b.Name != "" || b.Limits != (BootLimits{GraceMS: 3}) || b.Clock == nil {
		t.Errorf("BOOT is read as %+v", b)
	}
	if err := ParseBoot([]byte(`{"Version":1}`), &b); err == nil || !strings.Contains(err.Error(), "version 0") {
		t.Errorf("a BOOT without a version: %v", err)
	}
	var l Log
	if err := ParseMessage([]byte(`{"Level":"x","fields":{"Level":"info","A":{"B":1}}}`), &l); err != nil || l.Level != "" || l.Fields["Level"] != "info" || l.Fields["A"] == nil {
		t.Errorf("LOG is read as %+v (%v)", l, err)
	}
	for _, broken := range []string{`{"A":`, `{"A":1,"kind":"`, `{"A":1}}`, `{"A" 1}`, `{"A":[}`, `"A":`, `{"kind":1,"A":2}`} {
		if err := ParseMessage([]byte(broken), new(Error)); err == nil {
			t.Errorf("%s is a message", broken)
		}
	}
}

// However deep it is nested, it is gone through once.
func TestKeysOfDeepMessage(t *testing.T) {
	t.Parallel()
	const depth = 9000
	deep := strings.Repeat(`{"Kind":"x","cause":`, depth) + `{"message":"` + strings.Repeat("m", 1<<20) + `"}` + strings.Repeat("}", depth)
	var e Error
	if err := ParseMessage([]byte(deep), &e); err != nil {
		t.Fatal(err)
	}
	for range depth {
		if e.Kind != "" || e.Cause == nil {
			t.Fatal("a cause is missing, or has a kind")
		}
		e = *e.Cause
	}
	if len(e.Message) != 1<<20 {
		t.Errorf("a message of %d octets", len(e.Message))
	}
}

// Whatever a key is, if it is not exactly known it is as if it were not there.
func FuzzKeys(f *testing.F) {
	f.Add("Kind", "x")
	f.Add("kind", "x")
	f.Add("\u212aIND", "\"")
	f.Fuzz(func(t *testing.T, key, value string) {
		k, err := json.Marshal(key)
		if err != nil {
			t.Fatal(err)
		}
		v, _ := json.Marshal(value)
		payload := []byte("{" + string(k) + ":" + string(v) + "}")
		var e Error
		if err := ParseMessage(payload, &e); err != nil {
			return // a known key has another type
		}
		var name string
		json.Unmarshal(k, &name)
		if _, known := fieldOf(reflect.TypeFor[Error](), k); !known && !reflect.DeepEqual(e, Error{}) {
			t.Errorf("%s is read as %+v", payload, e)
		}
	})
}
