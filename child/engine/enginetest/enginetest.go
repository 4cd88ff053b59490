// Package enginetest is the conformance suite of the languages that workers
// can be written in. Each implementation of package engine runs it in a test:
//
//	func TestConformance(t *testing.T) { enginetest.Run(t, lua.Engine()) }
//
// A case is one worker, written in every language, and what its parent sends
// and expects, frame by frame. Between the two is the real worker end, package
// child; [Parent] plays the parent. The cases say what the languages have in
// common; what one of them does beyond that is tested in its own package.
package enginetest

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"scripthost.example/child"
	"scripthost.example/child/engine"
	"scripthost.example/wire"
)

// worker is the source of a worker, by language. A case is left out for a
// language that its worker has no source for: not every language has what the
// case is about.
type worker map[string]string

// Languages, as BOOT names them.
const (
	lua = "lua"
	js  = "js"
)

// A testCase is one worker and what its parent does with it.
type testCase struct {
	name   string
	async  bool
	worker worker
	boot   func(b *wire.Boot) // changes what NewBoot returns; may be nil
	// unready has run called before READY has come.
	unready bool
	// files has files passed to the worker.
	files bool
	// run plays the parent. When it returns the stream is ended.
	run func(p *Parent)
}

// groups are all the cases.
var groups = []struct {
	name  string
	cases func() []testCase
}{
	{"entry", entryCases},
	{"load", loadCases},
	{"results", resultCases},
	{"errors", errorCases},
	{"thrown", thrownCases},
	{"done", doneCases},
	{"async", asyncCases},
	{"mode", modeCases},
	{"events", eventCases},
	{"init", initCases},
	{"files", fileCases},
	{"large files", largeFileCases},
	{"modules", moduleCases},
	{"host", hostCases},
	{"http", httpCases},
	{"hosterrors", hostErrorCases},
	{"timers", timerCases},
	{"waiting", waitingCases},
	{"stopped", stoppedCases},
	{"cancel", cancelCases},
	{"interrupt", interruptCases},
	{"neighbours", neighbourCases},
	{"drain", drainCases},
	{"clock", clockCases},
	{"fixed clock", underFixedClock},
	{"seed", seedCases},
	{"end", endCases},
	{"protocol", protocolCases},
	{"limits", limitCases},
	{"logs", logCases},
	{"text", textCases},
	{"values", valueCases},
	{"refused", refusedCases},
	{"serialiser", serialiserCases},
	{"properties", propertyCases},
}

// Run runs the suite against a language.
func Run(t *testing.T, e engine.Engine) {
	t.Cleanup(func() { checkGoroutines(t) })
	for _, group := range groups {
		t.Run(group.name, func(t *testing.T) {
			t.Parallel()
			for _, c := range group.cases() {
				source, ok := c.worker[e.Language()]
				if !ok {
					continue
				}
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					c.play(t, e, source)
				})
			}
		})
	}
}

func (c *testCase) play(t *testing.T, e engine.Engine, source string) {
	b := NewBoot(e.Language(), source, c.async)
	if c.boot != nil {
		c.boot(&b)
	}
	newParent := NewParent
	if c.files {
		newParent = NewFileParent
		b.Files = true
	}
	p := newParent(t, func(conn child.Conn) error { return child.Serve(conn, e) })
	p.Boot(b)
	if !c.unready {
		p.Ready()
	}
	c.run(p)
}

// each returns what belongs to the language of the worker.
func each[T any](p *Parent, byLanguage map[string]T) T {
	p.t.Helper()
	v, ok := byLanguage[p.language]
	if !ok {
		p.t.Fatalf("the case has nothing for the language %q", p.language)
	}
	return v
}

// checkGoroutines fails the test if a worker has left a goroutine behind. Other
// tests may have workers at the same time: theirs are waited for.
func checkGoroutines(t *testing.T) {
	var left []string
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-tick.C {
		left = left[:0]
		buf := make([]byte, 4<<20)
		for _, g := range strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			if strings.Contains(g, "scripthost.example/child.(*worker)") {
				left = append(left, g)
			}
		}
		if len(left) == 0 {
			return
		}
	}
	t.Errorf("%d goroutines of workers are left:\n%s", len(left), strings.Join(left, "\n\n"))
}
