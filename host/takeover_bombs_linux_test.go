package host

import (
	"bytes"
	"errors"
	"strings"
	"time"

	"scripthost.example/wire"
)

// bombAttacks send little that becomes much, or what cannot be read.
func bombAttacks() []takeover {
	const mega = 1 << 18
	var all []takeover
	// Results, for every serialiser.
	result := func(s Serialiser, name string, payload string, want func([]error) string) {
		all = append(all, takeover{
			name: s.Name() + " result: " + name, want: want, peak: 128,
			opts: func(o *Options) { o.Serialiser = s; o.Limits.CallTime = time.Second },
			attack: func(p *puppet) {
				call := p.await()
				p.frame(call, payload)
				for {
					if control, kind, id := wire.Split(p.next().ID); !control {
						p.frame(id, payload)
					} else if kind == wire.KindDrain {
						return
					}
				}
			},
		})
	}
	many := one("a result that is not what was asked", func(err error) bool { return errors.As(err, new(returned)) })
	head := "\x9a\x00\x03\xff\xf0" // an array of 2^18-16
	const n = mega - 16
	result(CBOR, "nested arrays", strings.Repeat("\x81", mega), unreadable)
	result(CBOR, "nested arrays without lengths", strings.Repeat("\x9f", mega), unreadable)
	result(CBOR, "an array that says it is huge", "\x9b\xff\xff\xff\xff\xff\xff\xff\xff", unreadable)
	result(CBOR, "arrays in an array that all say they are huge", "\x9a\x00\x00\x13\x00"+strings.Repeat("\x9a\x00\x00\x13\x00", 1000), unreadable)
	result(CBOR, "a text that says it is huge", "\x81\x7b\x7f\xff\xff\xff\xff\xff\xff\xff", unreadable)
	result(CBOR, "empty arrays", head+strings.Repeat("\x80", n), many)
	result(CBOR, "empty maps", head+strings.Repeat("\xa0", n), many)
	result(CBOR, "a map of many keys", "\x81\xbf"+keys(40_000)+"\xff", many)
	result(CBOR, "a key twice", "\x81\xa2\x61a\x01\x61a\x01", unreadable)
	result(CBOR, "tags", "\x81"+strings.Repeat("\xc0", mega-1), unreadable)
	result(CBOR, "a big integer", "\x81\xc2\x5a\x00\x03\xff\x00"+strings.Repeat("\xff", 0x03ff00), unreadable)
	result(CBOR, "a text in parts without end", "\x81\x7f"+strings.Repeat("\x60", mega-2), unreadable)
	result(CBOR, "text that is not UTF-8", "\x81\x61\xff", unreadable)
	result(CBOR, "nothing", "", unreadable)
	result(JSON, "nested arrays", strings.Repeat("[", mega), unreadable)
	result(JSON, "empty arrays", "["+strings.Repeat("[],", n/3)+"1]", many)
	result(JSON, "numbers that are too large", "[1e999]", unreadable)
	result(JSON, "many digits", "["+strings.Repeat("9", mega-2)+"]", unreadable)
	result(JSON, "a key twice", `[{"a":1,"a":2}]`, unreadable)
	result(JSON, "text that is not UTF-8", "[\"\xff\"]", unreadable)
	result(MsgPack, "nested arrays", strings.Repeat("\x91", mega), unreadable)
	result(MsgPack, "an array that says it is huge", "\xdd\xff\xff\xff\xff", unreadable)
	result(MsgPack, "empty maps", "\xdd\x00\x03\xff\xf0"+strings.Repeat("\x80", n), many)
	result(String, "a text that says it is huge", "\xff\xff\xff\xff\xff\xff\xff", unreadable)
	result(String, "many empty texts", strings.Repeat("\x00", mega), many)

	// Messages in JSON. Where the call is answered with one, it fails with that.
	message := func(name string, k wire.Kind, payload string, want func([]error) string) {
		all = append(all, takeover{name: "JSON: " + name, want: want, peak: 96, attack: func(p *puppet) {
			call := p.await()
			id := uint32(0)
			if k == wire.KindError {
				id = call
			}
			p.send(k, id, payload)
			if k != wire.KindError {
				p.frame(call, served())
			}
			p.serve()
		}})
	}
	failed := func(says string) func([]error) string {
		return one("an error that says "+says, func(err error) bool {
			return errors.As(err, new(*ScriptError)) && strings.Contains(err.Error(), says)
		})
	}
	notJSON := brokenBecause("message")
	for name, k := range map[string]wire.Kind{"ERROR": wire.KindError, "LOG": wire.KindLog, "PONG": wire.KindPong, "FATAL": wire.KindFatal} {
		message(name+" nested a million deep", k, strings.Repeat(`{"cause":`, mega/9), notJSON)
		message(name+" with arrays nested a million deep", k, `{"value":`+strings.Repeat("[", mega-100), notJSON)
		message(name+" that is null", k, "null", notJSON)
		message(name+" that is a text", k, `"x"`, notJSON)
		message(name+" with a value too many", k, `{"x":[`+strings.Repeat("[],", wire.MaxMessageValues)+`1]}`, notJSON)
	}
	message("unknown keys and keys twice", wire.KindError, `{"x":1,"message":"one","message":"two","KIND":"script"}`, failed("two"))
	message("text that is not UTF-8", wire.KindError, "{\"message\":\"m\xff\xfe\"}", failed("m"))
	message("a number that is too large", wire.KindError, `{"message":"m","value":1e999}`, failed("m"))
	message("a number that is too large in a limit", wire.KindError, `{"kind":"limit","message":"m","value":{"limit":"x","size":1e999,"max":-1}}`, overLimit("x"))
	message("a line that is no number", wire.KindError, `{"message":"m","stack":[{"line":1e99}]}`, notJSON)
	message("a long message", wire.KindError, `{"message":"`+strings.Repeat("m", mega-100)+`"}`, failed("mmm"))
	message("a chain of causes", wire.KindError, strings.Repeat(`{"message":"m","cause":`, 9000)+"{}"+strings.Repeat("}", 9000), failed("m"))
	message("a stack of many levels", wire.KindError, `{"message":"m","stack":[{}`+strings.Repeat(`,{}`, 100_000)+`]}`, failed("m"))
	message("a large value", wire.KindError, `{"message":"m","value":[[]`+strings.Repeat(`,[]`, 100_000)+`]}`, failed("m"))
	message("a log record with many fields", wire.KindLog, `{"level":"x","message":"m","fields":{"a":[{}`+strings.Repeat(`,{}`, 100_000)+`]}}`, allServed)
	message("a log record of another call", wire.KindLog, `{"level":"x","message":"m","call":77}`, allServed)
	message("a level that is a number", wire.KindLog, `{"level":1}`, notJSON)
	return all
}

// keys are n different keys of a map in CBOR, with values.
func keys(n int) string {
	var b bytes.Buffer
	for i := range n {
		b.Write([]byte{0x64, 'a' + byte(i%26), 'a' + byte(i/26%26), 'a' + byte(i/676%26), 'a' + byte(i/17576%26), 0xa0})
	}
	return b.String()
}

// floodAttacks send without end.
func floodAttacks() []takeover {
	event := func(id uint32, size int) []byte {
		return wire.AppendFrame(nil, id, wire.AppendOctets(nil, strings.Repeat("x", size)))
	}
	record := wire.AppendFrame(nil, wire.ControlID(wire.KindLog, 0), []byte(`{"level":"info","message":"flood","fields":{"a":{},"b":[{},{},{}]}}`))
	maps := wire.AppendFrame(nil, 0, []byte("\x9a\x00\x00\x02\x00"+strings.Repeat("\xa0", 512)))
	largeMaps := wire.AppendFrame(nil, 0, []byte("\x9a\x00\x01\x00\x00"+strings.Repeat("\xa0", 65536)))
	flood := func(name string, frame []byte) takeover {
		return takeover{name: "flood of " + name, want: tooLate, attack: func(p *puppet) {
			p.await()
			p.drop()
			p.flood(frame)
		}}
	}
	// With a slow receiver what waits is bounded, and with one that does not
	// return it is too, by more.
	slow := func(a takeover) takeover {
		a.name += ", taken slowly"
		a.slow = true
		a.peak = 96
		return a
	}
	// Who makes the only call reads for it.
	alone := func(a takeover) takeover {
		a.name += ", by a call that is alone"
		a.alone = true
		return a
	}
	held := func(a takeover) takeover {
		a.name += ", not taken"
		a.held = true
		a.peak = 700
		return a
	}
	cbor := func(a takeover) takeover {
		a.opts = func(o *Options) { o.Serialiser = CBOR }
		return a
	}
	small, large := flood("small events", event(0, 10)), flood("large events", event(0, 1<<19))
	logs := flood("log records", record)
	unread := cbor(flood("small events that become large", maps))
	unreadLarge := cbor(flood("large events that become larger", largeMaps))
	return []takeover{
		small, slow(small), held(small), alone(slow(small)), alone(held(small)),
		large, slow(large), held(large),
		logs, slow(logs), held(logs),
		slow(unread), held(unread),
		slow(unreadLarge), held(unreadLarge),
		flood("PONG", wire.AppendFrame(nil, wire.ControlID(wire.KindPong, 0), []byte("{}"))),
		flood("FATAL", wire.AppendFrame(nil, wire.ControlID(wire.KindFatal, 0), []byte(`{"kind":"script","message":"again"}`))),
		{name: "flood of events that are no values", want: tooLate, opts: func(o *Options) { o.Serialiser = CBOR }, attack: func(p *puppet) {
			p.await()
			p.drop()
			p.flood(wire.AppendFrame(nil, 0, []byte("\xff")))
		}},
		{name: "flood of events that nobody takes", want: tooLate, opts: func(o *Options) { o.OnEvent = nil }, attack: func(p *puppet) {
			p.await()
			p.drop()
			p.flood(event(0, 100))
		}},
		{name: "flood of errors as answers", want: brokenBecause("not in use"), attack: func(p *puppet) {
			call := p.await()
			p.drop()
			p.flood(wire.AppendFrame(nil, wire.ControlID(wire.KindError, call), []byte(`{"message":"m"}`)))
		}},
		{name: "flood of events of a call, and nothing is read", want: tooLate, attack: func(p *puppet) {
			call := p.await()
			p.flood(event(wire.ControlID(wire.KindCallEvent, call), 1000))
		}},
	}
}
