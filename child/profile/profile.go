// Package profile has workers make profiles, for parents that want them
// ([scripthost.example/host.Options.Profile]): of the processor time and the heap of
// their process, and of the functions and lines of their script. A program imports it
// for that alone, where it is both parent and worker, or the worker:
//
//	import _ "scripthost.example/child/profile"
//
// A worker that is not profiled pays nothing for it.
package profile

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"runtime/pprof"
	"strings"
	"time"

	pprofile "github.com/google/pprof/profile"

	"scripthost.example/child"
	"scripthost.example/child/engine"
)

// heapRate is how many bytes are allocated for one sample of the heap: an eighth of Go's
// own number, as a worker's heap is small.
const heapRate = 64 << 10

func init() {
	child.RegisterProfiler("cpu", startCPU)
	child.RegisterProfiler("heap", startHeap)
	child.RegisterProfiler("script", startScript)
}

func startCPU(engine.VM) (stop func() ([]byte, error), err error) {
	var b bytes.Buffer
	if err := pprof.StartCPUProfile(&b); err != nil {
		return nil, err
	}
	return func() ([]byte, error) {
		pprof.StopCPUProfile()
		return b.Bytes(), nil
	}, nil
}

func startHeap(engine.VM) (stop func() ([]byte, error), err error) {
	runtime.MemProfileRate = heapRate
	return func() ([]byte, error) {
		runtime.GC() // a profile is of what the last two collections have found
		runtime.GC()
		var b bytes.Buffer
		err := pprof.Lookup("heap").WriteTo(&b, 0)
		return b.Bytes(), err
	}, nil
}

func startScript(vm engine.VM) (stop func() ([]byte, error), err error) {
	p, ok := vm.(engine.Profiler)
	if !ok {
		return nil, errors.New("the language of the script has no profiler")
	}
	if err := p.StartProfile(); err != nil {
		return nil, err
	}
	begun := time.Now()
	return func() ([]byte, error) {
		found, err := p.StopProfile()
		if err != nil || found.Encoded != nil {
			return found.Encoded, err
		}
		return encode(found, begun)
	}, nil
}

// encode is a profile in the format of pprof.
func encode(found engine.Profile, begun time.Time) ([]byte, error) {
	p := &pprofile.Profile{
		SampleType:    []*pprofile.ValueType{{Type: "samples", Unit: "count"}, {Type: "time", Unit: "nanoseconds"}},
		PeriodType:    &pprofile.ValueType{Type: "time", Unit: "nanoseconds"},
		Period:        int64(found.Period),
		TimeNanos:     begun.UnixNano(),
		DurationNanos: int64(time.Since(begun)),
	}
	type function struct{ name, file string }
	functions := make(map[function]*pprofile.Function)
	locations := make(map[engine.Frame]*pprofile.Location)
	for _, s := range found.Samples {
		sample := &pprofile.Sample{Value: []int64{s.Count, s.Count * int64(found.Period)}}
		for _, f := range s.Stack {
			l := locations[f]
			if l == nil {
				key := function{strings.ToValidUTF8(f.Function, "?"), strings.ToValidUTF8(f.File, "?")}
				fn := functions[key]
				if fn == nil {
					fn = &pprofile.Function{ID: uint64(len(functions)) + 1, Name: key.name, SystemName: key.name, Filename: key.file}
					functions[key] = fn
					p.Function = append(p.Function, fn)
				}
				l = &pprofile.Location{ID: uint64(len(locations)) + 1, Line: []pprofile.Line{{Function: fn, Line: int64(f.Line)}}}
				locations[f] = l
				p.Location = append(p.Location, l)
			}
			sample.Location = append(sample.Location, l)
		}
		p.Sample = append(p.Sample, sample)
	}
	if err := p.CheckValid(); err != nil {
		return nil, fmt.Errorf("the profile cannot be written: %w", err)
	}
	var b bytes.Buffer
	err := p.Write(&b)
	return b.Bytes(), err
}
