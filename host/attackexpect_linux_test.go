package host

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// An expectation is how an attack may end: one of several ways where it is a
// race which one comes first.
type expectation []ending

// An ending is how a start or a call ended, or is to end.
type ending struct {
	load bool   // it was the start
	kind string // as in the format, or "untyped"
	arg  string // the answer, part of the script's error, or the name
	full string // of what was seen: all there is to say
}

func parseExpectation(text string) (expectation, error) {
	alternatives := []string{text}
	if rest, ok := strings.CutPrefix(text, "any of "); ok {
		alternatives = strings.Split(rest, " | ")
	}
	var x expectation
	for _, alternative := range alternatives {
		var e ending
		alternative, e.load = strings.CutPrefix(strings.TrimSpace(alternative), "load ")
		e.kind, e.arg, _ = strings.Cut(alternative, " ")
		switch e.kind {
		case "script": // of a start
			e.kind = "error"
		case "answer":
			if e.arg == "*" {
				e.arg = anyText
				break
			}
			var err error
			if e.arg, err = strconv.Unquote(e.arg); err != nil {
				return nil, fmt.Errorf("the answer %s: %w", alternative, err)
			}
		case "error", "denied", "deadline", "limit", "serialise", "call", "exit":
		default:
			return nil, fmt.Errorf("there is no outcome %q", alternative)
		}
		x = append(x, e)
	}
	return x, nil
}

// load reports whether the start is to fail.
func (x expectation) load() bool {
	for _, e := range x {
		if !e.load {
			return false
		}
	}
	return true
}

// patience is how long a call may take that is to end as x says, or with load a
// start, where its file says d. A time that is not what ends it is a long one.
func (x expectation) patience(load bool, d time.Duration) time.Duration {
	for _, e := range x {
		if e.kind == "deadline" && e.load == load {
			return d
		}
	}
	return max(d, attackPatience)
}

// attackPatience is longer than what does not end anything takes: the machine may be
// busy, and the race detector slows things down.
var attackPatience = func() time.Duration {
	if raceDetector {
		return raceSlowdown * time.Minute
	}
	return time.Minute
}()

// raceSlowdown is how many times as long things take in builds with the race
// detector.
const raceSlowdown = 5

// forBuild is what is to be expected of the build that runs. The race detector
// takes terabytes of addresses, so its builds have no limit on memory in the
// kernel, only what the garbage collector does for them: what dies of its memory
// elsewhere is there ended by its deadline, or ends by itself.
func (x expectation) forBuild() expectation {
	if !raceDetector {
		return x
	}
	for _, e := range x {
		if e.kind == "limit" && e.arg == "memory" {
			return append(x[:len(x):len(x)],
				ending{load: e.load, kind: "deadline"}, ending{kind: "deadline"}, ending{kind: "answer", arg: anyText}, ending{kind: "error"}, ending{kind: "limit", arg: "payload"})
		}
	}
	return x
}

// anyText stands for all answers, which an attack's file cannot say.
const anyText = "\x00"

// allows reports whether what was seen is expected.
func (x expectation) allows(got ending) bool {
	for _, e := range x {
		if e.load != got.load || e.kind != got.kind {
			continue
		}
		switch e.kind {
		case "error", "serialise":
			if strings.Contains(got.arg, e.arg) {
				return true
			}
		case "deadline", "exit":
			return true
		default:
			if e.arg == got.arg || e.arg == anyText || e.arg == "" && e.kind != "answer" {
				return true
			}
		}
	}
	return false
}

func (x expectation) String() string {
	var all []string
	for _, e := range x {
		all = append(all, e.String())
	}
	return strings.Join(all, " | ")
}

func (e ending) String() string {
	s := e.kind
	if e.load {
		s = "load " + s
	}
	switch {
	case e.kind == "answer" && e.arg == anyText:
		return s
	case e.kind == "answer":
		return s + " " + strconv.Quote(shortened(e.arg))
	case e.arg != "":
		return s + " " + shortened(e.arg)
	}
	return s
}

func shortened(s string) string {
	const most = 160
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "..."
	}
	return s
}

// endingOf classifies how a start or a call ended by the outermost error that is
// one of this package's types.
func endingOf(load bool, results []any, err error) ending {
	if err == nil {
		var words []string
		for _, r := range results {
			words = append(words, fmt.Sprint(r))
		}
		text := strings.Join(words, " ")
		return ending{load: load, kind: "answer", arg: text, full: text}
	}
	got := ending{load: load, kind: "untyped", arg: err.Error(), full: err.Error()}
	for e := err; e != nil && got.kind == "untyped"; e = errors.Unwrap(e) {
		switch e := e.(type) {
		case *ScriptError:
			got.kind = "error"
		case *SerialiseError:
			got.kind = "serialise"
		case *DeniedError:
			got.kind, got.arg = "denied", e.Grant
		case *LimitError:
			got.kind, got.arg = "limit", e.Limit
		case *ExitError:
			got.kind = "exit"
		case *CallError:
			if errors.Is(e.Err, context.DeadlineExceeded) {
				got.kind = "deadline"
			} else {
				got.kind, got.arg = "call", e.Kind
			}
		}
	}
	return got
}
