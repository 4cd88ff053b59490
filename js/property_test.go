package js

import (
	"encoding/json"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// binaryProperties are all that ECMAScript has, by both names.
const binaryProperties = `Any ASCII Assigned ASCII_Hex_Digit AHex Alphabetic Alpha Bidi_Control Bidi_C Bidi_Mirrored Bidi_M
Case_Ignorable CI Cased Changes_When_Casefolded CWCF Changes_When_Casemapped CWCM Changes_When_Lowercased CWL
Changes_When_NFKC_Casefolded CWKCF Changes_When_Titlecased CWT Changes_When_Uppercased CWU Dash Default_Ignorable_Code_Point DI
Deprecated Dep Diacritic Dia Emoji Emoji_Component EComp Emoji_Modifier EMod Emoji_Modifier_Base EBase Emoji_Presentation EPres
Extended_Pictographic ExtPict Extender Ext Grapheme_Base Gr_Base Grapheme_Extend Gr_Ext Hex_Digit Hex IDS_Binary_Operator IDSB
IDS_Trinary_Operator IDST ID_Continue IDC ID_Start IDS Ideographic Ideo Join_Control Join_C Logical_Order_Exception LOE
Lowercase Lower Math Noncharacter_Code_Point NChar Pattern_Syntax Pat_Syn Pattern_White_Space Pat_WS Quotation_Mark QMark
Radical Regional_Indicator RI Sentence_Terminal STerm Soft_Dotted SD Terminal_Punctuation Term Unified_Ideograph UIdeo
Uppercase Upper Variation_Selector VS White_Space space XID_Continue XIDC XID_Start XIDS`

// propertyNames are all that are known here, in all the ways to write them.
func propertyNames() []string {
	names := strings.Fields(binaryProperties)
	for name := range unicode.Categories {
		names = append(names, name, "gc="+name)
	}
	for name := range unicode.CategoryAliases {
		names = append(names, name, "General_Category="+name)
	}
	for line := range strings.FieldsSeq(scriptAliases) {
		short, long, _ := strings.Cut(line, "=")
		names = append(names, "sc="+short, "Script="+long)
	}
	return names
}

// inNode runs a program, and returns its JSON.
func inNode(t *testing.T, program string, value any) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node on the PATH to compare with")
	}
	cmd := exec.Command(node, "-")
	cmd.Stdin = strings.NewReader(program)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, stderr.String())
	}
	if err := json.Unmarshal(out, value); err != nil {
		t.Fatal(err)
	}
}

// Each property has the code points that it has in Node, but for those that one
// of both does not know yet.
func TestPropertiesAsNode(t *testing.T) {
	t.Parallel()
	oneGoroutine(t)
	names, _ := json.Marshal(propertyNames())
	var node struct {
		Version string
		Sets    map[string]codeSet
	}
	inNode(t, `
		const points = [], at = [];
		let text = "";
		for (let i = 0; i < 0x110000; i++) {
			if (i >= 0xd800 && i < 0xe000) continue;
			at[text.length] = i;
			text += String.fromCodePoint(i);
		}
		at[text.length] = 0x110000;
		const sets = {};
		for (const name of `+string(names)+`) {
			let re;
			try { re = new RegExp("\\p{" + name + "}+", "gu") } catch { continue }
			sets[name] = [];
			for (const m of text.matchAll(re)) sets[name].push(at[m.index], at[m.index + m[0].length] - 1);
		}
		process.stdout.write(JSON.stringify({ version: process.versions.unicode, sets }));`, &node)
	same := strings.HasPrefix(unicode.Version, node.Version)
	surrogates := tableSet(unicode.Cs)
	unassigned := categorySet("Cn").with(surrogates)
	if theirs, ok := node.Sets["Cn"]; ok {
		unassigned = unassigned.with(theirs)
	}
	for _, name := range propertyNames() {
		want, known := node.Sets[name]
		got, fault := unicodeProperty(name)
		switch {
		case fault != nil && fault.lacking:
			continue
		case fault != nil:
			t.Errorf("%s: %s", name, fault.what)
			continue
		case !known:
			if same {
				t.Errorf("Node does not know %s", name)
			}
			continue
		}
		more, less := got.without(want, unassigned), want.without(got, unassigned)
		// Unicode goes on to revise what it says of those that it has, too.
		allowed := 0
		if !same {
			allowed = 60
		}
		if n := size(more) + size(less); n > allowed {
			t.Errorf("%s has %d code points that Node has not, and lacks %d: %x, %x", name, size(more), size(less), more, less)
		}
	}
}

// oneGoroutine skips a test of one goroutine that takes long where the race detector,
// which makes it many times as slow, can find nothing.
func oneGoroutine(t *testing.T) {
	t.Helper()
	if raceDetector {
		t.Skip("builds without the race detector run it: there is one goroutine in it")
	}
}

func size(s codeSet) (n int) {
	for i := 0; i < len(s); i += 2 {
		n += int(s[i+1]-s[i]) + 1
	}
	return n
}

// What patterns match is what they match in Node, in both of goja's engines, with
// and without the flag i.
func TestPatternsAsNode(t *testing.T) {
	t.Parallel()
	oneGoroutine(t)
	unassigned, _ := json.Marshal(categorySet("Cn"))
	names := `["Lu", "Ll", "Lt", "L", "N", "P", "Uppercase", "Lowercase", "Cased", "Alphabetic", "Script=Greek", "Script=Cherokee", "ASCII", "Emoji", "Any", "Cs"]`
	program := `
function run() {
	const names = ` + names + `;
	const unassigned = ` + string(unassigned) + `;
	const assigned = (c) => { c = c.codePointAt(0); for (let i = 0; i < unassigned.length; i += 2) if (c >= unassigned[i] && c <= unassigned[i + 1]) return false; return true };
	const sample = [];
	for (const [from, to] of [[0, 0x600], [0x10a0, 0x1100], [0x13a0, 0x1400], [0x1c80, 0x1cc0], [0x1e00, 0x2200], [0x24b0, 0x24f0], [0xab60, 0xabc0], [0xfb00, 0xfb20], [0x10400, 0x10450], [0x1f300, 0x1f400]])
		for (let i = from; i < to; i++) sample.push(String.fromCodePoint(i));
	const text = sample.join(""), index = {};
	let length = 0;
	sample.forEach((c, i) => { index[length] = i; length += c.length });
	const matched = {};
	for (const name of names)
		for (const form of ["\\p{X}", "\\P{X}", "[\\p{X}]", "[^\\p{X}]", "[^\\P{X}]", "[\\p{X}_k]", "[^\\p{X}_K]"])
			for (const engine of ["", "(?=)"])
				for (const flags of ["u", "iu"]) {
					const source = engine + form.replace("X", name), row = sample.map(() => 0);
					text.replace(new RegExp(source, flags + "g"), (c, at) => { row[index[at]] = 1 });
					matched[source + " " + flags] = row.join("");
				}
	// Those that have got another case since.
	const skip = sample.map((c) => Number(!assigned(c) || !assigned(c.toUpperCase()) || !assigned(c.toLowerCase())));
	return JSON.stringify({ matched, skip, sample });
}
`
	type answer struct {
		Matched map[string]string
		Skip    []int
		Sample  []string
	}
	var want, got answer
	inNode(t, program+"process.stdout.write(run())", &want)
	results, err := loaded(t, syncConfig, program).call()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(results[0].(string)), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Matched) != len(want.Matched) || len(got.Matched) == 0 {
		t.Fatalf("%d patterns, and %d in Node", len(got.Matched), len(want.Matched))
	}
	for pattern, matched := range want.Matched {
		var wrong []string
		// goja's second engine takes the Turkish letters with and without a dot for
		// cases of i, and ⓪ for one of a letter.
		second := strings.HasPrefix(pattern, "(?=)")
		for i := range matched {
			// What Unicode has revised is another matter; see above.
			_, name, _ := strings.Cut(pattern, "{")
			name, _, _ = strings.Cut(name, "}")
			alone := `\p{` + name + `} u`
			if second && strings.HasSuffix(pattern, " iu") && strings.ContainsAny(got.Sample[i], "iIİı⓪") {
				continue
			}
			if want.Skip[i] == 0 && got.Skip[i] == 0 && want.Matched[alone][i] == got.Matched[alone][i] && matched[i] != got.Matched[pattern][i] {
				wrong = append(wrong, strconv.QuoteToASCII(got.Sample[i])+":"+matched[i:i+1])
			}
		}
		if len(wrong) > 0 {
			t.Errorf("%s: %d characters of the sample differ: %.100s", pattern, len(wrong), strings.Join(wrong, " "))
		}
	}
}
