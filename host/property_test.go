//go:build unix

package host

import (
	"errors"
	"testing"

	"scripthost.example/child/engine/enginetest"
)

// Values come back from a script in a process of its own as a model says: the
// whole way from Call to Call.
func TestValuesEndToEnd(t *testing.T) {
	t.Parallel()
	for _, serialiser := range []Serialiser{String, JSON, CBOR, MsgPack} {
		source{
			Lua: `function run(x) return x end`,
			JS:  `function run(x) { return results(x) }`,
		}.each(t, func(t *testing.T, script *Script) {
			w := start(t, script, &Options{Serialiser: serialiser})
			enginetest.CheckEcho(t, string(script.Language()), serialiser.Name(), func(v any) ([]any, string, string) {
				out, err := w.Call(testContext(t), v)
				var bad *SerialiseError
				switch {
				case errors.As(err, &bad):
					return nil, "serialise", err.Error()
				case err != nil:
					return nil, "another error", err.Error()
				}
				return out, "", ""
			})
			mustClose(t, w)
		})
	}
}
