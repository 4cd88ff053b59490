package child

import (
	"errors"
	"math"
	"slices"
	"time"

	"scripthost.example/child/sandbox"
	"scripthost.example/wire"
)

// errShared is why a worker that Serve runs cannot be protected strictly.
var errShared = &sandbox.MissingError{
	Layer: "process",
	Err:   errors.New("the worker shares its process with the program that called Serve"),
	Hint:  "Have it started as a process of its own, by Enter or Main",
}

// protect puts the process under the limits and protections that BOOT asks for,
// before a byte of the script is parsed.
func (w *worker) protect() error {
	b := &w.boots
	w.protections = []string{} // which JSON has as an empty list
	mode := sandbox.Mode(b.Sandbox)
	if mode == "" {
		mode = sandbox.BestEffort
	}
	if w.exit == nil {
		if mode == sandbox.Strict {
			return errShared
		}
		return nil
	}
	inForce, err := sandbox.Apply(sandbox.Config{
		Mode:    mode,
		Memory:  b.Limits.Memory,
		Stack:   b.Limits.Stack,
		CPU:     milliseconds(b.Limits.CPUMS),
		Profile: b.Profile == "cpu",
		Keep:    w.descriptors(),
		Without: slices.DeleteFunc(slices.Clone(b.Without), func(s string) bool { return s == noLook }),
	})
	if err != nil && !errors.As(err, new(*sandbox.MissingError)) {
		return wire.Protocolf("%v", err)
	}
	w.protections = append(w.protections, inForce...)
	return err
}

// milliseconds is that many, or as many as a Duration can be.
func milliseconds(n int64) time.Duration {
	return time.Duration(min(n, math.MaxInt64/int64(time.Millisecond))) * time.Millisecond
}

// descriptors are those of the streams to the parent that are open.
func (w *worker) descriptors() []int {
	c, ok := w.conn.(interface{ descriptors() []int })
	if !ok {
		return nil
	}
	return slices.DeleteFunc(c.descriptors(), func(fd int) bool { return fd < 0 })
}
