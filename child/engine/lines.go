package engine

// A Line is where something of a script begins that is about to be run: a statement,
// or the condition or a further round of a loop.
type Line struct {
	File string
	Line int
	// Order grows from the beginning of the file to its end, also within a line.
	Order int
}

// Lines tells of the lines that are run, for Tools.Line. The holder of the VM uses it.
type Lines struct {
	tell  func(c *Call, at *Line)
	lines []*Line
}

// NewLines returns what tells of lines with tell.
func NewLines(tell func(c *Call, at *Line)) *Lines { return &Lines{tell: tell} }

// Add adds a place, and returns its number for Reached.
func (l *Lines) Add(at Line) int {
	l.lines = append(l.lines, &at)
	return len(l.lines) - 1
}

// Reached tells that code of c is about to run what begins at a place. Numbers that
// Add has not returned are ignored: scripts can get at the function that calls it.
func (l *Lines) Reached(c *Call, n int) {
	if n >= 0 && n < len(l.lines) {
		l.tell(c, l.lines[n])
	}
}
