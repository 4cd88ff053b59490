package child

import "scripthost.example/child/engine"

// Names of tools, as BOOT has them.
const (
	toolCheck = "check"
	toolTest  = "test"
	toolCover = "coverage"
	toolClock = "clock" // which is the worker end's own
)

// tools are those that BOOT asks for; nil for none. What is not known is left
// out, and looked for in vain: READY says which are there.
func (w *worker) tools(names []string) *engine.Tools {
	if len(names) == 0 {
		return nil
	}
	t := new(engine.Tools)
	for _, name := range names {
		switch name {
		case toolClock:
		case toolLines:
			t.Line = (&lineTracer{w: w}).reached
		case toolCheck:
			t.Check = true
		case toolTest:
			t.Test = true
		case toolCover:
			t.Coverage = true
		default:
			continue
		}
		w.toolNames = append(w.toolNames, name)
	}
	return t
}
