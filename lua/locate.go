package lua

import (
	glua "github.com/yuin/gopher-lua"

	"scripthost.example/child/engine"
)

// Locate implements engine.Locator.
func (v *vm) Locate() (at engine.Frame) {
	if v.cur == nil {
		return engine.Frame{}
	}
	v.walk(v.root.G.CurrentThread, 0, func(d *glua.Debug) bool {
		at = engine.Frame{File: d.Source, Line: d.CurrentLine}
		return false
	})
	return at
}
