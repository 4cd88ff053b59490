package child

import "scripthost.example/wire"

// jsonText implements engine.JSON.
type jsonText struct{}

func (jsonText) Append(dst []byte, value any) ([]byte, error) { return wire.AppendJSON(dst, value) }
func (jsonText) Parse(text []byte) (any, error)               { return wire.ParseJSON(text) }
