//go:build unix

package scripttest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"scripthost.example/child/engine"
	"scripthost.example/host"
)

// takenOver is an engine whose worker does as the name of its script says, once it
// would tell of the first test: as one that has been taken over could.
func takenOver(e engine.Engine) engine.Engine { return hostileEngine{e} }

type hostileEngine struct{ engine.Engine }

func (e hostileEngine) New(cfg engine.Config) (engine.VM, error) {
	name, is := strings.CutSuffix(filepath.Base(cfg.Name), ".taken_test.lua")
	if is {
		cfg.Services = &hostileServices{Services: cfg.Services, codec: cfg.Codec, behaviour: hostileBehaviours[name].do}
	}
	return e.Engine.New(cfg)
}

type hostileServices struct {
	engine.Services
	codec     engine.Codec
	behaviour func(s *hostileServices, c *engine.Call)
	begun     bool
}

// Event implements engine.Services.
func (s *hostileServices) Event(c *engine.Call, frame []byte) error {
	err := s.Services.Event(c, frame)
	if !s.begun {
		s.begun = true
		s.behaviour(s, c)
	}
	return err
}

func (s *hostileServices) tell(c *engine.Call, args ...any) {
	frame, err := s.codec.AppendFreeze(s.Frame(), args)
	if err == nil {
		err = s.Services.Event(c, frame)
	}
	if err != nil {
		s.Log(c, "error", err.Error(), nil)
	}
}

// wire is the connection: without a frame.
func wire(octets string) {
	for octets != "" {
		n, err := syscall.Write(3, []byte(octets))
		if err != nil {
			break
		}
		octets = octets[n:]
	}
}

// hostileBehaviours are what it does, and the results of its two tests, the second of
// which is run by a worker that does the same if the first one was not.
var hostileBehaviours map[string]hostileBehaviour

type hostileBehaviour struct {
	do   func(s *hostileServices, c *engine.Call)
	want string
}

func init() { // hostileEngine refers to it, and it to that
	hostileBehaviours = map[string]hostileBehaviour{
		"nothing": {func(*hostileServices, *engine.Call) {}, "failed script, passed"},
		"end":     {func(s *hostileServices, c *engine.Call) { s.tell(c, "end", int64(0), []any{}) }, "passed, failed exit"},
		"skip":    {func(s *hostileServices, c *engine.Call) { s.tell(c, "end", int64(0), []any{}, true) }, "skipped, failed exit"},
		"begin":   {func(s *hostileServices, c *engine.Call) { s.tell(c, "begin", int64(1)) }, "failed exit, failed exit"},
		"again":   {func(s *hostileServices, c *engine.Call) { s.tell(c, "begin", int64(0)) }, "failed exit, failed exit"},
		"other":   {func(s *hostileServices, c *engine.Call) { s.tell(c, "end", int64(1), []any{}) }, "failed exit, passed, failed exit"},
		"suite":   {func(s *hostileServices, c *engine.Call) { s.tell(c, "suite", []any{"x"}, []any{}) }, "failed exit, failed exit"},
		"unknown": {func(s *hostileServices, c *engine.Call) { s.tell(c, "what", map[string]any{"x": nil}) }, "failed exit, failed exit"},
		"empty":   {func(s *hostileServices, c *engine.Call) { s.tell(c) }, "failed exit, failed exit"},
		"exit":    {func(*hostileServices, *engine.Call) { os.Exit(0) }, "failed exit, failed exit"},
		"garbage": {func(*hostileServices, *engine.Call) { wire(strings.Repeat("\xff", 1<<16)); select {} }, "failed limit, failed limit"},
		"partial": {func(*hostileServices, *engine.Call) { wire("\x00\x00\x00\x01\x00\x00\x10\x00half a fra"); os.Exit(0) }, "failed protocol, failed protocol"},
		"stuck":   {func(*hostileServices, *engine.Call) { wire("\x00\x00\x00\x01\x00\x00\x10\x00half a fra"); select {} }, "failed timeout, failed timeout"},
		"hang":    {func(*hostileServices, *engine.Call) { select {} }, "failed timeout, failed timeout"},
		"logs": {func(s *hostileServices, c *engine.Call) {
			for {
				s.Log(c, "info", strings.Repeat("log\x1b[2J", 100), nil)
			}
		}, "failed timeout, failed timeout"},
	}
}

// A worker that has been taken over can lie about tests, but no run hangs or ends well
// because of what cannot be so.
func TestTakenOver(t *testing.T) {
	t.Parallel()
	for name, behaviour := range hostileBehaviours {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := writeTest(t, name+".taken_test.lua", "it('a', function() error('x') end)\nit('b', function() end)")
			results, err := Run(context.Background(), file, &Options{Timeout: timeoutFor(behaviour.want), OnLog: func(string, host.LogRecord) {}})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range results {
				status := string(r.Status)
				for _, f := range r.Failures {
					status += " " + f.Kind
				}
				got = append(got, status)
			}
			if strings.Join(got, ", ") != behaviour.want {
				t.Errorf("%q, want %q: %s", got, behaviour.want, fmt.Sprintf("%+v", results))
			}
		})
	}
}
