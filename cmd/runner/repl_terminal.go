package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/term"

	"scripthost.example/host"
)

// Keys as a terminal in raw mode sends them.
const (
	keyInterrupt  = 0x03 // Ctrl-C
	keyEraseLeft  = 0x15 // Ctrl-U
	keyEraseRight = 0x0b // Ctrl-K
	keyTab        = '\t'
)

// A terminalInput edits lines. The terminal is in raw mode while a line is edited,
// and otherwise as it was, so that Ctrl-C is a signal while something runs.
type terminalInput struct {
	r        *repl
	terminal *term.Terminal
	out, err *stream
	history  *replHistory

	interrupted bool   // Ctrl-C was typed, by who reads
	pending     []byte // keys that have not been handed on

	mu    sync.Mutex  // guards what follows
	saved *term.State // of the terminal, while it is in raw mode
}

func newTerminalInput(r *repl) *terminalInput {
	t := &terminalInput{r: r}
	t.terminal = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{keyReader{t}, os.Stdout}, "")
	t.history = openHistory(r.script.Language())
	t.terminal.History = t.history
	t.terminal.AutoCompleteCallback = t.complete
	// The terminal moves the line that is being edited out of the way.
	t.out = &stream{file: t.terminal}
	t.err = t.out
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		t.err = &stream{file: os.Stderr}
	}
	return t
}

// A keyReader is the terminal's keys, in which Ctrl-C empties the line and ends it.
type keyReader struct{ t *terminalInput }

func (k keyReader) Read(p []byte) (int, error) {
	t := k.t
	if len(t.pending) == 0 {
		n, err := os.Stdin.Read(p)
		if err != nil {
			return n, err
		}
		if !slices.Contains(p[:n], keyInterrupt) {
			return n, nil
		}
		t.interrupted = true
		t.pending = []byte{keyEraseRight, keyEraseLeft, '\r'}
	}
	n := copy(p, t.pending)
	t.pending = t.pending[n:]
	return n, nil
}

func (t *terminalInput) line(more bool) (string, error) {
	prompt := "js> "
	if t.r.script.Language() == host.Lua {
		prompt = "lua> "
	}
	if more {
		prompt = strings.Repeat(".", len(prompt)-1) + " "
	}
	t.terminal.SetPrompt(prompt)
	t.resize()
	stop := t.watchSize()
	defer stop()
	if err := t.raw(); err != nil {
		return "", err
	}
	defer t.close()
	t.interrupted = false
	line, err := t.terminal.ReadLine()
	switch {
	case t.interrupted:
		return "", errReplInterrupted
	case errors.Is(err, term.ErrPasteIndicator):
		return line, nil
	case errors.Is(err, io.EOF):
		t.out.write([]byte("\n"))
		return "", errReplEnd
	}
	return line, err
}

// raw puts the terminal into raw mode. What is pasted is then told apart from what is
// typed, in which a tab asks for names.
func (t *terminalInput) raw() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	saved, err := term.MakeRaw(int(os.Stdin.Fd()))
	if err != nil {
		return err
	}
	t.saved = saved
	t.terminal.SetBracketedPasteMode(true)
	return nil
}

// close leaves the terminal as it was found. It can be called at any time.
func (t *terminalInput) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.saved == nil {
		return
	}
	t.terminal.SetBracketedPasteMode(false)
	_ = term.Restore(int(os.Stdin.Fd()), t.saved) // it fails if the terminal is gone
	t.saved = nil
}

// resize tells the editor how large the terminal is.
func (t *terminalInput) resize() {
	if width, height, err := term.GetSize(int(os.Stdout.Fd())); err == nil && width > 0 {
		_ = t.terminal.SetSize(width, height) // what fails is writing
	}
}

func (t *terminalInput) stdout() *stream   { return t.out }
func (t *terminalInput) stderr() *stream   { return t.err }
func (t *terminalInput) interactive() bool { return true }

func (t *terminalInput) remember(line string) { t.history.save(line) }

// complete is called for keys; for a tab it completes the word before the cursor.
func (t *terminalInput) complete(line string, pos int, key rune) (string, int, bool) {
	if key != keyTab {
		return "", 0, false
	}
	length, names := t.names(line[:pos])
	if len(names) == 0 || length > pos {
		return "", 0, false
	}
	common := names[0]
	for _, name := range names[1:] {
		for !strings.HasPrefix(name, common) {
			common = common[:len(common)-1]
		}
	}
	if len(names) > 1 && len(common) <= length {
		t.list(names)
		return line, pos, true
	}
	start := pos - length
	return line[:start] + common + line[pos:], start + len(common), true
}

// names are the names that the end of a line can be completed to, and how long what
// is there of them is.
func (t *terminalInput) names(line string) (length int, names []string) {
	if isReplCommand(line) {
		return commandNames(line)
	}
	return t.r.names(line)
}

// commandNames completes commands, and the files of :load.
func commandNames(line string) (length int, names []string) {
	file, ok := strings.CutPrefix(line, ":load ")
	if !ok {
		for _, name := range replCommandNames {
			if strings.HasPrefix(name, line) {
				names = append(names, name)
			}
		}
		return len(line), names
	}
	folder, base := filepath.Split(file)
	entries, err := os.ReadDir(filepath.Join(".", folder))
	if filepath.IsAbs(folder) {
		entries, err = os.ReadDir(folder)
	}
	if err != nil {
		return 0, nil
	}
	for _, e := range entries {
		name := e.Name()
		_, notAScript := host.LanguageOf(name)
		if !strings.HasPrefix(name, base) || !e.IsDir() && notAScript != nil || base == "" && strings.HasPrefix(name, ".") {
			continue
		}
		if e.IsDir() {
			name += string(filepath.Separator)
		}
		if printable(name) == name {
			names = append(names, name)
		}
	}
	return len(base), names
}

// list writes names in columns.
func (t *terminalInput) list(names []string) {
	width, _, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil || width <= 0 {
		width = usualWidth
	}
	t.out.write([]byte(inColumns(names, width)))
}

// maxListed is how many names are listed.
const maxListed = 200

// inColumns are names in as many columns as fit a width, from the top to the bottom.
func inColumns(names []string, width int) string {
	more := len(names) - maxListed
	names = names[:min(len(names), maxListed)]
	widest := 0
	for _, name := range names {
		widest = max(widest, len(name))
	}
	columns := max(1, min(len(names), (width+1)/(widest+2)))
	rows := (len(names) + columns - 1) / columns
	var b strings.Builder
	for row := range rows {
		for i := row; i < len(names); i += rows {
			b.WriteString(names[i])
			if i+rows < len(names) {
				b.WriteString(strings.Repeat(" ", widest+2-len(names[i])))
			}
		}
		b.WriteByte('\n')
	}
	if more > 0 {
		b.WriteString("... and " + count1000(uint64(more), "other") + "\n")
	}
	return b.String()
}
