package js

import "scripthost.example/child/engine"

// locateLevels is how far out a level of the script's own is looked for.
const locateLevels = 16

// Locate implements engine.Locator.
func (v *vm) Locate() engine.Frame {
	if frames := v.frames(v.rt.CaptureCallStack(locateLevels, nil)); len(frames) > 0 {
		return frames[0]
	}
	return engine.Frame{}
}
