package main

// Who has to reach a target.
var (
	syncs  = []string{"lua sync", "js sync"}
	asyncs = []string{"lua async", "js async"}
	every  = []string{"lua sync", "lua async", "js sync", "js async"}
	lua    = []string{"lua async"}
	js     = []string{"js async"}
)

// targets returns all of them. S is what the limit takes with both ends on one CPU,
// wherever ours are.
func targets() []target {
	const (
		call     = "a sync call, one outstanding"
		callers  = "many callers"
		streamed = "streamed (Go with callbacks)"
		object   = "an object of 1 KB"
		large    = "1 MB, 8 outstanding"
		cold     = "cold start"
		memory   = "10 idle children"
		pool     = "a pool on 2 CPUs"
	)
	return []target{
		{call, "pinned ≤ 1.15 S", atMost(1.15, " S"), syncs, part("latency-pinned", "limit")},
		{call, "pinned p99 ≤ 20 µs", atMost(20, " µs"), syncs, p99("latency-pinned")},
		{call, "pinned ≤ 0.55 × Perl sync", atMost(0.55, " ×"), syncs, part("latency-pinned", "Perl sync")},
		{call, "unpinned ≤ 0.8 S", atMost(0.8, " S"), syncs, inS("latency")},
		{call, "unpinned ≤ 1/7 of Perl sync", oneOf(7), syncs, times("latency", "Perl sync")},
		{call, "unpinned ≤ 1/9 of net/rpc", oneOf(9), syncs, times("latency", "net/rpc")},
		{call, "unpinned ≤ 1/20 of go-plugin gRPC", oneOf(20), syncs, times("latency", "go-plugin gRPC")},
		{call, "async mode, pinned, ≤ 1.3 × sync mode", atMost(1.3, " ×"), asyncs, ofSync("latency-pinned")},
		{call, "async mode, unpinned, ≤ 1.3 × sync mode", atMost(1.3, " ×"), asyncs, ofSync("latency")},

		{callers, "64 callers: ≥ 2.5 × Perl async", atLeast(2.5, " ×"), asyncs, times("calls-64", "Perl async")},
		{callers, "64 callers: ≥ 10 × go-plugin, the faster protocol", atLeast(10, " ×"), asyncs, times("calls-64", "go-plugin net/rpc", "go-plugin gRPC")},
		{callers, "1024 callers: ≥ 5 × Perl async (Lua)", atLeast(5, " ×"), lua, times("calls-1024", "Perl async")},
		{callers, "1024 callers: ≥ 4.5 × Perl async (JS)", atLeast(4.5, " ×"), js, times("calls-1024", "Perl async")},

		{streamed, "≥ 10 × Perl async with 1024 outstanding (Lua)", atLeast(10, " ×"), lua, rates("stream", "", "calls-1024", "Perl async")},
		{streamed, "≥ 6 × Perl async with 1024 outstanding (JS)", atLeast(6, " ×"), js, rates("stream", "", "calls-1024", "Perl async")},
		{"events", "as many as calls that are streamed", atLeast(1, " ×"), asyncs, rates("events", "", "stream", "")},

		{object, "json: ≥ 0.5 × the codec alone", atLeast(0.5, " ×"), syncs, times("object-json", "codec alone")},
		{object, "cbor: ≥ 0.5 × the codec alone", atLeast(0.5, " ×"), syncs, times("object-binary", "codec alone")},
		{object, "cbor faster than json", atLeast(1, " ×"), syncs, rates("object-json", "", "object-binary", "")},
		{object, "json in Lua ≥ 5 × a codec in Lua", atLeast(5, " ×"), syncs, value("codec")},

		{large, "≥ 6 × Perl async by socket", atLeast(6, " ×"), every, times("echo-1mb-8", "Perl async")},
		{large, "≥ 12 × Perl async with shared memory", atLeast(12, " ×"), every, times("echo-1mb-8", "Perl async")},

		{cold, "≤ 2.2 × a minimal child in Go", atMost(2.2, " ×"), syncs, part("start", "limit")},
		{cold, "≤ 1/2.5 of go-plugin, the faster protocol", oneOf(2.5), syncs, times("start", "go-plugin net/rpc", "go-plugin gRPC")},
		{cold, "with a spare ≤ 0.3 × Perl's preloaded fork", atMost(0.3, " ×"), syncs, part("spare", "Perl sync")},

		{memory, "PSS ≤ 2.5 MB each", atMost(2.5, " MB"), syncs, value("pss")},
		{memory, "private ≤ 1.6 MB each", atMost(1.6, " MB"), syncs, value("private")},
		{memory, "no processor time", atMost(0, " µs/s"), every, value("idle-cpu")},
		{memory, "no context switch", atMost(0, "/s"), every, value("idle-switches")},

		{"what is not used", "costs ≤ 5 % of a plain call", atMost(5, " %"), every, value("unused")},

		{pool, "2 workers ≥ 1.8 × one, of 100 µs a call", atLeast(1.8, " ×"), every, value("pool")},
		{pool, "scheduling ≤ 1 µs a call", atMost(1, " µs"), every, value("scheduling")},
		{pool, "one caller for each of 32 children ≥ 150 k/s in all", atLeast(150, " k/s"), every, value("callers")},
	}
}

type valueFunc = func(f *figures, subject string) (float64, bool)

// value is what a row says.
func value(row string) valueFunc {
	return func(f *figures, s string) (float64, bool) {
		m, ok := f.measured(row, s)
		return m.Median, ok
	}
}

func p99(row string) valueFunc {
	return func(f *figures, s string) (float64, bool) {
		m, ok := f.measured(row, s)
		return m.P99, ok && m.P99 > 0
	}
}

// inS is a time in units of S.
func inS(row string) valueFunc { return rates(row, "", "latency-pinned", "limit") }

// ofSync is a time of an async worker, beside that of the sync one.
func ofSync(row string) valueFunc {
	return func(f *figures, s string) (float64, bool) {
		return rates(row, s, row, map[string]string{"lua async": "lua sync", "js async": "js sync"}[s])(f, s)
	}
}

// rates divides what one row says of one subject by what another says of another, round by
// round if both have all of them: they are of the same laps. "" is the subject whose
// target it is.
func rates(row, of, row2, to string) valueFunc {
	return func(f *figures, s string) (float64, bool) {
		name := func(given string) string {
			if given == "" {
				return s
			}
			return given
		}
		a, ok := f.measured(row, name(of))
		b, ok2 := f.measured(row2, name(to))
		if len(a.Rounds) != len(b.Rounds) {
			return a.Median / b.Median, ok && ok2 && b.Median > 0
		}
		all := make([]float64, len(a.Rounds))
		for i := range all {
			all[i] = a.Rounds[i] / b.Rounds[i]
		}
		return quantile(all, 0.5), ok && ok2 && b.Min > 0
	}
}

// times is how many times as good the subject is as the best of others in a row.
func times(row string, others ...string) valueFunc {
	return func(f *figures, s string) (least float64, found bool) {
		for _, other := range others {
			if v, ok := f.times(row, s, other); ok && (!found || v < least) {
				least, found = v, true
			}
		}
		return least, found
	}
}

// part is which part of the time of another the subject takes.
func part(row, other string) valueFunc {
	return func(f *figures, s string) (float64, bool) {
		v, ok := f.times(row, s, other)
		return 1 / v, ok && v > 0
	}
}
