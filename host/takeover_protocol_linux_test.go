package host

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"syscall"
	"time"

	"scripthost.example/wire"
)

// takeovers are all attacks.
func takeovers() []takeover {
	var all []takeover
	for _, some := range [][]takeover{idAttacks(), frameAttacks(), bootAttacks(), hostCallAttacks(), bombAttacks(), floodAttacks(), processAttacks()} {
		all = append(all, some...)
	}
	return all
}

// idAttacks answer what was not asked. A child's calls are its own to answer,
// whatever it says; more than that must not come of an id.
func idAttacks() []takeover {
	send := func(k wire.Kind, call uint32, payload string) func(*puppet) {
		return func(p *puppet) {
			first := p.await()
			p.send(k, call, payload)
			p.frame(first, served())
			p.serve()
		}
	}
	cancelled := func(p *puppet) uint32 {
		p.await()
		for {
			if control, kind, id := wire.Split(p.next().ID); control && kind == wire.KindCancel {
				return id
			}
		}
	}
	return []takeover{
		{name: "result of an id never used", want: brokenBecause("id 268435455, which is not in use"), attack: func(p *puppet) {
			p.await()
			p.frame(wire.MaxCallID, served())
			p.serve()
		}},
		{name: "result of an id between plain and control", want: brokenBecause("not in use"), attack: func(p *puppet) {
			p.await()
			p.frame(0x7fffffff, served())
			p.serve()
		}},
		{name: "error of an id never used", want: brokenBecause("not in use"), attack: send(wire.KindError, 99, `{}`)},
		{name: "error of no call", want: brokenBecause("not in use"), attack: send(wire.KindError, 0, `{}`)},
		{name: "event of an id never used", want: brokenBecause("not in use"), attack: send(wire.KindCallEvent, 99, served())},
		{name: "event of no call", want: brokenBecause("no call"), attack: send(wire.KindCallEvent, 0, served())},
		{name: "host call of an id never used", want: brokenBecause("not in use"), attack: send(wire.KindHostCall, 99, "\x00\x00\x00\x01"+hostList("add"))},
		{name: "log record of an id never used", want: allServed, attack: send(wire.KindLog, 0, `{"level":"info","message":"m","call":4294967295}`)},
		{name: "answer twice", want: brokenBecause("not in use"), attack: func(p *puppet) {
			id := p.await()
			p.write(wire.AppendFrame(wire.AppendFrame(nil, id, []byte(served())), id, []byte(served())))
			// Between the two the id may have passed to another call, which is
			// answered then. With the last call it cannot.
			for range takenCalls {
				p.frame(id, served())
			}
			p.serve()
		}},
		{name: "result and error", want: brokenBecause("not in use"), attack: func(p *puppet) {
			id := p.await()
			b := wire.AppendFrame(nil, id, []byte(served()))
			for range takenCalls {
				b = wire.AppendFrame(b, wire.ControlID(wire.KindError, id), []byte(`{}`))
			}
			p.write(b)
			p.serve()
		}},
		{name: "answers to calls that are still to come", want: brokenBecause("not in use"), attack: func(p *puppet) {
			p.await()
			for id := range uint32(10) {
				p.frame(id+1, served())
			}
			p.serve()
		}},
		{name: "event after the answer", want: brokenBecause("not in use"), attack: func(p *puppet) {
			id := p.await()
			b := wire.AppendFrame(nil, id, []byte(served()))
			for range takenCalls { // the others may have got the id
				b = wire.AppendFrame(b, id, []byte(served()))
			}
			p.write(wire.AppendFrame(b, wire.ControlID(wire.KindCallEvent, id), []byte(served())))
			p.serve()
		}},
		{name: "result of a cancelled call, and again", want: tooLate, attack: func(p *puppet) {
			id := cancelled(p)
			p.frame(id, served())
			p.frame(id, served())
			p.frame(id, served())
			p.frame(id, served())
			p.hang()
		}},
		{name: "cancelled, and never answered", want: tooLate, attack: func(p *puppet) {
			cancelled(p)
			p.takeAll()
		}},
		{name: "an error that says that it was cancelled", want: one("an error that was cancelled", func(err error) bool {
			return OutcomeOf(err) == Completed && strings.Contains(err.Error(), "so there")
		}), attack: func(p *puppet) {
			p.send(wire.KindError, p.await(), `{"kind":"cancelled","message":"so there"}`)
			p.serve()
		}},
		{name: "kinds that the protocol does not have", want: brokenBecause("kind 7"), attack: send(7, 1, "")},
		{name: "the parent's own BOOT", want: brokenBecause("READY"), attack: send(wire.KindReady, 0, `{"version":1,"source":"bG9s"}`)},
		{name: "READY twice", want: brokenBecause("a second READY"), attack: send(wire.KindReady, 0, `{"version":1,"functions":["run"]}`)},
		{name: "PONG that nobody asked for", want: allServed, attack: send(wire.KindPong, 0, `{"nonce":18446744073709551615,"call":4294967295,"running_ms":-1}`)},
		{name: "PONG of a call", want: brokenBecause("PONG with the id of a call, 7"), attack: send(wire.KindPong, 7, `{"nonce":0}`)},
		{name: "LOG of a call", want: brokenBecause("LOG with the id of a call, 1"), attack: send(wire.KindLog, 1, `{"level":"info","message":"m"}`)},
		{name: "FATAL of a call", want: brokenBecause("FATAL with the id of a call, 3"), attack: send(wire.KindFatal, 3, `{"kind":"script","message":"I die"}`)},
		{name: "FATAL, and then it goes on", want: exited("I die"), attack: send(wire.KindFatal, 0, `{"kind":"script","message":"I die"}`),
			opts: func(o *Options) { o.Limits.CallTime = 3 * exitWait }},
	}
}

// frameAttacks break frames.
func frameAttacks() []takeover {
	var all []takeover
	kinds := map[string]uint32{"result": 1, "event": 0}
	for name, k := range map[string]wire.Kind{
		"READY": wire.KindReady, "ERROR": wire.KindError, "HOSTCALL": wire.KindHostCall, "CALLEVENT": wire.KindCallEvent,
		"PONG": wire.KindPong, "LOG": wire.KindLog, "FATAL": wire.KindFatal, "kind 7": 7,
	} {
		kinds[name] = wire.ControlID(k, 1)
	}
	for name, id := range kinds {
		all = append(all,
			takeover{name: "a length of 0xffffffff: " + name, want: tooLong, attack: func(p *puppet) {
				p.await()
				p.write(wire.AppendHeader(nil, id, 0xffffffff))
				p.hang()
			}},
			takeover{name: "no payload: " + name, want: oneOf(brokenBecause(""), allServed, unreadable, one("an empty result", func(err error) bool { return errors.As(err, new(returned)) })), attack: func(p *puppet) {
				call := p.await()
				p.frame(id, "") // the first call's id is 1
				if id != 1 {
					p.frame(call, served())
				}
				p.serve()
			}})
	}
	return append(all, []takeover{
		{name: "octets one at a time", want: allServed, attack: func(p *puppet) {
			id := p.await()
			for _, c := range wire.AppendFrame(nil, id, []byte(served())) {
				p.write([]byte{c})
			}
			p.serve()
		}},
		{name: "an unfinished header, and silence", want: tooLate, attack: func(p *puppet) {
			p.await()
			p.write([]byte{0, 0, 0})
			p.hang()
		}},
		{name: "an unfinished payload, and silence", want: tooLate, attack: func(p *puppet) {
			p.write(wire.AppendHeader(nil, p.await(), 1<<20))
			p.write([]byte("x"))
			p.hang()
		}},
		{name: "an unfinished payload that grows slowly", want: tooLate, attack: func(p *puppet) {
			p.write(wire.AppendHeader(nil, p.await(), 1<<20))
			for {
				p.write([]byte("x"))
				time.Sleep(5 * time.Millisecond)
			}
		}},
		{name: "an unfinished header, and the end", want: brokenBecause("of a frame's header"), attack: func(p *puppet) {
			p.await()
			p.write([]byte{0, 0, 0})
			os.Exit(0)
		}},
		{name: "an unfinished payload, and the end", want: brokenBecause("of 10 bytes"), attack: func(p *puppet) {
			p.write(wire.AppendHeader(nil, p.await(), 10))
			p.write([]byte("x"))
			os.Exit(0)
		}},
		{name: "noise", want: oneOf(brokenBecause(""), tooLong), attack: func(p *puppet) {
			p.await()
			noise := make([]byte, 4096)
			for i := range noise {
				noise[i] = byte(i*i>>3) ^ 0xa5
			}
			p.flood(noise)
		}},
		{name: "the stream closed", want: oneOf(exited("closed its stream"), exited("reads no more")), attack: func(p *puppet) {
			p.await()
			syscall.Close(3)
			p.hang()
		}, opts: func(o *Options) { o.Limits.CallTime = 3 * exitWait }},
		{name: "the stream closed in its direction", want: tooLate, attack: func(p *puppet) {
			p.await()
			syscall.Shutdown(3, syscall.SHUT_WR)
			p.hang()
		}},
		{name: "the stream closed in the other direction", want: tooLate, attack: func(p *puppet) {
			p.await()
			syscall.Shutdown(3, syscall.SHUT_RD)
			p.hang()
		}},
	}...)
}

// bootAttacks begin before the worker is ready.
func bootAttacks() []takeover {
	notReady := func(name string, want func([]error) string, attack func(*puppet)) takeover {
		return takeover{name: name, want: want, attack: attack, start: true, opts: func(o *Options) { o.Limits.Start = 300 * time.Millisecond }}
	}
	return []takeover{
		notReady("silence before BOOT", tooLate, (*puppet).hang),
		notReady("the end before BOOT", exited("before it was ready"), func(*puppet) {}),
		notReady("silence after BOOT", tooLate, func(p *puppet) {
			p.readBoot()
			p.hang()
		}),
		notReady("the end while it loads", exited("before it was ready"), (*puppet).readBoot),
		notReady("a crash while it loads", exited("status 2"), func(p *puppet) {
			p.readBoot()
			panic("crash")
		}),
		notReady("an unfinished READY", tooLate, func(p *puppet) {
			p.write(wire.AppendHeader(nil, wire.ControlID(wire.KindReady, 0), 100))
			p.hang()
		}),
		notReady("another version", brokenBecause("version 2"), func(p *puppet) { p.send(wire.KindReady, 0, `{"version":2}`) }),
		notReady("READY of a million functions", brokenBecause("values"), func(p *puppet) {
			p.send(wire.KindReady, 0, `{"version":1,"functions":[""`+strings.Repeat(`,""`, 300_000)+`]}`)
			p.hang()
		}),
		notReady("READY that is an array", brokenBecause("message"), func(p *puppet) { p.send(wire.KindReady, 0, `[]`) }),
		notReady("a result before READY", brokenBecause("not in use"), func(p *puppet) { p.frame(1, served()) }),
		notReady("an event before READY", brokenBecause("an event before READY"), func(p *puppet) { p.frame(0, served()) }),
		notReady("an event of a call before READY", brokenBecause("not in use"), func(p *puppet) { p.send(wire.KindCallEvent, 1, served()) }),
		notReady("an error before READY", brokenBecause("not in use"), func(p *puppet) { p.send(wire.KindError, 1, `{"kind":"script"}`) }),
		notReady("a host call of a call before READY", brokenBecause("not in use"), func(p *puppet) { p.hostCall(1, 1, hostList("add", 1, 2)) }),
		notReady("READY of a call", brokenBecause("READY with the id of a call, 1"), func(p *puppet) { p.send(wire.KindReady, 1, `{"version":1}`) }),
		{name: "FATAL, and silence", start: true, want: one("what it said", func(err error) bool { return strings.Contains(err.Error(), "I die") }),
			opts: func(o *Options) { o.Limits.Start = 2 * exitWait },
			attack: func(p *puppet) {
				p.send(wire.KindFatal, 0, `{"kind":"script","message":"I die"}`)
				p.hang()
			}},
		notReady("a kind of FATAL that there is not", one("what it said", func(err error) bool { return strings.Contains(err.Error(), "I die") }), func(p *puppet) {
			p.send(wire.KindFatal, 0, `{"kind":"root","message":"I die"}`)
		}),
		notReady("host calls before READY", tooLate, func(p *puppet) {
			for id := range uint32(1000) {
				p.hostCall(0, id, hostList("add", 1, 2))
			}
			p.takeAll()
		}),
		{name: "READY before BOOT was read", want: tooLate, attack: func(p *puppet) {
			p.ready()
			p.hang()
		}},
		{name: "READY that claims anything", want: allServed, attack: func(p *puppet) {
			p.readBoot()
			p.send(wire.KindReady, 0, `{"version":1,"pid":1,"protections":["landlock","\u001b[2J",""],"functions":["run","\u0000"]}`)
			p.serve()
		}},
		{name: "an end that is not drained", want: allServed, attack: func(p *puppet) {
			p.await()
			p.frame(1, served())
			for {
				if control, _, id := wire.Split(p.next().ID); !control {
					p.frame(id, served())
				}
			}
		}},
	}
}

// hostCallAttacks call the parent's functions.
func hostCallAttacks() []takeover {
	// thrown has the calls served if all of the host calls in lists are answered
	// with THROW.
	thrown := func(name, kind string, lists ...string) takeover {
		return takeover{name: name, want: allServed, attack: func(p *puppet) {
			call := p.await()
			for i, list := range lists {
				p.hostCall(call, uint32(i), list)
			}
			calls := []uint32{call}
			for missing := len(lists); missing > 0; {
				f := p.next()
				control, k, id := wire.Split(f.ID)
				switch {
				case !control:
					calls = append(calls, id)
				case k == wire.KindThrow && strings.Contains(string(f.Payload), `"kind":"`+kind+`"`):
					missing--
				case k == wire.KindThrow || k == wire.KindReturn:
					panic(fmt.Sprintf("%d: %.200q", k, f.Payload))
				}
			}
			for _, id := range calls {
				p.frame(id, served())
			}
			p.serve()
		}}
	}
	broken := func(name, reason string, payloads ...string) takeover {
		return takeover{name: name, want: brokenBecause(reason), attack: func(p *puppet) {
			call := p.await()
			for _, payload := range payloads {
				p.send(wire.KindHostCall, call, payload)
			}
			p.takeAll()
		}}
	}
	return []takeover{
		thrown("functions never granted", "denied",
			hostList("remove"), hostList("Add"), hostList("add.x"), hostList(""), hostList("add\x00"), hostList("add\n"), hostList("\x1b[2J"),
			hostList(strings.Repeat("n", 1<<10))),
		thrown("functions of the runner that there are not", "script", hostList("runner."), hostList("runner.exec", "/bin/sh"), hostList("runner.fs.open\x00", "/etc/passwd", "r")),
		thrown("files never granted", "denied",
			hostList("runner.fs.open", "/etc/passwd", "r", 0), hostList("runner.fs.open", "/proc/self/environ", "r", 0), hostList("runner.fs.stat", "/"),
			hostList("runner.fs.remove", "/tmp"), hostList("runner.fs.tmpname")),
		thrown("arguments of other types", "script", hostList("add", "x", nil), hostList("add"), hostList("add", 1, 2, 3), hostList("add", []any{}, map[string]any{})),
		thrown("handles never opened", "script", hostList("runner.fs.read", 1, 1), hostList("runner.fs.read", -1, 1), hostList("runner.fs.close", uint64(1)<<63)),
		{name: "arguments as large as may be", want: allServed, peak: 48, attack: func(p *puppet) {
			call := p.await()
			p.hostCall(call, 1, hostList("add", strings.Repeat("x", 1<<20-len("\x82\x63add\x7a\x00\x0f\xff\xff"))))
			p.frame(call, served())
			p.serve()
		}},
		{name: "arguments larger than may be", want: tooLong, attack: func(p *puppet) {
			p.hostCall(p.await(), 1, hostList("add", strings.Repeat("x", 1<<20)))
			p.hang()
		}},
		broken("no name", "without a name", "\x00\x00\x00\x01"+hostList()),
		broken("a name that is a number", "not a string", "\x00\x00\x00\x01"+hostList(1)),
		broken("no host-call id", "room for its id", ""),
		broken("a name of about a mebibyte", "a name of 1000000 bytes", "\x00\x00\x00\x01"+hostList(strings.Repeat("\x01", 1e6))),
		broken("a list that is cut", "cannot be read", "\x00\x00\x00\x01\x82"),
		broken("a host-call id in use", "in use", "\x00\x00\x00\x01"+hostList("block"), "\x00\x00\x00\x01"+hostList("block")),
		{name: "host calls that hang, and no answer", want: tooLate, attack: func(p *puppet) {
			call := p.await()
			for id := range uint32(100) {
				p.hostCall(call, id, hostList("block"))
			}
			p.takeAll()
		}},
		{name: "host calls that hang, and the end", want: exited("not answered"), attack: func(p *puppet) {
			call := p.await()
			for id := range uint32(100) {
				p.hostCall(call, id, hostList("block"))
			}
		}},
		{name: "host calls of no call that hang, and the end", want: exited("not answered"), attack: func(p *puppet) {
			p.await()
			for id := range uint32(100) {
				p.hostCall(0, id, hostList("block"))
			}
		}},
		{name: "a million host calls that hang", want: oneOf(tooLate, overLimit("host calls"), brokenBecause("host calls")), peak: 96, opts: func(o *Options) { o.Limits.CallTime = time.Second }, attack: func(p *puppet) {
			call := p.await()
			p.drop()
			hostCalls(p, call, 1_000_000, hostList("block"))
			p.hang()
		}},
		{name: "host calls without end, and the answers are not read", want: oneOf(tooLate, overLimit("host calls"), brokenBecause("host calls")), peak: 96, opts: func(o *Options) { o.Limits.CallTime = time.Second }, attack: func(p *puppet) {
			call := p.await()
			hostCalls(p, call, math.MaxUint32, hostList("no such function with a name that is somewhat long, so that the answer is too"))
			p.hang()
		}},
	}
}

// hostCalls makes n host calls, a thousand at a time.
func hostCalls(p *puppet, call, n uint32, list string) {
	var b []byte
	for id := range n {
		b = wire.AppendFrame(b, wire.ControlID(wire.KindHostCall, call), append(wire.AppendHostID(nil, id), list...))
		if id%1000 == 999 {
			p.write(b)
			b = b[:0]
		}
	}
	p.write(b)
}
