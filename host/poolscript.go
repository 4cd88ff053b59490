package host

// Script returns the script that the pool runs: that of the last Reload, if any.
func (p *Pool) Script() *Script {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gen.script
}
