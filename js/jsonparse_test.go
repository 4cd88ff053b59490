package js

import (
	"testing"

	"scripthost.example/child/engine"
)

func TestJSONParseErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{`{nope`, "invalid character 'n' looking for beginning of object key string at position 1 (line 1 column 2)"},
		{``, "Unexpected end of JSON input at position 0 (line 1 column 1)"},
		{`[1,2`, "Unexpected end of JSON input at position 4 (line 1 column 5)"},
		{"{\"a\": 1,\n \"😀é\": x}", "invalid character 'x' looking for beginning of value at position 17 (line 2 column 9)"},
		{`ÿ`, "invalid character 'ÿ' looking for beginning of value at position 0 (line 1 column 1)"},
		{`[1] 2`, "invalid character '2' after top-level value at position 4 (line 1 column 5)"},
	} {
		w := loaded(t, syncConfig, "exports.run = (text) =>\n  JSON.parse(text)")
		_, err := w.call(tt.text)
		e := scriptError(t, err, engine.KindScript, "SyntaxError: "+tt.want)
		equal(t, at(e, 0), "@test.js:2:13")
	}
}

// TestJSONParse has everything but the message as the language has it.
func TestJSONParse(t *testing.T) {
	t.Parallel()
	w := loaded(t, syncConfig, `exports.run = () => {
		let inner;
		try { JSON.parse('[1]', () => JSON.parse('x')) } catch (e) { inner = e.message }
		try { JSON.parse('[1]', () => { throw 7 }) } catch (e) { inner += ' ' + e }
		try { JSON.parse({toString: () => '{'}) } catch (e) { inner += ' ' + (e instanceof SyntaxError) }
		try { JSON.parse() } catch (e) { inner += ' ' + e.name }
		return [JSON.parse.name, JSON.parse.length, Object.keys(JSON).length, inner,
			JSON.parse('{"a":[1,2]}', (k, v) => typeof v === 'number' ? v + 1 : v), JSON.parse(5)]
	}`)
	want := []any{"parse", int64(2), int64(0), "invalid character 'x' looking for beginning of value at position 0 (line 1 column 1) 7 true SyntaxError",
		map[string]any{"a": []any{int64(2), int64(3)}}, int64(5)}
	got, err := w.call()
	equal(t, err, nil)
	equal(t, got, []any{want})
}
