package js

import (
	"strings"
	"testing"
)

func TestURL(t *testing.T) {
	t.Parallel()
	var table []expression
	for _, e := range []struct{ args, href string }{
		{`"http://example.com"`, "http://example.com/"},
		{`"HTTP://User:Pa%20ss@EXAMPLE.com:80/a/./b/../c?q=1#f"`, "http://User:Pa%20ss@example.com/a/c?q=1#f"},
		{`"https://example.com:443/"`, "https://example.com/"},
		{`"https://example.com:444/"`, "https://example.com:444/"},
		{`"https:example.com"`, "https://example.com/"},
		{`"https:/\\example.com\\a"`, "https://example.com/a"},
		{`"  \thttp://a\n.b/ c\r "`, "http://a.b/%20c"},
		{`"http://a@b@c:d@e/"`, "http://a%40b%40c:d@e/"},
		{`"http://a:b:c@d/"`, "http://a:b%3Ac@d/"},
		{`"http://1.2.3"`, "http://1.2.0.3/"},
		{`"http://0x7f.1/"`, "http://127.0.0.1/"},
		{`"http://017700000001"`, "http://127.0.0.1/"},
		{`"http://4294967295"`, "http://255.255.255.255/"},
		{`"http://1.2.3.4."`, "http://1.2.3.4/"},
		{`"http://%30x7F.0.0.1"`, "http://127.0.0.1/"},
		{`"http://[::1]:8080/"`, "http://[::1]:8080/"},
		{`"http://[1:0:0:2:0:0:0:3]/"`, "http://[1:0:0:2::3]/"},
		{`"http://[::ffff:1.2.3.4]"`, "http://[::ffff:102:304]/"},
		{`"http://[2001:DB8::]"`, "http://[2001:db8::]/"},
		{`"http://[0:0:1:1:1:1:1:1]"`, "http://[::1:1:1:1:1:1]/"},
		{`"http://a/%7e/%zz/é/{}^|\"<>"`, "http://a/%7e/%zz/%C3%A9/%7B%7D^|%22%3C%3E"},
		{`"http://a/?é '\"<>#é \"<>` + "`" + `'"`, "http://a/?%C3%A9%20%27%22%3C%3E#%C3%A9%20%22%3C%3E%60'"},
		{`"x://a/?'"`, "x://a/?'"},
		{`"http://a/%2e/b/%2E%2e/c/.%2e/d"`, "http://a/d"},
		{`"http://a/b/.."`, "http://a/"},
		{`"http://a/b/."`, "http://a/b/"},
		{`"http://a//b"`, "http://a//b"},
		{`"http://a?"`, "http://a/?"},
		{`"http://a#"`, "http://a/#"},
		{`"\ud800http://a"`, ""},
		{`"http://a/\ud800"`, "http://a/%EF%BF%BD"},
		{`"mailto:a@b.c"`, "mailto:a@b.c"},
		{`"data:text/plain,a b"`, "data:text/plain,a b"},
		{`"javascript:alert(1)"`, "javascript:alert(1)"},
		{`"urn:a:b?c#d"`, "urn:a:b?c#d"},
		{`"x://H%41st:80/../a"`, "x://H%41st:80/a"},
		{`"x:/a/../b"`, "x:/b"},
		{`"x:/.//p"`, "x:/.//p"},
		{`"x:///a"`, "x:///a"},
		{`"web+demo:/.//not-a-host/"`, "web+demo:/.//not-a-host/"},
		{`"file:///C|/a/../.."`, "file:///C:/"},
		{`"file://localhost/a"`, "file:///a"},
		{`"file:a"`, "file:///a"},
		{`"file:C:/x"`, "file:///C:/x"},
		{`"file://host/a"`, "file://host/a"},
		{`"blob:https://a.b/uuid"`, "blob:https://a.b/uuid"},
		{`"ws://a:80"`, "ws://a/"},
		{`"ftp://a:21/"`, "ftp://a/"},
		{`"http://a:"`, "http://a/"},
		{`"http://a:000080/"`, "http://a/"},
		{`"../c?x", "http://h/a/b/d?y#z"`, "http://h/a/c?x"},
		{`"", "http://h/a?b#c"`, "http://h/a?b"},
		{`"?x", "http://h/a?b#c"`, "http://h/a?x"},
		{`"#x", "http://h/a?b#c"`, "http://h/a?b#x"},
		{`"/x", "http://h/a"`, "http://h/x"},
		{`"//x/y", "https://h/a"`, "https://x/y"},
		{`"\\\\x\\y", "https://h/a"`, "https://x/y"},
		{`"https:x", "https://h/a/b"`, "https://h/a/x"},
		{`"http:x", "https://h/a/b"`, "http://x/"},
		{`"x:y", "http://h/"`, "x:y"},
		{`"#f", "mailto:a"`, "mailto:a#f"},
		{`"b", "file:///C:/a"`, "file:///C:/b"},
		{`"/b", "file:///C:/a"`, "file:///C:/b"},
		{`"D|/b", "file:///C:/a"`, "file:///D:/b"},
		{`"..", "x://h/a/b/c"`, "x://h/a/"},
		{`{ toString: () => "http://a" }`, "http://a/"},
		{`new URL("http://a/b"), new URL("http://c")`, "http://a/b"},
		{`""`, ""}, {`"a"`, ""}, {`"//a"`, ""}, {`"http://"`, ""}, {`"http://a b"`, ""}, {`"http://a:b"`, ""}, {`"http://a:65536"`, ""},
		{`"http://[::1"`, ""}, {`"http://[1::2::3]"`, ""}, {`"http://[1:2:3:4:5:6:7]"`, ""}, {`"http://[::1.2.3]"`, ""}, {`"http://[::01.2.3.4]"`, ""},
		{`"http://[:1]"`, ""}, {`"http://[1:]"`, ""}, {`"http://[1:2:3:4:5:6:7:8:9]"`, ""}, {`"http://[::12345]"`, ""}, {`"http://[]"`, ""},
		{`"http://256.1.1.1"`, ""}, {`"http://1.2.3.4.5"`, ""}, {`"http://a.09"`, ""}, {`"http://1.2.3.4294967296"`, ""}, {`"http://4294967296"`, ""},
		{`"http://a%00b"`, ""}, {`"http://a<b"`, ""}, {`"http://user@"`, ""}, {`"x", "mailto:a"`, ""}, {`"x", "y"`, ""}, {`"x://a b/"`, ""},
		{`"http://%zz/"`, ""}, {`"http://a/", "nope"`, ""}, {`undefined`, ""}, {`null`, ""},
	} {
		want := "!TypeError ERR_INVALID_URL"
		if e.href != "" {
			want = mustJSON(e.href)
		}
		table = append(table, expression{"new URL(" + e.args + ").href", want})
		can := "false"
		if e.href != "" {
			can = "true"
		}
		table = append(table, expression{"URL.canParse(" + e.args + ")", can})
	}
	for _, e := range []struct{ url, do, href string }{
		{"http://a/b", "u.protocol = 'https'", "https://a/b"},
		{"http://a/b", "u.protocol = 'x'", "http://a/b"},
		{"x://a/b", "u.protocol = 'http'", "x://a/b"},
		{"http://a:443/b", "u.protocol = 'https:'", "https://a/b"},
		{"file:///a", "u.protocol = 'http'", "file:///a"},
		{"http://a/b", "u.protocol = '1'", "http://a/b"},
		{"http://a/b", "u.username = 'ü:'", "http://%C3%BC%3A@a/b"},
		{"http://a/b", "u.password = 'p@'", "http://:p%40@a/b"},
		{"file:///a", "u.username = 'x'", "file:///a"},
		{"http://a/b", "u.host = 'c:8080'", "http://c:8080/b"},
		{"http://a:1/b", "u.host = 'c'", "http://c:1/b"},
		{"http://a/b", "u.host = 'c/d'", "http://c/b"},
		{"http://a/b", "u.host = ''", "http://a/b"},
		{"http://a/b", "u.host = 'c:99999'", "http://c/b"},
		{"x://a/b", "u.host = ''", "x:///b"},
		{"mailto:a", "u.host = 'b'", "mailto:a"},
		{"http://a:1/b", "u.hostname = 'c'", "http://c:1/b"},
		{"http://a/b", "u.hostname = 'c:9'", "http://a/b"},
		{"http://a/b", "u.hostname = '[::2]'", "http://[::2]/b"},
		{"file:///a", "u.hostname = 'h'", "file://h/a"},
		{"http://a/b", "u.port = 8080", "http://a:8080/b"},
		{"http://a:1/b", "u.port = ''", "http://a/b"},
		{"http://a:1/b", "u.port = '80'", "http://a/b"},
		{"http://a:1/b", "u.port = '8x'", "http://a:8/b"},
		{"http://a:1/b", "u.port = 'x'", "http://a:1/b"},
		{"http://a:1/b", "u.port = '65536'", "http://a:1/b"},
		{"http://a/b", "u.pathname = 'c/../d?#'", "http://a/d%3F%23"},
		{"http://a/b", "u.pathname = ''", "http://a/"},
		{"x:/b", "u.pathname = '//c'", "x:/.//c"},
		{"mailto:a", "u.pathname = 'b'", "mailto:a"},
		{"http://a/b", "u.search = 'x=y z#'", "http://a/b?x=y%20z%23"},
		{"http://a/b?c", "u.search = ''", "http://a/b"},
		{"http://a/b?c", "u.search = '?'", "http://a/b?"},
		{"http://a/b", "u.hash = 'c d'", "http://a/b#c%20d"},
		{"http://a/b#c", "u.hash = ''", "http://a/b"},
		{"http://a/b", "u.href = 'x:y'", "x:y"},
		{"http://a/b", "u.searchParams.append('q', 'é &')", "http://a/b?q=%C3%A9+%26"},
		{"http://a/b?q=1&r=2&q=3", "u.searchParams.delete('q')", "http://a/b?r=2"},
		{"http://a/b?q=1", "u.searchParams.delete('q')", "http://a/b"},
		{"http://a/?b=2&a=1", "u.searchParams.sort()", "http://a/?a=1&b=2"},
		{"http://a/?b=~", "u.searchParams.set('c', '~')", "http://a/?b=%7E&c=%7E"},
	} {
		table = append(table, expression{"(() => { const u = new URL(" + mustJSON(e.url) + "); " + e.do + "; return u.href })()", mustJSON(e.href)})
	}
	table = append(table,
		expression{`(u => [u.origin, u.protocol, u.username, u.password, u.host, u.hostname, u.port, u.pathname, u.search, u.hash])(new URL("https://u:p@h.x:8/a/b?c=d#e"))`,
			`["https://h.x:8","https:","u","p","h.x:8","h.x","8","/a/b","?c=d","#e"]`},
		expression{`["blob:https://a:1/x", "file:///a", "x://y", "data:,", "wss://h/"].map(u => new URL(u).origin)`, `["https://a:1","null","null","null","wss://h"]`},
		expression{`JSON.stringify({u: new URL("http://a")})`, `"{\"u\":\"http://a/\"}"`},
		expression{`"" + new URL("http://a") + Object.prototype.toString.call(new URL("http://a"))`, `"http://a/[object URL]"`},
		expression{`(u => { const p = u.searchParams; u.search = "?x=1"; return [p.get("x"), p === u.searchParams, [...p]] })(new URL("http://a"))`, `["1",true,[["x","1"]]]`},
		expression{`(u => { const p = u.searchParams; u.href = "http://b?y=2"; return p.toString() })(new URL("http://a"))`, `"y=2"`},
		expression{`(u => { "use strict"; try { u.origin = "x" } catch (e) { return e.name } })(new URL("http://a"))`, `"TypeError"`},
		expression{`new URL()`, `!TypeError ERR_MISSING_ARGS`},
		expression{`URL("http://a")`, `!TypeError`},
		expression{`(u => { u.href = "nope" })(new URL("http://a"))`, `!TypeError ERR_INVALID_URL`},
		expression{`Object.keys(URL.prototype).sort().join()`, `"hash,host,hostname,href,origin,password,pathname,port,protocol,search,searchParams,toJSON,toString,username"`},
		expression{`new URL({ toString() { throw new RangeError("x") } })`, `!RangeError`},
		expression{`new URL(Symbol("x"))`, `!TypeError`},
	)
	checkExpressions(t, "", table)
}

func TestURLSearchParams(t *testing.T) {
	t.Parallel()
	checkExpressions(t, "const P = URLSearchParams;", []expression{
		{`new P("?a=1&b=%20+%zz&c&=d&&a=%F0%9F%98%80").toString()`, `"a=1&b=++%25zz&c=&=d&a=%F0%9F%98%80"`},
		{`[...new P("a=b=c")]`, `[["a","b=c"]]`},
		{`[...new P({a: 1, b: [2, 3]})]`, `[["a","1"],["b","2,3"]]`},
		{`[...new P([["a", 1], new Set(["b", 2])])]`, `[["a","1"],["b","2"]]`},
		{`[...new P(new Map([["a", 1]]))]`, `[["a","1"]]`},
		{`[...new P(new P("a=1"))]`, `[["a","1"]]`},
		{`[new P(), new P(null), new P(undefined), new P("")].map(String)`, `["","","",""]`},
		{`new P([["a"]])`, `!TypeError ERR_INVALID_TUPLE`},
		{`new P([1])`, `!TypeError ERR_INVALID_TUPLE`},
		{`new P({ get a() { throw new RangeError("x") } })`, `!RangeError`},
		{`(p => [p.get("a"), p.getAll("a"), p.has("a"), p.has("a", "2"), p.has("a", "9"), p.get("z"), p.size])(new P("a=1&a=2"))`, `["1",["1","2"],true,true,false,null,2]`},
		{`(p => { p.delete("a", "1"); return p + "" })(new P("a=1&a=2"))`, `"a=2"`},
		{`(p => { p.set("a", 3); p.set("n", "x y"); return p + "" })(new P("a=1&b=2&a=2"))`, `"a=3&b=2&n=x+y"`},
		{`(p => { p.sort(); return p + "" })(new P("z=1&\uffff=2&😀=3&a=4&z=0"))`, `"a=4&z=1&z=0&%F0%9F%98%80=3&%EF%BF%BF=2"`},
		{`(p => { const out = []; p.forEach(function (v, k, o) { out.push(v, k, o === p, this.x) }, {x: 1}); return out })(new P("a=1"))`, `["1","a",true,1]`},
		{`[[...new P("a=1").keys()], [...new P("a=1").values()], P.prototype[Symbol.iterator] === P.prototype.entries]`, `[["a"],["1"],true]`},
		{`new P("a=\ud800") + ""`, `"a=%EF%BF%BD"`},
		{`new P("a=%ff") + ""`, `"a=%EF%BF%BD"`},
		{`new P("a=%e2%82A%ff%ff") + ""`, `"a=%EF%BF%BDA%EF%BF%BD%EF%BF%BD"`},
		{`new P("*-._~!'()") + ""`, `"*-._%7E%21%27%28%29="`},
		{`new P().append("x")`, `!TypeError ERR_MISSING_ARGS`},
		{`new P().forEach(1)`, `!TypeError ERR_INVALID_ARG_TYPE`},
		{`(p => { const seen = []; for (const [k] of p) { seen.push(k); if (seen.length < 3) p.append("n" + seen.length, 1) } return seen })(new P("a=1"))`, `["a","n1","n2"]`},
	})
}

// What is said about a URL that is none, and what is not made here.
func TestURLErrors(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]string{
		`"nope"`:                      `Invalid URL: "nope": it is not absolute`,
		`"http://"`:                   `Invalid URL: "http://": it has no host`,
		`"http://a:70000"`:            `Invalid URL: "http://a:70000": its port is greater than 65535`,
		`"http://bücher.de"`:          `Invalid URL: "http://bücher.de": its host is not ASCII: write an international name in Punycode, as xn--...`,
		`"http://a b"`:                `Invalid URL: "http://a b": its host has the character ' ' in it`,
		`"http://1.2.3.999"`:          `Invalid URL: "http://1.2.3.999": its host ends with a number, but is not an IPv4 address`,
		`"http://[1]"`:                `Invalid URL: "http://[1]": its host is not an IPv6 address`,
		`"x", "y"`:                    `Invalid URL: "x": the base is not a URL: it is not absolute`,
		`"x", "mailto:a"`:             `Invalid URL: "x": the base has no path that it could be relative to`,
		`"http://[::1"`:               `Invalid URL: "http://[::1": its IPv6 address does not end with ]`,
		`"http://a:x"`:                `Invalid URL: "http://a:x": its port is not a number`,
		`"x".repeat(1e6)`:             `Invalid URL: "` + strings.Repeat("x", 200) + `": it is not absolute`,
		`"http://" + "@".repeat(1e6)`: `Invalid URL: "http://` + strings.Repeat("@", 193) + `": it has no host`,
	} {
		w := loaded(t, syncConfig, "function run() { try { new URL("+input+") } catch (e) { return e.message } }")
		got, err := w.call()
		equal(t, err, nil)
		equal(t, got, []any{want})
	}
	w := loaded(t, syncConfig, `function run() {
		const long = "http://h/" + "a/../é".repeat(3e5) + "?" + "q&".repeat(3e5);
		const u = new URL(long);
		return [u.href.length, u.searchParams.size];
	}`)
	got, err := w.call()
	equal(t, err, nil)
	equal(t, got, []any{[]any{int64(16 + 6e5), int64(3e5)}})
}
