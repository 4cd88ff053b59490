package js

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

// An expression is JavaScript with its value, as JSON.stringify writes it; "!" and
// a name is what it throws.
type expression struct{ js, want string }

// evaluator is how the value of an expression is written down, here and in Node.
const evaluator = `
const evaluate = async (expression) => {
	try {
		const value = await expression();
		return value === undefined ? "undefined" : JSON.stringify(value) ?? String(value);
	} catch (e) { return "!" + (e?.code && typeof e.code === "string" ? e.name + " " + e.code : e?.name ?? String(e)) }
};`

// checkExpressions compares expressions with what they are worth here, and with
// what Node makes of them where there is one.
func checkExpressions(t *testing.T, prelude string, table []expression) {
	t.Helper()
	var b strings.Builder
	b.WriteString(prelude + evaluator + "\nconst expressions = [\n")
	for _, e := range table {
		b.WriteString("async () => (" + e.js + "),\n")
	}
	b.WriteString("];\n")
	check := func(t *testing.T, who string, got []string) {
		if len(got) != len(table) {
			t.Fatalf("%s: %d of %d expressions", who, len(got), len(table))
		}
		for i, value := range got {
			if value != table[i].want {
				t.Errorf("%s\n%s %s\nwant %s", table[i].js, who, value, table[i].want)
			}
		}
	}
	t.Run("here", func(t *testing.T) {
		t.Parallel()
		w := loaded(t, asyncConfig, b.String()+`async function run() { const got = []; for (const e of expressions) got.push(await evaluate(e)); return got }`)
		results, err := w.call()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, value := range results[0].([]any) {
			got = append(got, value.(string))
		}
		check(t, "here", got)
	})
	t.Run("node", func(t *testing.T) {
		t.Parallel()
		node, err := exec.LookPath("node")
		if err != nil {
			t.Skip("there is no node on the PATH to compare with")
		}
		cmd := exec.Command(node, "--no-warnings", "-")
		cmd.Stdin = strings.NewReader(b.String() +
			`(async () => { const got = []; for (const e of expressions) got.push(await evaluate(e)); process.stdout.write(JSON.stringify(got)) })()`)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("node: %v\n%s", err, out)
		}
		var got []string
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatal(err)
		}
		check(t, "node", got)
	})
}
func mustJSON(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err)
	}
	return strings.TrimSpace(b.String())
}
