package lua

import (
	"bytes"
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"math/rand/v2"
	"strings"
	"testing"

	"scripthost.example/child/engine"
)

func TestHash(t *testing.T) {
	t.Parallel()
	f := script(t, `
		function run(s) return hash.md5(s), hash.sha1(s), hash.sha256(s), hash.sha384(s), hash.sha512(s) end
		function mac(key, s) return hash.hmac("md5", key, s), hash.hmac("sha256", key, s), hash.new("sha256", key):update(s):digest() end
		function raw() return #hash.md5("", true), #hash.hmac("sha512", "", "", true), hash.new("sha1"):digest(true) == hash.sha1("", true) end
		function pieces(s)
			local h = hash.new("sha256")
			local none = h:digest()
			for i = 1, #s do h:update(s:sub(i, i)) end
			return none == hash.sha256(""), h:digest() == hash.sha256(s), h:digest() == hash.sha256(s), h:update("x"):digest() == hash.sha256(s .. "x"), tostring(h)
		end
		function number() return hash.md5(5) == hash.md5("5") end`, binaryOK)
	// RFC 1321 and FIPS 180: "abc".
	want(t, f.run("abc"), list("900150983cd24fb0d6963f7d28e17f72", "a9993e364706816aba3e25717850c26c9cd0d89d",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"))
	// RFC 2202 and RFC 4231: test case 2.
	got, _ := f.call("mac", "Jefe", "what do ya want for nothing?")
	want(t, got, list("750c783e6ab0b503eaa86e310a5db738",
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"))
	got, _ = f.call("raw")
	want(t, got, list(int64(16), int64(64), true))
	got, _ = f.call("pieces", "some octets")
	want(t, got, list(true, true, true, true, "hash"))
	got, _ = f.call("number")
	want(t, got, list(true))

	// Around the size of the pieces that long strings are hashed in, against Go.
	for _, n := range []int{0, 1, 63, 64, 65, 64<<10 - 1, 64 << 10, 64<<10 + 1, 200_000} {
		s := bytes.Repeat([]byte{0xfe, 0, 'x'}, n/3+1)[:n]
		sum := func(h hash.Hash) string { h.Write(s); return hex.EncodeToString(h.Sum(nil)) }
		var sums []any
		for _, h := range hashes {
			sums = append(sums, sum(h.new()))
		}
		want(t, f.run(s), sums)
		got, err := f.call("mac", s, s)
		if err != nil {
			t.Fatal(err)
		}
		want(t, got[1], any(sum(hmac.New(hashes[2].new, s))))
	}
}

func TestHashBadInput(t *testing.T) {
	t.Parallel()
	for code, part := range map[string]string{
		`hash.sha256()`:                          "bad argument #1 to sha256 (string expected, got nil)",
		`hash.sha256({})`:                        "string expected, got table",
		`hash.sha256("x", 1)`:                    "boolean expected, got number",
		`hash.hmac("sha3", "k", "s")`:            "there is no hash sha3: use md5, sha1, sha256, sha384 or sha512",
		`hash.hmac("sha1", "k")`:                 "bad argument #3",
		`hash.new("SHA1")`:                       "there is no hash SHA1",
		`hash.new()`:                             "string expected, got nil",
		`hash.new("md5"):update()`:               "string expected, got nil",
		`hash.new("md5").update(io.stdout, "x")`: "hash expected",
	} {
		f := script(t, "function run() "+code+" end")
		wantError(t, f.runErr(), engine.KindScript, part)
	}
}

func TestBase64(t *testing.T) {
	t.Parallel()
	f := script(t, `
		function run(s) return base64.encode(s), base64.encode(s, "std"), base64.encode(s, "url") end
		function decode(...) return base64.decode(...) end`, binaryOK)
	want(t, f.run("\xfb\xff\xfe\x00"), list("+//+AA==", "+//+AA==", "-__-AA"))
	for _, tt := range []struct {
		text, variant string
		octets        string
		bad           string
	}{
		{"", "std", "", ""}, {"", "url", "", ""},
		// RFC 4648, section 10.
		{"Zg==", "std", "f", ""}, {"Zm8=", "std", "fo", ""}, {"Zm9v", "std", "foo", ""}, {"Zm9vYmFy", "std", "foobar", ""},
		{"Zg", "url", "f", ""}, {"Zg==", "url", "f", ""}, {"Zm9v", "url", "foo", ""}, {"-__-AA", "url", "\xfb\xff\xfe\x00", ""},
		{"Zm9v\r\nYmFy\n", "std", "foobar", ""}, {"Zg==\n", "url", "f", ""},
		{"Zg", "std", "", "end is wrong"}, {"Zg=", "std", "", "end is wrong"}, {"Z", "url", "", "end is wrong"}, {"Zg=", "url", "", "end is wrong"},
		{"Zh==", "std", "", "bits that are left over"}, {"Zh", "url", "", "bits that are left over"}, {"=", "std", "", "end is wrong"}, {"Zg===", "std", "", "end is wrong"},
		{"Zm9v!", "std", "", `at byte 5: '!'`}, {"Zm 9v", "std", "", `at byte 3: ' '`}, {"-__-", "std", "", `at byte 1: '-'`}, {"+//+", "url", "", `at byte 1: '+'`},
		{"Zg==Zg==", "std", "", "at byte 3: '='"}, {"\xff", "std", "", `at byte 1: 'ÿ'`}, {"Zg==\x00", "std", "", `at byte 3: '='`},
	} {
		got, err := f.call("decode", tt.text, tt.variant)
		switch {
		case err != nil:
			t.Errorf("%q: %v", tt.text, err)
		case tt.bad == "" && fmt.Sprint(got...) != fmt.Sprint(asOctets(tt.octets)):
			t.Errorf("%q: got %q, want %q", tt.text, got, tt.octets)
		case tt.bad != "" && (len(got) != 2 || got[0] != nil || !strings.Contains(got[1].(string), tt.bad)):
			t.Errorf("%q (%s): got %q, want nil and %q", tt.text, tt.variant, got, tt.bad)
		}
	}
	_, err := f.call("decode", "x", "mime")
	wantError(t, err, engine.KindScript, `there is no variant "mime": use std or url`)
	_, err = f.call("decode")
	wantError(t, err, engine.KindScript, "string expected, got nil")
}

// asOctets is s as a script's string arrives.
func asOctets(s string) any {
	if strings.ToValidUTF8(s, "") == s {
		return s
	}
	return []byte(s)
}

// Whatever is encoded is decoded to what it was, and Go agrees.
func TestBase64RoundTrip(t *testing.T) {
	t.Parallel()
	f := script(t, `function run(s, v) local e = base64.encode(s, v) return e, base64.decode(e, v) == s end`, binaryOK)
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		octets := make([]byte, r.IntN(100))
		for i := range octets {
			octets[i] = byte(r.Uint32())
		}
		want(t, f.run(octets, "std"), list(base64.StdEncoding.EncodeToString(octets), true))
		want(t, f.run(octets, "url"), list(base64.RawURLEncoding.EncodeToString(octets), true))
	}
}

func TestUUID(t *testing.T) {
	t.Parallel()
	f := script(t, `function run()
		local seen, id = {}
		for i = 1, 1000 do
			id = uuid()
			assert(id:match("^%x%x%x%x%x%x%x%x%-%x%x%x%x%-4%x%x%x%-[89ab]%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$"), id)
			assert(id == id:lower() and not seen[id])
			seen[id] = true
		end
		return #id
	end`)
	want(t, f.run(), list(int64(36)))
}
