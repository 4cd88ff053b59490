package js

import (
	"bytes"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// StartProfile implements engine.Profiler. goja profiles all VMs of a process
// together, which are one in a worker.
func (v *vm) StartProfile() error {
	v.profile = new(bytes.Buffer)
	return goja.StartProfile(v.profile)
}

// StopProfile implements engine.Profiler.
func (v *vm) StopProfile() (engine.Profile, error) {
	goja.StopProfile()
	return engine.Profile{Encoded: v.profile.Bytes()}, nil
}
