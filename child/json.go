package child

import (
	"scripthost.example/child/engine"
	"scripthost.example/wire"
)

// jsonText implements engine.JSON.
type jsonText struct{}

func (jsonText) Writer(dst []byte) engine.Writer { return wire.JSONWriter(dst) }

func (jsonText) ParseInto(text []byte, b engine.Builder) error { return wire.ParseJSON(text, b) }
