package main

import (
	"encoding/json"
	"os"
	"runtime"

	"scripthost.example/child/engine"
)

// probeName is a function that every script of this program has.
const probeName = "counts.probe"

// A reading is what a process has used so far.
type reading struct {
	Allocations uint64 `json:"allocations"`
	Bytes       uint64 `json:"bytes"` // that were allocated
}

func read() reading {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return reading{m.Mallocs, m.TotalAlloc}
}

// probed is an engine whose workers tell what they have used when probeName is called.
// It is the child's own word, which needs no access to a process that is sandboxed.
type probed struct{ engine.Engine }

func (p probed) New(cfg engine.Config) (engine.VM, error) {
	vm, err := p.Engine.New(cfg)
	if err != nil {
		return nil, err
	}
	v := &probedVM{VM: vm, cfg: cfg}
	if l, ok := vm.(engine.Locator); ok {
		return &locatingVM{v, l}, nil
	}
	return v, nil
}

type probedVM struct {
	engine.VM
	cfg engine.Config
}

// locatingVM is one of an engine that knows where its script is.
type locatingVM struct {
	*probedVM
	engine.Locator
}

// probe is the function.
type probe struct{}

func (v *probedVM) Lookup(name string) (engine.Function, error) {
	if name == probeName {
		return probe{}, nil
	}
	return v.VM.Lookup(name)
}

func (v *probedVM) Start(c *engine.Call, fn engine.Function, args []byte) {
	if _, ok := fn.(probe); !ok {
		v.VM.Start(c, fn, args)
		return
	}
	r := read()
	text, err := json.Marshal(r)
	if err == nil {
		var frame []byte
		if frame, err = v.cfg.Codec.AppendFreeze(v.cfg.Services.Frame(), []any{string(text)}); err == nil {
			err = v.cfg.Services.Answer(c, frame)
		}
	}
	if err != nil {
		os.Stderr.WriteString("probe: " + err.Error() + "\n")
		os.Exit(1)
	}
}
