package fleet

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"scripthost.example/host"
)

// reply answers a caller that knows the protocol, and keeps the reply.
func (c *served) reply(results []any, events uint64, err error, more bool) {
	buf := buffers.Get().(*buffer)
	defer buf.giveBack()
	now := time.Since(epoch)
	if err == nil {
		buf.b, err = c.appendResult(buf.b[:0], results, events, now)
	}
	if err != nil {
		buf.b = c.appendError(buf.b[:0], events, err)
	}
	c.mu.Lock()
	c.ended = true
	c.mu.Unlock()
	if !little(results) { // which may have taken a while
		now = time.Since(epoch)
	}
	c.s.replies.keep(c.id, buf.b, now, c.s.away)
	switch {
	case len(buf.b) > maxGathered:
		c.s.publish(c.id, buf.b)
		if !more {
			c.s.sendRest()
		}
	case c.s.out.add(outgoing{subject: c.id, tail: c.tail}, buf.b, more):
		c.s.sendReplies()
	}
}

// sendReplies sends the replies that there are.
func (s *Service) sendReplies() { s.out.send(s.taken.Load() >= gatherCalls) }

// sendRest sends those that were to wait for others.
func (s *Service) sendRest() {
	if s.out.rest() {
		s.sendReplies()
	}
}

// appendResult makes a reply that has the results, which can take a while if they are
// large.
func (c *served) appendResult(dst []byte, results []any, events uint64, now time.Duration) ([]byte, error) {
	by := serialiserOf(results)
	h := appendField(c.s.appendHead(dst, typeResult), fieldSerialiser, by.Name())
	if events > 0 {
		h = appendNumber(h, fieldEvents, events)
	}
	b := c.appendScript(h)
	start := len(b)
	b, err := appendFrozen(b, by, results)
	if err != nil {
		return b, uncarried("the results", host.Completed, err)
	}
	if c.s.large.fitsAt(len(b)-start, now) {
		return b, nil
	}
	name, err := c.s.large.put(context.Background(), "results", b[start:], host.Completed)
	if err != nil {
		return b, err
	}
	return c.appendScript(appendField(b[:len(h)], fieldObject, name)), nil
}

// appendScript ends a head with the script that ran, if one did.
func (c *served) appendScript(b []byte) []byte {
	if c.info.Generation != "" {
		b = append(b, c.backend.script(c.info.Generation)...)
	}
	return append(b, '\n')
}

// appendError makes a reply that says why there are no results.
func (c *served) appendError(dst []byte, events uint64, err error) []byte {
	data, err := c.s.marshalError(err)
	b := appendNumber(c.s.appendHead(dst, typeError), fieldCode, uint64(CodeOf(err)))
	if events > 0 {
		b = appendNumber(b, fieldEvents, events)
	}
	return append(c.appendScript(b), data...)
}

// replyPlain answers a caller that knows NATS alone.
func (c *served) replyPlain(results []any, err error) {
	var data []byte
	if err == nil {
		switch data, err = host.Freeze(host.JSON, results); {
		case err != nil:
			err = uncarried("the results", host.Completed, err)
		case !c.s.large.fits(len(data)):
			err = tooLarge(host.Completed, fmt.Sprintf("results of %d bytes; the broker takes %d", len(data), c.s.nc.MaxPayload()-messageRoom))
		}
	}
	m := &nats.Msg{Subject: c.id, Header: nats.Header{headerInstance: {c.s.instance}}, Data: data}
	if err != nil {
		m = c.s.plainError(c.id, err)
	}
	if c.info.Generation != "" {
		m.Header[headerScript] = []string{c.backend.scriptName(c.info.Generation)}
	}
	c.s.publishMsg(m)
}

// uncarried is the error of values that the script gave, and no message can have. What
// host.Freeze says is that of a call which has not been made yet.
func uncarried(what string, o host.Outcome, err error) error {
	return host.NewCallError("serialise", o, err, fmt.Sprintf("%s: %v", what, err))
}

// appendHead begins the head of a reply.
func (s *Service) appendHead(dst []byte, kind string) []byte {
	return appendField(appendHead(dst, kind), fieldInstance, s.instance)
}

// sign is a reply that has nothing but its type.
func (s *Service) sign(kind string) []byte {
	return append(s.appendHead(nil, kind), '\n')
}

// refuse is the answer to a request that is not taken.
func (s *Service) refuse(m *nats.Msg, err error) {
	if !isHeaded(m.Data) {
		s.publishMsg(s.plainError(m.Reply, err))
		return
	}
	data, err := s.marshalError(err)
	b := appendNumber(s.appendHead(nil, typeError), fieldCode, uint64(CodeOf(err)))
	s.publish(m.Reply, append(append(b, '\n'), data...))
}

// marshalError returns what a message has of an error, and what it is of: err, or
// another one in its place.
func (s *Service) marshalError(err error) (data []byte, told error) {
	err = withOutcome(err)
	data = host.MarshalError(err)
	if !s.large.fits(len(data)) { // a script may have made it
		err = host.NewCallError("limit", host.OutcomeOf(err), host.ErrTooLarge,
			fmt.Sprintf("an error of %d bytes, which the broker does not take; it begins: %s", len(data), headerText(err.Error())))
		data = host.MarshalError(err)
	}
	return data, err
}

// plainError is the answer that says why there is none to a caller that knows NATS
// alone.
func (s *Service) plainError(to string, err error) *nats.Msg {
	err = withOutcome(err)
	return &nats.Msg{Subject: to, Header: nats.Header{
		headerErrorCode: {strconv.Itoa(CodeOf(err))}, headerError: {headerText(err.Error())}, headerInstance: {s.instance},
	}}
}

// withOutcome is an error that has come up here before, or after, the pool was
// called: a request that cannot be read, or a context that ended while the call
// waited to send an event. Others have one already.
func withOutcome(err error) error {
	switch {
	case host.OutcomeOf(err) != 0:
		return err
	case errors.Is(err, ErrProtocol):
		return host.NewCallError("protocol", host.NotSent, ErrProtocol, err.Error())
	case errors.Is(err, context.DeadlineExceeded):
		return host.NewCallError("deadline", host.Unknown, context.DeadlineExceeded, "the call was given up: its deadline passed (the worker may have run it in part)")
	}
	return host.NewCallError("cancelled", host.Unknown, context.Canceled, "the call was cancelled (the worker may have run it in part)")
}

// headerTextSize is how much of an error's text a header has.
const headerTextSize = 512

// headerText is a text as a header can have it: one line.
func headerText(text string) string {
	b := make([]byte, 0, min(len(text), headerTextSize))
	for i := 0; i < len(text) && i < headerTextSize; i++ {
		if text[i] < ' ' || text[i] == 0x7f {
			b = append(b, ' ')
			continue
		}
		b = append(b, text[i])
	}
	return string(b)
}
