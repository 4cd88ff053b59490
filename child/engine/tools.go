package engine

import (
	"encoding/json"
	"errors"
)

// Tools are what a VM has for those who write scripts; workers that serve have
// none of it. The parent asks for them.
type Tools struct {
	// Check has the VM look at what it loads for mistakes, for CheckTool.
	Check bool
	// Test makes the script one of tests: it finds what tests are written with, and
	// Lookup finds the functions whose names begin with TestTools.
	Test bool
	// Coverage has the VM count which lines are run, for CoverageTool.
	Coverage bool
	// Line, if it is not nil, is told of each statement of the script, and each round
	// of its loops, before it is run, by the holder. c is nil for no call. What at
	// points to does not change.
	Line func(c *Call, at *Line)
}

// TestTools begins the names of the functions that list and run the tests of a
// script, and of the parent's functions that these use.
const TestTools = "runner.test."

// CheckTool is the Tool that Lookup finds with Tools.Check. It returns a *Report.
const CheckTool = "runner.check"

// A Tool is a Function of the VM's own. It takes no arguments, in either mode, and
// its result is sent as JSON text.
type Tool func() any

// Use is what VM.Start does with a Tool.
func (t Tool) Use(cfg *Config, c *Call) {
	frame, err := t.frame(cfg)
	if err == nil {
		err = cfg.Services.Answer(c, frame)
	}
	if err != nil && !errors.Is(err, ErrAnswered) {
		_ = cfg.Services.Fail(c, err) // it has not been answered
	}
}

func (t Tool) frame(cfg *Config) ([]byte, error) {
	if cfg.Codec == nil {
		return nil, errors.New("a tool needs one of the built-in serialisers")
	}
	text, err := json.Marshal(t())
	if err != nil {
		return nil, err
	}
	return cfg.Codec.AppendFreeze(cfg.Services.Frame(), []any{string(text)})
}

// A Report is what a VM has found in the files that it has loaded.
type Report struct {
	Findings []Finding `json:"findings"`
	// Uses are the grants that something in the files can make use of: "read",
	// "write", "net", "env".
	Uses []string `json:"uses"`
	// Opaque says that they may use others: they make code of text, or load files
	// that have not been loaded yet.
	Opaque bool `json:"opaque"`
}

// A Finding is something that is wrong, or probably is.
type Finding struct {
	// Certain says that it cannot work.
	Certain bool   `json:"certain"`
	Message string `json:"message"`
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"` // 0: unknown
}

// maxFindings is how many findings a Report has: it is for people.
const maxFindings = 100

// Add adds a finding.
func (r *Report) Add(f Finding) {
	if len(r.Findings) < maxFindings {
		r.Findings = append(r.Findings, f)
	}
}

// Use adds grants that can be used.
func (r *Report) Use(grants ...string) {
	for _, grant := range grants {
		known := false
		for _, have := range r.Uses {
			known = known || have == grant
		}
		if !known {
			r.Uses = append(r.Uses, grant)
		}
	}
}

// A DoneUse is how a function that the parent is to call uses its first parameter.
type DoneUse struct {
	Name     string // of the parameter; empty if there is none
	Called   bool   // it is called
	Answers  bool   // it is, or goes where it may be
	Operand  bool   // it is used as a number or as text
	Returns  bool   // the function returns something
	Promises bool   // what it returns is a promise, whatever it does
}

// Judge says what is wrong with a function of that name in a mode, if anything
// is; certain if it cannot work.
func (u DoneUse) Judge(function string, async bool) (what string, certain bool) {
	switch {
	case !async && u.Name == "done" && u.Called:
		return function + " takes a done and calls it: it is written for the async mode (--async); in the sync mode return the results", true
	case !async && u.Name == "done":
		return "the first parameter of " + function + " is called done, which there is in the async mode only (--async): here it is the first argument", false
	case !async, u.Answers, u.Promises:
		return "", false
	case u.Operand:
		return "in the async mode the first parameter of " + function + " is done, which answers the call, and " + u.Name +
			" is used as a value: is it written for the sync mode (without --async)?", true
	case u.Returns:
		return "nothing in " + function + " calls done, its first parameter in the async mode: unless it returns a promise its calls are never answered", false
	case u.Name == "":
		return function + " has no parameter for done, which answers a call of the async mode: its calls are never answered", true
	}
	return "nothing in " + function + " calls " + u.Name + ", its first parameter, which answers a call of the async mode: its calls are never answered", true
}

// What checks say of both languages.
const (
	EventWhileLoading = "event is called while the script is loading, when no events can be sent"
	NoSuchDone        = "done is no global: in the async mode it is the first parameter of the function that is called; in the sync mode return the results"
)
