package child

import (
	"scripthost.example/child/engine"
	"scripthost.example/wire"
)

// A workerCodec is the codec of a worker's VM. It copies no large value, either
// way: arguments refer to what was read, which is not used again, and of a large
// last value there is only the length in the frame, if the serialiser can do that.
// The value's own memory is the tail, which Answer sends behind the frame (and
// Event copies), before the script runs again. It is used by the executor alone, as
// the VM is.
type workerCodec struct {
	wire.Serialiser
	w *worker
}

// codec returns what an engine needs of a serialiser.
func (w *worker) codec(s wire.Serialiser) engine.Codec {
	own := workerCodec{s, w}
	if s.Name() == wire.String().Name() {
		return octetCodec{own}
	}
	if streamer, ok := s.(wire.Streamer); ok {
		return streamedCodec{own, streamer}
	}
	return own
}

// AppendFreeze implements engine.Codec.
func (c workerCodec) AppendFreeze(dst []byte, values []any) ([]byte, error) {
	frozen, tail, err := wire.AppendFreezeTail(c.Serialiser, dst, values, outDirect)
	c.w.tail = tail
	return frozen, err
}

// Thaw implements engine.Codec.
func (c workerCodec) Thaw(payload []byte) ([]any, error) {
	if len(payload) > keepArgs {
		return wire.ThawOwned(c.Serialiser, payload)
	}
	return c.Serialiser.Thaw(payload)
}

// takeTail returns the tail of the frame that was frozen last.
func (w *worker) takeTail() []byte {
	tail := w.tail
	w.tail = nil
	return tail
}

// An octetCodec is a workerCodec that is an engine.OctetCodec, of the serialiser
// "string".
type octetCodec struct{ workerCodec }

// NextOctets implements engine.OctetCodec.
func (octetCodec) NextOctets(payload []byte) (octets, rest []byte, ok bool) {
	if len(payload) > keepArgs { // its values may refer to it
		return nil, nil, false
	}
	octets, rest, err := wire.NextOctets(payload)
	return octets, rest, err == nil
}

// AppendOctets implements engine.OctetCodec.
func (octetCodec) AppendOctets(dst []byte, octets string) (payload []byte, ok bool) {
	if len(octets) >= outDirect { // it could be the tail
		return dst, false
	}
	return wire.AppendOctets(dst, octets), true
}

// A streamedCodec is a workerCodec that is an engine.Streamer.
type streamedCodec struct {
	workerCodec
	streamer wire.Streamer
}

func (c streamedCodec) Writer(dst []byte) engine.Writer { return c.streamer.Writer(dst) }

func (c streamedCodec) ThawInto(payload []byte, b engine.Builder) error {
	return c.streamer.ThawInto(payload, b)
}
