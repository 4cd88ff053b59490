package wire

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// fullBoot has a value for each key that is read without package json.
func fullBoot() *Boot {
	seed := uint64(1<<64 - 1)
	return &Boot{
		Version: Version, Name: "a \"b\" \\ c\n☃", Language: "lua", Source: []byte("return 1\x00\xff"), Function: "run", Mode: ModeSync,
		Serialiser: BootSerialiser{Name: "own.lua", Source: []byte("x")}, Init: "init", InitArgs: []byte{0, 1},
		Limits:  BootLimits{Memory: 1 << 63, Stack: 1, Payload: 2, GraceMS: 250, CallMS: 1, CPUMS: 1<<63 - 1},
		Sandbox: "strict", Without: []string{"a", "b"}, Grants: []string{"read"}, Host: []string{"h.f"}, Modules: []string{"/m"}, Nearby: []string{"../n"},
		Zone: &BootZone{Name: "Europe/Berlin", Data: []byte("TZif2\x00")},
		Seed: &seed, Generation: "g", Files: true, Positions: true,
	}
}

func TestParseBoot(t *testing.T) {
	t.Parallel()
	full, err := AppendMessage(nil, fullBoot())
	if err != nil {
		t.Fatal(err)
	}
	withClock := fullBoot()
	withClock.Clock = new(time.Date(2001, 2, 3, 4, 5, 6, 7, time.UTC))
	clock, err := AppendMessage(nil, withClock)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, payload string
		fast          bool // without package json
		fails         bool
	}{
		{"all that there is", string(full), true, false},
		{"a clock", string(clock), false, false},
		{"nothing but the version", `{"version":1}`, true, false},
		{"white space", " { \"version\" : 1 , \"host\" : [ \"a\" , \"b\" ] , \"limits\" : { } } \n", true, false},
		{"an empty list", `{"version":1,"host":[]}`, true, false},
		{"escapes", `{"version":1,"\u006eame":"\ud83d\ude00\/\u0000"}`, true, false},
		{"false", `{"version":1,"files":false}`, true, false},
		{"an unknown key", `{"version":1,"more":{"x":[1]}}`, false, false},
		{"a key that comes twice", `{"version":1,"name":"a","name":"b"}`, false, false},
		{"null", `{"version":1,"name":null}`, false, false},
		{"half of a surrogate pair", `{"version":1,"name":"\ud83d"}`, false, false},
		{"another version", `{"version":2,"name":1}`, false, true},
		{"another version, later", `{"version":1,"version":2}`, false, true},
		{"no version", `{"name":"n"}`, false, true},
		{"a version that is a text", `{"version":"1"}`, false, true},
		{"a number for a text", `{"version":1,"name":1}`, false, true},
		{"a text for a list", `{"version":1,"host":"h"}`, false, true},
		{"a fraction", `{"version":1,"limits":{"memory":1.5}}`, false, true},
		{"a negative number", `{"version":1,"limits":{"memory":-1}}`, false, true},
		{"a negative time", `{"version":1,"limits":{"grace_ms":-1}}`, false, false},
		{"a time that is too long", `{"version":1,"limits":{"grace_ms":9223372036854775808}}`, false, true},
		{"a number that is too large", `{"version":1,"seed":18446744073709551616}`, false, true},
		{"a zero before a number", `{"version":01}`, false, true},
		{"octets that are not base64", `{"version":1,"source":"a"}`, false, true},
		{"octets in lines", `{"version":1,"source":"YW\nJj"}`, true, false},
		{"a control character", "{\"version\":1,\"name\":\"\n\"}", false, true},
		{"a list without its end", `{"version":1,"host":["a"`, false, true},
		{"a comma too many", `{"version":1,}`, false, true},
		{"more than an object", `{"version":1}{}`, false, true},
		{"an array", `[1]`, false, true},
		{"null for all", `null`, false, true},
		{"nothing", ``, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := bootReader{jsonReader{data: []byte(c.payload)}}
			var fast Boot
			if read := r.boot(&fast) && fast.Version == Version; read != c.fast {
				t.Errorf("that it is read without package json is %v", read)
			}
			sameAsJSON(t, c.payload, c.fails)
		})
	}
}

// sameAsJSON compares ParseBoot with package json.
func sameAsJSON(t *testing.T, payload string, fails bool) {
	t.Helper()
	var got, want Boot
	err := ParseBoot([]byte(payload), &got)
	if (err != nil) != fails {
		t.Errorf("%q: the error is %v", payload, err)
	}
	if err != nil {
		return
	}
	if err := json.Unmarshal([]byte(payload), &want); err != nil {
		t.Errorf("%q: package json says %v", payload, err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q: it is read as\n%+v, and not as\n%+v", payload, got, want)
	}
}

// Whatever is read without package json is what that reads.
func TestParseBootOfDamage(t *testing.T) {
	t.Parallel()
	full, err := AppendMessage(nil, fullBoot())
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	const octets = "\"\\{}[]:,0123456789-+.eEtfnu\x00\xff abs"
	read := 0
	for range 20_000 {
		payload := append([]byte(nil), full...)
		for range 1 + random.IntN(2) {
			at := random.IntN(len(payload))
			switch random.IntN(3) {
			case 0:
				payload[at] = octets[random.IntN(len(octets))]
			case 1:
				payload = append(payload[:at], payload[at+1:]...)
			case 2:
				payload = append(payload[:at], append([]byte{octets[random.IntN(len(octets))]}, payload[at:]...)...)
			}
		}
		var fast, want Boot
		if r := (bootReader{jsonReader{data: payload}}); !r.boot(&fast) {
			continue
		}
		read++
		if err := json.Unmarshal(payload, &want); err != nil || !reflect.DeepEqual(fast, want) {
			t.Fatalf("%q is read as\n%+v, and not as\n%+v (%v)", payload, fast, want, err)
		}
	}
	if read == 0 {
		t.Error("nothing of it was read")
	}
}

func TestParseBootVersion(t *testing.T) {
	t.Parallel()
	var b Boot
	err := ParseBoot([]byte(`{"version":7,"name":1}`), &b)
	if e, ok := err.(*VersionError); !ok || e.Parent != 7 || e.Child != Version {
		t.Errorf("the error is %#v", err)
	}
}

// A READY is written as package json writes it.
func TestAppendReady(t *testing.T) {
	t.Parallel()
	for _, m := range []Ready{
		{},
		{Version: 1, PID: 2, Protections: []string{}, Functions: []string{}},
		{Version: 1, PID: -2, Protections: []string{"a"}, Functions: []string{"run", "M.f", "x y"}},
		{Version: 1, Protections: []string{"a"}, Functions: []string{"é", "a\"b", "a\\b", "<", ">", "&", "\n", "\x7f", "\u2028"}},
		{Version: 1, Protections: nil, Functions: []string{"a"}},
	} {
		got, err := AppendMessage([]byte("before"), &m)
		if err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(&m)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != "before"+string(want) {
			t.Errorf("%+v is written as\n%s, and not as\n%s", m, got, want)
		}
	}
}
