package child

import (
	"encoding/json"
	"math"
	"strings"

	"scripthost.example/child/engine"
	"scripthost.example/wire"
)

// A hostCall waits for the parent's RETURN or THROW.
type hostCall struct {
	c    *call
	done func([]any, error)
	// waited is set where code waits for it, which goes on at once if c is cancelled.
	waited bool
}

// HostCall implements engine.Services.
func (w *worker) HostCall(ec *engine.Call, name string, args []any, done func([]any, error)) {
	c := callOf(ec)
	if carryOut := w.files.localCall(c, name, args); carryOut != nil {
		w.localCall(c, carryOut, done)
		return
	}
	list := append(make([]any, 0, 1+len(args)), w.located(name))
	list = append(list, args...)
	frame := make([]byte, wire.HeaderSize, 128)
	frame = wire.AppendHostID(frame, 0)
	frame, err := wire.CBOR().AppendFreeze(frame, list)
	if err == nil {
		err = w.checkSize(askedBy(name), frame, nil)
	} else if _, argsErr := wire.CBOR().AppendFreeze(nil, args); argsErr != nil {
		err = argsErr // which counts without the name
	}
	if err != nil {
		done(nil, toEngine(toWire(err), w.boots.Language))
		return
	}

	h := &hostCall{c: c, done: done, waited: w.waits}
	id := uint32(0)
	w.mu.Lock()
	if w.inputEnded {
		w.mu.Unlock()
		done(nil, errNoReplies)
		return
	}
	if c != nil && !c.answered {
		id = c.ID
	}
	for w.hostIDs++; w.hostCalls[uint32(w.hostIDs)] != nil; w.hostIDs++ {
	}
	w.hostCalls[uint32(w.hostIDs)] = h
	w.pendHostLocked(h, 1)
	wire.AppendHostID(frame[:wire.HeaderSize], uint32(w.hostIDs))
	wire.PutHeader(frame, wire.ControlID(wire.KindHostCall, id))
	full := w.out.addLocked(frame)
	w.mu.Unlock()
	if full {
		w.out.flush()
	} else {
		w.out.flushDue(uptime(), gatherFrames)
	}
}

// askedBy names what a host call sends, in the words of scripts.
func askedBy(name string) string {
	switch {
	case !strings.HasPrefix(name, "runner."):
		return "the list of arguments of host." + name
	case strings.HasPrefix(name, "runner.http."):
		return "the request"
	case strings.HasPrefix(name, "runner.env."):
		return "the name of the variable"
	case strings.HasPrefix(name, fsCalls), strings.HasPrefix(name, "runner.module."):
		return "the path of the file"
	}
	return "the list of arguments of " + name
}

// callRoom is what the arguments of a built-in function take beside octets that
// are sent in parts: the function's name, a path of the script's, some numbers.
const callRoom = 8 << 10

// maxData is engine.Config.MaxData.
func (w *worker) maxData() int {
	most := w.maxPayload - min(callRoom, w.maxPayload/2)
	return int(min(most, math.MaxInt32))
}

// localCall makes a host call that is not the parent's to answer.
func (w *worker) localCall(c *call, carryOut func(done func([]any, error)), done func([]any, error)) {
	w.mu.Lock()
	w.pendLocked(c, 1)
	w.mu.Unlock()
	carryOut(func(results []any, err error) {
		done(results, err)
		w.hostCallEnded(&hostCall{c: c})
	})
	w.mu.Lock()
	var cause *engine.Error
	if c != nil {
		cause = c.cause
	}
	w.mu.Unlock()
	if cause != nil { // perhaps cancel has not seen that c waits for a file
		w.files.forget(c, cause)
	}
}

// hostCallEnded is called when the done of a host call has returned: what it
// posted is there before nothing seems to be left.
func (w *worker) hostCallEnded(h *hostCall) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pendHostLocked(h, -1)
	w.notifyLocked()
}

// located is name with the place in the script that the call comes from, if the
// parent wants to know.
func (w *worker) located(name string) any {
	if !w.boots.Positions {
		return name
	}
	switch name {
	case "runner.fs.close", "runner.retire":
		return name // no use of a grant, and perhaps not made by the holder of the VM
	}
	if l, ok := w.vm.(engine.Locator); ok {
		if at := l.Locate(); at.File != "" {
			return []any{name, at.File, at.Line}
		}
	}
	return name
}

func (w *worker) pendLocked(c *call, n int) {
	w.pending += n
	if c != nil {
		c.pending += n
	}
}

func (w *worker) pendHostLocked(h *hostCall, n int) {
	w.pendLocked(h.c, n)
	if h.c != nil && h.waited {
		h.c.waitedFor += n
	}
}

// hostReply hands a RETURN or THROW to whoever waits for it.
func (w *worker) hostReply(kind wire.Kind, payload []byte) error {
	id, body, err := wire.ParseHostID(payload)
	if err != nil {
		return err
	}
	w.mu.Lock()
	h := w.hostCalls[id]
	delete(w.hostCalls, id)
	made := id != 0 && uint64(id) <= w.hostIDs || w.hostIDs > math.MaxUint32
	w.mu.Unlock()
	switch {
	case !made:
		return wire.Protocolf("a RETURN or THROW of the host call %d, which there has not been", id)
	case h == nil:
		return nil
	case kind == wire.KindReturn && uint64(len(body)) > w.maxPayload: // the Reader leaves room for the id
		return &wire.TooLargeError{What: "the list of results that the other side sent", Size: uint64(len(body)), Max: w.maxPayload}
	}
	var results []any
	var failure error
	if kind == wire.KindReturn {
		if results, err = wire.CBOR().Thaw(body); err != nil {
			return wire.Protocolf("a RETURN cannot be read: %v", err)
		}
	} else {
		var we wire.Error
		if err := wire.ParseMessage(body, &we); err != nil {
			return err
		}
		failure = toEngine(&we, "")
	}
	h.done(results, failure)
	w.hostCallEnded(h)
	return nil
}

// toEngine is a THROW as the error that the script gets.
func toEngine(we *wire.Error, language string) *engine.Error {
	kind := we.Kind
	if !wire.KnownError(kind) {
		kind = engine.KindScript
	}
	e := &engine.Error{Kind: kind, Message: we.Message, Language: language}
	if len(we.Value) > 0 {
		if json.Unmarshal(we.Value, &e.Value) == nil {
			e.HasValue = true
		}
	}
	if we.Cause != nil {
		e.Cause = toEngine(we.Cause, "")
	}
	return e
}

// Retire implements engine.Services.
func (w *worker) Retire() {
	w.HostCall(nil, "runner.retire", nil, func([]any, error) {})
}

// Log implements engine.Services.
func (w *worker) Log(ec *engine.Call, level engine.Level, message string, fields map[string]any) {
	l := wire.Log{Level: string(level), Message: message, Fields: fields}
	if c := callOf(ec); c != nil {
		w.mu.Lock()
		if !c.answered { // else the id may be another call's by now
			l.Call = c.ID
		}
		w.mu.Unlock()
	}
	w.control(wire.KindLog, 0, &l)
	if w.out.full() {
		w.out.flush()
		return
	}
	w.out.flushDue(uptime(), gatherFrames)
}

// logError makes a record of what failed with nothing left to fail.
func (w *worker) logError(ec *engine.Call, err error) {
	we := toWire(err)
	fields := map[string]any{"kind": we.Kind}
	if len(we.Stack) > 0 {
		lines := make([]string, len(we.Stack))
		for i, f := range we.Stack {
			lines[i] = strings.TrimSpace(engine.Frame(f).Position() + " " + f.Function)
		}
		fields["stack"] = lines
	}
	w.Log(ec, engine.LevelError, err.Error(), fields)
}
