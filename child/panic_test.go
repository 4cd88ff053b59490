package child_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"scripthost.example/child/engine"
	"scripthost.example/child/engine/enginetest"
	"scripthost.example/wire"
)

// A panic that is not the script's doing ends the worker, which says why. It is
// not parallel: it counts goroutines.
func TestPanic(t *testing.T) {
	boom := func(*vm, *engine.Call, []string) { panic("boom") }
	var w wakers
	for _, c := range []struct {
		name string
		s    *script
		call uint32 // that is running, if one is
	}{
		{"load", &script{load: func(*vm) error { panic("boom") }}, 0},
		{"init", &script{init: func(*vm) error { panic("boom") }, run: boom}, 0},
		{"run", &script{run: boom}, 7},
		{"run, a runtime error", &script{run: func(*vm, *engine.Call, []string) {
			var boom []int
			_ = boom[len(boom)]
		}}, 7},
		{"post", &script{run: func(v *vm, c *engine.Call, _ []string) { v.Post(c, func() { panic("boom") }) }}, 7},
		{"timer of no call", &script{run: func(v *vm, c *engine.Call, _ []string) { v.After(nil, 0, func() { panic("boom") }) }}, 0},
		{"after a park", &script{run: func(v *vm, c *engine.Call, _ []string) {
			v.Park(c, func(wake func()) { go wake() })
			panic("boom")
		}}, 7},
		{"while others are parked", &script{run: func(v *vm, c *engine.Call, _ []string) {
			if c.ID != 7 {
				v.park(c, &w, "x")
				v.event(c, "a broken VM was used")
			}
			v.After(c, 0, func() { panic("boom") })
		}}, 7},
		{"in Cancelled", &script{
			run:       func(v *vm, c *engine.Call, _ []string) { v.park(c, &w, "y") },
			cancelled: func(*vm, *engine.Call) { panic("boom") },
		}, 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := enginetest.NewParent(t, serving(c.s))
			b := boot(true)
			if c.s.init != nil {
				b.Init = "init"
			}
			p.Boot(b)
			if c.s.run != nil && c.s.init == nil {
				p.Ready()
				if c.name == "while others are parked" {
					for id := uint32(100); id < 150; id++ {
						p.Call(id)
					}
				}
				p.Call(7)
				if c.name == "in Cancelled" {
					w.take(t, "y")
					p.Cancel(7)
					p.Fails(7, wire.ErrorCancelled)
				}
			}
			during := ""
			if c.call != 0 {
				during = fmt.Sprint("call ", c.call)
			}
			e, err := p.Fatal(wire.ErrorExit, "panic", during)
			if !strings.Contains(e.Message, "boom") && !strings.Contains(e.Message, "out of range") {
				t.Errorf("FATAL does not say why: %+v", e)
			}
			if err == nil || !strings.Contains(err.Error(), "panic") {
				t.Errorf("Serve returned %v", err)
			}
			noGoroutines(t)
		})
	}
}

// What the engine says when it does not start is passed on.
func TestLoadErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		s    *script
		kind string
		word string
	}{
		{"script", &script{load: func(*vm) error {
			return &engine.Error{Kind: engine.KindScript, Message: "bad script"}
		}}, wire.ErrorScript, "bad script"},
		{"another error", &script{load: func(*vm) error { return errors.New("out of luck") }}, wire.ErrorScript, "out of luck"},
		{"denied", &script{load: func(*vm) error {
			return &engine.Error{Kind: engine.KindDenied, Message: "no grant"}
		}}, wire.ErrorDenied, "no grant"},
		{"no entry point", &script{}, wire.ErrorScript, "no function run"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := enginetest.NewParent(t, serving(c.s))
			p.Boot(boot(false))
			p.Fatal(c.kind, c.word)
		})
	}
}
