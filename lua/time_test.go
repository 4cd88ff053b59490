package lua

import (
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"scripthost.example/child/engine"
)

func TestTimeClocks(t *testing.T) {
	t.Parallel()
	f := script(t, `function run()
		local a, m = time.now(), time.monotonic()
		while time.monotonic() == m do end
		return a, time.monotonic() > m, math.abs(a - os.time()) < 2
	end`)
	before := time.Now()
	got := f.run()
	now := time.Unix(0, int64(got[0].(float64)*1e9))
	const tick = time.Microsecond // what the number is precise to
	if now.Before(before.Add(-tick)) || now.After(time.Now().Add(tick)) {
		t.Errorf("it is %v and not %v", now, before)
	}
	want(t, got[1:], list(true, true))
}

func TestTimeFormat(t *testing.T) {
	t.Parallel()
	f := script(t, `function run(...) return time.format(...) end`)
	for _, tt := range []struct {
		seconds any
		offset  any
		want    string
		bad     string
	}{
		{int64(0), nil, "1970-01-01T00:00:00Z", ""},
		{1583020799.5, nil, "2020-02-29T23:59:59.5Z", ""},
		{-0.5, nil, "1969-12-31T23:59:59.5Z", ""},
		{0.000001, nil, "1970-01-01T00:00:00.000001Z", ""},
		{1e-9, nil, "1970-01-01T00:00:00.000000001Z", ""},
		{1e-300, nil, "1970-01-01T00:00:00Z", ""},
		{0.99999999999, nil, "1970-01-01T00:00:01Z", ""},
		{-0.99999999999, nil, "1969-12-31T23:59:59Z", ""},
		{1700000000.1234567, nil, "2023-11-14T22:13:20.1234567Z", ""},
		{int64(0), "Z", "1970-01-01T00:00:00Z", ""},
		{int64(0), "+02:00", "1970-01-01T02:00:00+02:00", ""},
		{int64(0), "-09:30", "1969-12-31T14:30:00-09:30", ""},
		{int64(0), "+00:00", "1970-01-01T00:00:00Z", ""},
		{int64(-62167219200), nil, "0000-01-01T00:00:00Z", ""},
		{int64(253402300799), nil, "9999-12-31T23:59:59Z", ""},
		{int64(253402300800), nil, "", "not in the years 0000 to 9999"},
		{int64(-62167219201), nil, "", "not in the years"},
		{253402300799.9999, nil, "9999-12-31T23:59:59.9999Z", ""},
		{int64(253402300799), "+00:01", "", "not in the years"},
		{int64(-62167219200), "-00:01", "", "not in the years"},
		{1e300, nil, "", "not in the years"},
		{"abc", nil, "", "number expected, got string"},
		{int64(0), "+2", "", `the offset must be "Z" or like "+02:00"`},
		{int64(0), "+24:00", "", "the offset must be"},
		{int64(0), "+02:00 ", "", "the offset must be"},
		{int64(0), "Europe/Berlin", "", "the offset must be"},
	} {
		got, err := f.call("run", tt.seconds, tt.offset)
		if tt.bad != "" {
			wantError(t, err, engine.KindScript, tt.bad)
		} else {
			want(t, got, list(tt.want))
		}
	}
	for _, expr := range []string{"0/0", "1/0", "-1/0"} {
		f := script(t, "function run() return time.format("+expr+") end")
		wantError(t, f.runErr(), engine.KindScript, "not in the years")
	}
}

func TestTimeParse(t *testing.T) {
	t.Parallel()
	f := script(t, `function run(text) return time.parse(text) end`)
	for text, wanted := range map[string][]any{
		"1970-01-01T00:00:00Z":               list(int64(0), "Z"),
		"1970-01-01t00:00:00z":               list(int64(0), "Z"),
		"2020-02-29T23:59:59.5Z":             list(1583020799.5, "Z"),
		"1969-12-31T23:59:59.5Z":             list(-0.5, "Z"),
		"1969-12-31T23:59:58.250Z":           list(-1.75, "Z"),
		"1969-12-31T23:59:58.000Z":           list(int64(-2), "Z"),
		"1970-01-01T02:00:00+02:00":          list(int64(0), "+02:00"),
		"1969-12-31T14:30:00-09:30":          list(int64(0), "-09:30"),
		"1970-01-01T00:00:00-00:00":          list(int64(0), "Z"),
		"1970-01-01T00:00:00.1000000000001Z": list(0.1000000000001, "Z"),
		"2023-11-14T22:13:20.123456789012Z":  list(1700000000.123456789012, "Z"),
		"0000-01-01T00:00:00Z":               list(int64(-62167219200), "Z"),
		"9999-12-31T23:59:59.999Z":           list(253402300799.999, "Z"),
		"2024-02-29T00:00:00+23:59":          list(int64(1709078460), "+23:59"),
	} {
		want(t, f.run(text), wanted)
	}
	for text, part := range map[string]string{
		"":                          "not a time in RFC 3339 format",
		"2020-01-01":                "not a time in RFC 3339",
		"2020-01-01T00:00Z":         "not a time in RFC 3339",
		"2020-01-01T00:00:00":       "not a time in RFC 3339",
		"2020-01-01 00:00:00Z":      "not a time in RFC 3339",
		"2020-1-01T00:00:00Z":       "not a time in RFC 3339",
		"2020-01-01T0:00:00Z":       "not a time in RFC 3339",
		"2020-01-01T00:00:00,5Z":    "not a time in RFC 3339",
		"2020-01-01T00:00:00.Z":     "not a time in RFC 3339",
		"2020-01-01T00:00:00.5":     "not a time in RFC 3339",
		"2020-01-01T00:00:00Zx":     "not a time in RFC 3339",
		" 2020-01-01T00:00:00Z":     "not a time in RFC 3339",
		"2020-01-01T00:00:00+0100":  "not a time in RFC 3339",
		"2020-01-01T00:00:00+24:00": "not a time in RFC 3339",
		"2020-01-01T00:00:00+01:60": "not a time in RFC 3339",
		"2020-01-01T00:00:00+1:00":  "not a time in RFC 3339",
		"+020-01-01T00:00:00Z":      "not a time in RFC 3339",
		"2021-02-29T00:00:00Z":      "no such day",
		"2020-13-01T00:00:00Z":      "no such day",
		"2020-00-01T00:00:00Z":      "no such day",
		"2020-04-31T00:00:00Z":      "no such day",
		"2020-01-01T24:00:00Z":      "no such day or time of the day",
		"2020-01-01T00:60:00Z":      "no such day or time of the day",
		"2016-12-31T23:59:60Z":      "leap second",
		"2016-12-31T23:59:61Z":      "no such day or time of the day",
		strings.Repeat("x", 1000):   "xxx...\": not a time",
	} {
		got := f.run(text)
		if len(got) != 2 || got[0] != nil || !strings.Contains(got[1].(string), part) {
			t.Errorf("%q: got %v, want nil and %q", text, got, part)
		}
	}
}

// Go's time.Parse and exact arithmetic agree with time.parse, and time.format
// writes what was read.
func TestTimeAgainstGo(t *testing.T) {
	t.Parallel()
	const first, end = -62167219200_000, 253402300800_000 // milliseconds
	f := script(t, `function run(text) local s, offset = time.parse(text) return s, time.format(s, offset) end`)
	r := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		// To the millisecond, which the numbers of all years hold.
		at := time.UnixMilli(r.Int64N(end-first) + first).
			In(time.FixedZone("", (r.IntN(2*24*60-1)-24*60+1)*60))
		if at.Year() < 0 || at.Year() > 9999 {
			continue
		}
		text := at.Format(time.RFC3339Nano)
		exact, _ := new(big.Rat).SetFrac64(at.UnixMilli(), 1000).Float64()
		got := f.run(text)
		if n, ok := got[0].(int64); ok {
			got[0] = float64(n)
		}
		if got[0] != exact {
			t.Errorf("%s is %v, and was read as %v", text, exact, got[0])
		}
		if got[1] != text {
			t.Errorf("%s is written as %v", text, got[1])
		}
	}
}
