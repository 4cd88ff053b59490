package lua

import "scripthost.example/child/engine"

// openTools makes ready what the parent wants beside the script.
func (v *vm) openTools() {
	t := v.cfg.Tools
	if t == nil {
		return
	}
	if t.Coverage || t.Line != nil {
		v.openHook()
	}
	if t.Check {
		v.check = &check{cfg: &v.cfg, report: engine.Report{Findings: []engine.Finding{}, Uses: []string{}}}
	}
}

// tool returns the tool of that name, nil if there is none.
func (v *vm) tool(name string) engine.Function {
	switch {
	case v.cfg.Tools == nil:
	case name == engine.CheckTool && v.check != nil:
		return engine.Tool(func() any { return v.checked() })
	case name == engine.CoverageTool && v.coverage != nil:
		return engine.Tool(func() any { return v.coverage.Files() })
	case v.cfg.Tools.Test:
		return v.testTool(name)
	}
	return nil
}
