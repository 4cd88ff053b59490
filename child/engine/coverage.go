package engine

// CoverageTool is the Tool that Lookup finds with Tools.Coverage. It returns the
// result of Coverage.Files.
const CoverageTool = "runner.coverage"

// A Coverage counts how often statements are run. The holder of the VM uses it.
type Coverage struct {
	places []place
	counts []uint64
}

// A place is where a statement begins.
type place struct {
	file string
	line int
}

// Add adds a statement, and returns its number for Hit.
func (c *Coverage) Add(file string, line int) int {
	c.places = append(c.places, place{file, line})
	c.counts = append(c.counts, 0)
	return len(c.places) - 1
}

// Hit counts a statement. Numbers that Add has not returned are ignored: scripts
// can get at the function that calls it.
func (c *Coverage) Hit(n int) {
	if n >= 0 && n < len(c.counts) {
		c.counts[n]++
	}
}

// Files returns how often each line was run, by file: as often as the statement
// that was run most of those that begin there.
func (c *Coverage) Files() map[string]map[int]uint64 {
	files := make(map[string]map[int]uint64)
	for i, p := range c.places {
		lines := files[p.file]
		if lines == nil {
			lines = make(map[int]uint64)
			files[p.file] = lines
		}
		lines[p.line] = max(lines[p.line], c.counts[i])
	}
	return files
}
