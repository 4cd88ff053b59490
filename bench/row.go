package main

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"scripthost.example/bench/driver"
)

// A row is one thing that is measured of each subject.
type row struct {
	id, title, unit string
	// more says that more is better, as of calls a second; of times and sizes less is.
	more bool
	// pinned says that the driver and its workers share one CPU.
	pinned bool
	// laps names what is measured in laps, by turns with all other subjects: those rows,
	// one after the other, that have the same name. Rows whose numbers are compared are
	// such ones. A row without is measured at once.
	laps string
	// keeps says that workers stay for the next lap, until the driver is told to release
	// them.
	keeps bool
	// alone says that no other driver runs: what it shares with others is measured.
	alone bool
	// absolute says that there are no ratios: what is measured may be zero, or is one
	// already.
	absolute bool
	// kind is the kind of job that a driver has to be able to do.
	kind    string
	measure func(*session) (sample, error)
}

// A sample is what a row says of a subject in one lap, or in one round.
type sample struct {
	value float64
	calls []float64 // each call, where the value is their median
	// done is how many answers it is of; all were compared with what was asked.
	done int
}

// A size says how much is done to measure.
type size struct {
	span    time.Duration // of one row of a subject in a round, in all its laps; twice that for many calls at once
	laps    int           // that a round has
	pairs   time.Duration // of a job that measures two ways by turns
	hold    int           // idle workers whose memory is measured
	callers int           // workers with one caller each
	settle  time.Duration // before memory is looked at
	idle    time.Duration // how long idle workers are looked at
}

func fullSize() size {
	return size{span: 300 * time.Millisecond, laps: 6, pairs: 1200 * time.Millisecond, hold: 10, callers: 32, settle: 200 * time.Millisecond, idle: time.Second}
}

func quickSize() size {
	return size{span: 20 * time.Millisecond, laps: 2, pairs: 20 * time.Millisecond, hold: 2, callers: 3, settle: time.Millisecond, idle: time.Millisecond}
}

const large = 1 << 20

// rows returns all there is to measure.
func rows(z size) []row {
	lap := int(z.span.Milliseconds()) / z.laps
	many := 2 * lap // calls that have to begin, and to end
	pairs := int(z.pairs.Milliseconds())
	calls := func(outstanding, size int) driver.Job {
		return driver.Job{Kind: driver.Calls, Millis: many, Size: size, Outstanding: outstanding}
	}
	oneByOne := driver.Job{Kind: driver.Latency, Millis: lap, Size: 16}
	return []row{
		{id: "latency", title: "16 bytes there and back, one call outstanding", unit: "µs", laps: "latency",
			kind: driver.Latency, measure: typical(oneByOne, time.Microsecond)},
		{id: "latency-pinned", title: "16 bytes there and back, both ends on one CPU", unit: "µs", laps: "latency", pinned: true,
			kind: driver.Latency, measure: typical(oneByOne, time.Microsecond)},
		{id: "calls-64", title: "64 calls outstanding", unit: "k/s", laps: "calls", more: true,
			kind: driver.Calls, measure: rate(calls(64, 16))},
		{id: "calls-1024", title: "1024 calls outstanding", unit: "k/s", laps: "calls", more: true,
			kind: driver.Calls, measure: rate(calls(1024, 16))},
		{id: "stream", title: "calls with callbacks, any number outstanding", unit: "k/s", laps: "calls", more: true,
			kind: driver.Stream, measure: rate(driver.Job{Kind: driver.Stream, Millis: many})},
		{id: "events", title: "events from child to parent", unit: "k/s", laps: "calls", more: true,
			kind: driver.Events, measure: rate(driver.Job{Kind: driver.Events, Millis: many})},
		{id: "callers", title: fmt.Sprintf("%d children with one caller each", z.callers), unit: "k/s", laps: "callers", keeps: true, more: true,
			kind: driver.Callers, measure: rate(driver.Job{Kind: driver.Callers, Millis: lap, Workers: z.callers})},
		{id: "echo-1mb", title: "1 MB there and back, one call outstanding", unit: "µs", laps: "large",
			kind: driver.Latency, measure: typical(driver.Job{Kind: driver.Latency, Millis: lap, Size: large}, time.Microsecond)},
		{id: "echo-1mb-8", title: "1 MB there and back, 8 outstanding, time per call", unit: "µs", laps: "large",
			kind: driver.Calls, measure: each(calls(8, large), time.Microsecond)},
		{id: "object-json", title: "an object of 1 KB as JSON, there and back", unit: "µs", laps: "objects",
			kind: driver.ObjectJSON, measure: typical(driver.Job{Kind: driver.ObjectJSON, Millis: lap}, time.Microsecond)},
		{id: "object-binary", title: "an object of 1 KB as CBOR, or in the peer's own binary form", unit: "µs", laps: "objects",
			kind: driver.ObjectBinary, measure: typical(driver.Job{Kind: driver.ObjectBinary, Millis: lap}, time.Microsecond)},
		{id: "start", title: "first answer of a new child", unit: "ms", laps: "start",
			kind: driver.Start, measure: typical(driver.Job{Kind: driver.Start, Millis: lap}, time.Millisecond)},
		{id: "spare", title: "first answer of a child that was prepared", unit: "ms", laps: "spare",
			kind: driver.Spare, measure: typical(driver.Job{Kind: driver.Spare, Millis: lap}, time.Millisecond)},
		{id: "pool", title: "a pool of 2 workers against one, 100 µs of computing a call", unit: "times", more: true,
			kind: driver.Pool, measure: beside(driver.Job{Kind: driver.Pool, Millis: pairs, Workers: 2}, speed)},
		{id: "scheduling", title: "what a pool of one worker adds to a call of it, both ends on one CPU", unit: "µs", pinned: true, absolute: true,
			kind: driver.Scheduling, measure: beside(driver.Job{Kind: driver.Scheduling, Millis: pairs}, micros)},
		{id: "unused", title: "what features that a call does not use add to a plain one, both ends on one CPU", unit: "%", pinned: true, absolute: true,
			kind: driver.Unused, measure: beside(driver.Job{Kind: driver.Unused, Millis: pairs}, percent)},
		{id: "codec", title: "json in Lua, beside a codec in Lua (dkjson): how many times as fast", unit: "times", more: true, absolute: true,
			kind: driver.Codec, measure: beside(driver.Job{Kind: driver.Codec, Millis: pairs}, speed)},
		{id: "pss", title: fmt.Sprintf("memory of each of %d idle children, its share of what is shared (PSS)", z.hold), unit: "MB", alone: true,
			kind: driver.Hold, measure: idle(z, func(m memory) float64 { return m.pss })},
		{id: "private", title: fmt.Sprintf("memory of each of %d idle children, its own alone", z.hold), unit: "MB", alone: true,
			kind: driver.Hold, measure: idle(z, func(m memory) float64 { return m.private })},
		{id: "idle-cpu", title: fmt.Sprintf("processor time of each of %d idle children", z.hold), unit: "µs/s", alone: true, absolute: true,
			kind: driver.Hold, measure: activity(z, func(a active) float64 { return float64(a.cpu.Microseconds()) })},
		{id: "idle-switches", title: fmt.Sprintf("context switches of each of %d idle children", z.hold), unit: "1/s", alone: true, absolute: true,
			kind: driver.Hold, measure: activity(z, func(a active) float64 { return float64(a.switches) })},
	}
}

func rowIDs(rows []row) []string {
	var ids []string
	for _, r := range rows {
		ids = append(ids, r.id)
	}
	return ids
}

// matches reports whether only asks for the row of a subject.
func matches(only *regexp.Regexp, r row, s *subject) bool {
	return only.MatchString(r.id + "/" + s.name)
}

// selected returns the subjects of which at least one row is asked for.
func selected(all []*subject, rows []row, only *regexp.Regexp) []*subject {
	return slices.DeleteFunc(all, func(s *subject) bool {
		return !slices.ContainsFunc(rows, func(r row) bool { return matches(only, r, s) })
	})
}
