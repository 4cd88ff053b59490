package child

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"scripthost.example/child/engine"
	"scripthost.example/child/sandbox"
	"scripthost.example/wire"
)

// control adds a control frame with a message of this program's own.
func (w *worker) control(k wire.Kind, id uint32, message any) {
	w.out.add(w.controlFrame(k, id, message))
}

func (w *worker) controlLocked(k wire.Kind, id uint32, message any) {
	w.out.addLocked(w.controlFrame(k, id, message))
}

func (w *worker) controlFrame(k wire.Kind, id uint32, message any) []byte {
	limit := int(max(w.maxPayload, wire.ControlRoom))
	frame, err := appendMessage(message, limit)
	if err != nil {
		panic(fmt.Sprintf("message %T: %v", message, err))
	}
	wire.PutHeader(frame, wire.ControlID(k, id))
	return frame
}

// appendMessage returns a frame with room for its header. What scripts put into
// errors and log records is cut where it would make the frame longer than the
// parent takes, or where JSON cannot carry it.
func appendMessage(message any, limit int) ([]byte, error) {
	room := make([]byte, wire.HeaderSize, 256)
	fits := func(frame []byte) bool {
		payload := frame[wire.HeaderSize:]
		return len(payload) <= limit && wire.CheckMessage(payload) == nil
	}
	switch m := message.(type) {
	case *wire.Error:
		if len(m.Message) <= limit {
			if frame, err := wire.AppendMessage(room, m); err == nil && fits(frame) {
				return frame, nil
			}
		}
		short := shortError(m, keepText)
		frame, err := wire.AppendMessage(room, short)
		if err == nil && !fits(frame) {
			short.Stack, short.Cause = nil, nil
			frame, err = wire.AppendMessage(room, short)
		}
		return frame, err
	case *wire.Log:
		short := *m
		if len(m.Message) <= limit {
			frame, err := wire.AppendMessage(room, m)
			if err == nil && fits(frame) {
				return frame, nil
			}
		}
		short.Message = shortText(m.Message, keepText)
		if m.Fields != nil {
			short.Fields = map[string]any{"fields": shortText(fmt.Sprint(m.Fields), keepText)}
		}
		return wire.AppendMessage(room, &short)
	}
	return wire.AppendMessage(room, message)
}

// keepText is how much is kept of a text that is too long. JSON may need six
// bytes for one of them.
const keepText = 64 << 10

// shortError is e without what may be long. Each cause keeps half of what the
// error before it does.
func shortError(e *wire.Error, keep int) *wire.Error {
	c := *e
	c.Message = shortText(e.Message, keep)
	c.Value = nil
	if e.Cause != nil {
		c.Cause = shortError(e.Cause, keep/2)
	}
	return &c
}

// shortText cuts s to about n bytes, and says how much is missing.
func shortText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return fmt.Sprintf("%s... (%d bytes more)", s[:n], len(s)-n)
}

// toWire is err as the protocol says it.
func toWire(err error) *wire.Error {
	var (
		script    *engine.Error
		serialise *wire.SerialiseError
		large     *wire.TooLargeError
	)
	switch {
	case errors.As(err, &script):
		return scriptToWire(script, 0)
	case errors.As(err, &serialise):
		return &wire.Error{Kind: wire.ErrorSerialise, Message: err.Error()}
	case errors.As(err, &large):
		return &wire.Error{Kind: wire.ErrorLimit, Message: err.Error(), Value: jsonValue(payloadLimit(large))}
	case errors.As(err, new(*sandbox.MissingError)):
		return &wire.Error{Kind: wire.ErrorSandbox, Message: err.Error()}
	case errors.Is(err, wire.ErrProtocol):
		return &wire.Error{Kind: wire.ErrorProtocol, Message: err.Error()}
	default:
		return &wire.Error{Kind: wire.ErrorScript, Message: err.Error()}
	}
}

func scriptToWire(e *engine.Error, depth int) *wire.Error {
	we := &wire.Error{Kind: e.Kind, Message: e.Message, Language: e.Language, NoFunction: e.NoFunction}
	if e.HasValue {
		we.Value = jsonValue(e.Value)
	}
	for _, f := range e.Stack {
		we.Stack = append(we.Stack, wire.StackFrame(f))
	}
	if e.Cause != nil && depth < 16 {
		we.Cause = scriptToWire(e.Cause, depth+1)
	}
	return we
}

// jsonValue is v if JSON can carry it, or nothing.
func jsonValue(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return b
}

// payloadLimit is what ERROR says of a payload over the limit.
func payloadLimit(e *wire.TooLargeError) map[string]any {
	return map[string]any{"limit": "payload", "size": e.Size, "max": e.Max}
}
