package child

import (
	"scripthost.example/child/engine"
	"scripthost.example/wire"
)

// streamed is a Codec that is an engine.Streamer.
type streamed struct {
	engine.Codec
	streamer wire.Streamer
}

// codec returns what an engine needs of a serialiser.
func codec(s wire.Serialiser) engine.Codec {
	own := ownArgs{s}
	if streamer, ok := s.(wire.Streamer); ok {
		return streamed{own, streamer}
	}
	return own
}

func (s streamed) Writer(dst []byte) engine.Writer { return s.streamer.Writer(dst) }

func (s streamed) ThawInto(payload []byte, b engine.Builder) error {
	return s.streamer.ThawInto(payload, b)
}
