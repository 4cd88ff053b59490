package fleet

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/nats-io/nats.go"
)

// Where a caller has many calls at a time their replies come many at a time, too. Each in
// a message of its own costs the broker and both connections more than all else that is done
// with it here. So they go in one message, to the subject of one of them: its data are, after
// the head, for each reply the token that its own subject ends with, a space, how many bytes it
// has, a line feed, and the reply with its head.

const (
	// tokenBase is that of the numbers which callers have for the tokens of their calls.
	tokenBase = 36
	// maxTail is how long a token may be that a call has, in bytes.
	maxTail = 64
	// maxTogether is how large a message may be that has several replies, in bytes.
	maxTogether = messageRoom
	// maxBundles is how many such messages, to so many callers, are filled at a time.
	maxBundles = 16
)

var repliesHead = append(appendHead(nil, typeReplies), '\n')

// together returns the replies that a message has, if it is one of several.
func together(data []byte) (replies []byte, ok bool) {
	if len(data) < len(repliesHead) || string(data[:len(magic)+len(typeReplies)]) != magic+typeReplies {
		return nil, false
	}
	h, replies := readHead(data)
	return replies, h.kind == typeReplies
}

// nextReply returns the first of the replies, with its token, and the rest of them.
func nextReply(replies []byte) (token, reply, rest []byte, ok bool) {
	end := bytes.IndexByte(replies, '\n')
	if end < 0 {
		return nil, nil, nil, false
	}
	token, size := word(replies[:end])
	n, ok := number(size)
	rest = replies[end+1:]
	if !ok || n > uint64(len(rest)) {
		return nil, nil, nil, false
	}
	return token, rest[:n:n], rest[n:], true
}

// appendReply appends a reply to others.
func appendReply(dst []byte, token string, reply []byte) []byte {
	dst = append(append(dst, token...), ' ')
	dst = append(strconv.AppendUint(dst, uint64(len(reply)), 10), '\n')
	return append(dst, reply...)
}

// tokenOf is the number that a token is which a caller of this package has made.
func tokenOf[T string | []byte](text T) (token uint64, ok bool) {
	if len(text) == 0 || len(text) > 13 || text[0] == '0' {
		return 0, false
	}
	for i := range len(text) {
		var digit uint64
		switch c := text[i]; {
		case '0' <= c && c <= '9':
			digit = uint64(c - '0')
		case 'a' <= c && c <= 'z':
			digit = uint64(c-'a') + 10
		default:
			return 0, false
		}
		if token > (1<<64-1-digit)/tokenBase {
			return 0, false
		}
		token = token*tokenBase + digit
	}
	return token, true
}

// tailOf is the length of the token that a call has, if its replies go to a subject that
// ends with it: what lies between may give them another subject, and then nothing is known
// of those that look similar.
func tailOf(subject string, token []byte) int {
	n := len(token)
	if n == 0 || n > maxTail || n+1 >= len(subject) || subject[len(subject)-n-1] != '.' || subject[len(subject)-n:] != string(token) || bytes.IndexByte(token, '.') >= 0 {
		return 0
	}
	return n
}

// bundles are replies of an outbox on their way into messages.
type bundles struct {
	open []bundle // what is behind it has memory that is used again
}

// A bundle is a message with one or more replies to one caller.
type bundle struct {
	first  outgoing // of the replies
	caller string   // what the subjects of all begin with
	alone  []byte   // the first, as long as there is no other
	data   []byte   // of the message, once there is
	size   int      // of it, at most
}

// add puts a reply where others to its caller are.
func (s *bundles) add(o *outbox, m *outgoing, reply []byte) {
	const lengths = 24 // what is around a token at most
	caller, token := m.subject[:len(m.subject)-m.tail], m.subject[len(m.subject)-m.tail:]
	size := len(token) + lengths + len(reply)
	for i := range s.open {
		b := &s.open[i]
		if b.caller != caller {
			continue
		}
		if b.size+size > maxTogether {
			b.send(o)
			b.begin(m, caller, reply, size)
			return
		}
		if b.alone != nil {
			b.data = appendReply(append(b.data[:0], repliesHead...), b.first.subject[len(caller):], b.alone)
			b.alone = nil
		}
		b.data = appendReply(b.data, token, reply)
		b.size += size
		return
	}
	if len(s.open) == maxBundles {
		s.send(o)
	}
	if s.open == nil {
		s.open = make([]bundle, 0, maxBundles)
	}
	s.open = s.open[:len(s.open)+1]
	s.open[len(s.open)-1].begin(m, caller, reply, size)
}

// send sends all.
func (s *bundles) send(o *outbox) {
	for i := range s.open {
		b := &s.open[i]
		b.send(o)
		*b = bundle{data: b.data}
	}
	s.open = s.open[:0]
}

func (b *bundle) begin(m *outgoing, caller string, reply []byte, size int) {
	*b = bundle{first: *m, caller: caller, alone: reply, data: b.data, size: len(repliesHead) + size}
}

func (b *bundle) send(o *outbox) {
	if b.alone != nil {
		o.publish(&b.first, b.alone)
		return
	}
	err := publish(o.nc, b.first.subject, "", nil, b.data)
	if !errors.Is(err, nats.ErrMaxPayload) {
		if err != nil {
			o.failed(b.first, err)
		}
		return
	}
	// Each by itself may not be too large.
	replies, _ := together(b.data)
	for len(replies) > 0 {
		token, reply, rest, _ := nextReply(replies)
		m := b.first
		m.subject = b.caller + string(token)
		o.publish(&m, reply)
		replies = rest
	}
}
