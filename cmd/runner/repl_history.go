package main

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"

	"scripthost.example/host"
)

// maxHistory is how many lines are kept.
const maxHistory = 1000

// A replHistory is the lines that were typed on a terminal, in this session and
// earlier ones. It implements term.History.
type replHistory struct {
	lines []string // the oldest first
	file  *os.File // what new ones are added to; nil if they are kept nowhere
}

// openHistory reads the history of a language. Without a place to keep it, it is that
// of the session alone.
func openHistory(language host.Language) *replHistory {
	h := new(replHistory)
	path := historyPath(language)
	if path == "" || os.MkdirAll(filepath.Dir(path), 0o700) != nil {
		return h
	}
	h.read(path)
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err == nil {
		h.file = file
	}
	return h
}

// historyPath is the file of the history of a language, in the user's folder for the
// state of programs; "" if there is none.
func historyPath(language host.Language) string {
	name := "repl.js.history"
	if language == host.Lua {
		name = "repl.lua.history"
	}
	state := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) { // which the specification has ignored
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "runner", name)
}

// read reads the file, and shortens it if it has become too long.
func (h *replHistory) read(path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		return
	}
	total := 0
	scanner := bufio.NewScanner(strings.NewReader(string(text)))
	scanner.Buffer(nil, maxReplInput+1)
	for scanner.Scan() {
		total++
		if line := scanner.Text(); printable(line) == line {
			h.lines = append(h.lines, line)
		}
	}
	h.lines = h.lines[max(0, len(h.lines)-maxHistory):]
	if total <= 2*maxHistory {
		return
	}
	// Nothing is lost if this fails half-way: the new file takes the place of the old
	// one when it is whole.
	shorter := path + ".new"
	if os.WriteFile(shorter, []byte(strings.Join(h.lines, "\n")+"\n"), 0o600) == nil {
		_ = os.Rename(shorter, path)
	}
}

// save adds a line: not one that begins with a blank, nor the last one again.
func (h *replHistory) save(line string) {
	if line == "" || line[0] == ' ' || len(h.lines) > 0 && h.lines[len(h.lines)-1] == line {
		return
	}
	h.lines = append(h.lines, line)
	if h.file != nil {
		// One that cannot be kept is still there in this session.
		_, _ = h.file.WriteString(line + "\n")
	}
}

// Add implements term.History. It does nothing: the REPL saves what it was given
// itself.
func (h *replHistory) Add(string) {}

// Len implements term.History.
func (h *replHistory) Len() int { return len(h.lines) }

// At implements term.History: 0 is the newest.
func (h *replHistory) At(i int) string { return h.lines[len(h.lines)-1-i] }
