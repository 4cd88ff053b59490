package types

import (
	"context"
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"time"

	"scripthost.example/host"
)

type base struct {
	ID   int64 `json:"id"`
	Name string
}

type Person struct {
	base
	*Extra
	Name    string            `json:"name"`
	Age     uint8             `json:"age,omitempty"`
	Scores  []float64         `json:"scores"`
	Tags    map[string]string `json:"tags"`
	Boss    *Person           `json:"boss"`
	Born    time.Time         `json:"born"`
	Raw     json.RawMessage   `json:"raw"`
	Photo   []byte            `json:"photo"`
	Count   int               `json:"count,string"`
	Odd     string            `json:"odd name"`
	Hidden  string            `json:"-"`
	private int
}

type Extra struct {
	Weight float32 `json:"weight"`
}

// functions are host functions of every kind of signature.
func functions() map[string]any {
	return map[string]any{
		"greet":   func(ctx context.Context, p Person, words ...string) (string, error) { return "", nil },
		"db.get":  func(key string) (any, bool) { return nil, true },
		"db.list": func() []Person { return nil },
		"octets":  func(b []byte, t time.Time) ([]byte, time.Time) { return b, t },
		"free":    host.HostFunction(func(context.Context, []any) ([]any, error) { return nil, nil }),
		"big":     func(n *big.Int, f float32, deep map[string][][]int32) {},
		"delete":  func() error { return nil },
		"end":     func() {},
	}
}

const wantTS = `declare const host: {
  big(arg1: any, arg2: number, arg3: Record<string, number[][]>): Promise<undefined>;
  db: {
    get(arg1: string): Promise<[any, boolean]>;
    list(): Promise<HostPerson[]>;
  };
  delete(): Promise<undefined>;
  end(): Promise<undefined>;
  free(...args: any[]): Promise<any>;
  greet(arg1: HostPerson, ...args: string[]): Promise<string>;
  octets(arg1: Uint8Array, arg2: Date): Promise<[Uint8Array, Date]>;
};
interface HostPerson {
  "name": string;
  "age"?: number;
  "scores": number[];
  "tags": Record<string, string>;
  "boss": HostPerson | null;
  "born": string;
  "raw": any;
  "photo": string;
  "count": string;
  "odd name": string;
  "id": number;
  "Name": string;
  "weight": number;
}
`

const wantLua = `host = {}

---@class HostPerson
---@field ["name"] string
---@field ["age"]? integer
---@field ["scores"] number[]
---@field ["tags"] table<string, string>
---@field ["boss"] HostPerson|userdata
---@field ["born"] string
---@field ["raw"] any
---@field ["photo"] string
---@field ["count"] string
---@field ["odd name"] string
---@field ["id"] integer
---@field ["Name"] string
---@field ["weight"] number

---@param arg1 any
---@param arg2 number
---@param arg3 table<string, integer[][]>
function host.big(arg1, arg2, arg3) end

host.db = {}

---@param arg1 string
---@return any
---@return boolean
function host.db.get(arg1) end

---@return HostPerson[]
function host.db.list() end

function host.delete() end

host["end"] = function() end

---@param ... any
---@return any
function host.free(...) end

---@param arg1 HostPerson
---@param ... string
---@return string
function host.greet(arg1, ...) end

---@param arg1 string
---@param arg2 string
---@return string
---@return string
function host.octets(arg1, arg2) end

`

// The signatures of Go functions are those that scripts see.
func TestHostFunctions(t *testing.T) {
	t.Parallel()
	_ = Person{}.private
	h, err := newHostTypes(functions())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ got, want string }{"TypeScript": {h.typeScript(), wantTS}, "LuaCATS": {h.luaCATS(), wantLua}} {
		if c.got != c.want {
			t.Errorf("%s:\n%s\nand should be\n%s", name, c.got, c.want)
		}
	}
	for _, language := range []host.Language{host.TS, host.Lua} {
		all, err := Declarations(language, functions())
		if err != nil || !strings.Contains(string(all), "HostPerson") {
			t.Errorf("%s: %v", language, err)
		}
	}
}

// Two types of one name are told apart.
func TestTypesOfOneName(t *testing.T) {
	t.Parallel()
	type Extra struct{ Other bool }
	h, err := newHostTypes(map[string]any{"a": func() (x struct{ A, B int }) { return x }, "b": func(e Extra) {}, "c": func() (p Person) { return p }, "d": func() (e struct{ E Extra }) { return e }})
	if err != nil {
		t.Fatal(err)
	}
	got := h.typeScript()
	for _, want := range []string{"a(): Promise<Host>;", "d(): Promise<Host2>;", "b(arg1: HostExtra): Promise<undefined>;", `"E": HostExtra;`} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing:\n%s", want, got)
		}
	}
}
