package main

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// recorded are the commands of the recording in README.md, in one folder after the other.
var recorded = []string{
	`runner new words --lang js`,
	`cd words`,
	`runner --script worker.js Ada`,
	`runner test`,
	`echo 'function run() { return require("fs").readFileSync("/etc/passwd") }' > nosy.js`,
	`runner --script nosy.js`,
	`echo 'function run() { for (;;); }' > endless.js`,
	`runner --script endless.js --timeout 1s`,
	`seq 6 | runner -j 3 --lang lua --eval 'function run(n) return n * n end' --calls - | paste -sd' '`,
}

// The recording of README.md is one of what these commands print on a terminal now,
// times left aside.
func TestRecording(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	home := dir
	var shots []recordedShot
	for _, command := range recorded {
		s := recordedShot{command: command}
		if folder, ok := strings.CutPrefix(command, "cd "); ok {
			dir = filepath.Join(dir, folder)
		} else {
			s.lines = recordedScreen(strings.ReplaceAll(recordOnTerminal(t, dir, command), home, "/home/ada"))
		}
		shots = append(shots, s)
	}
	got := svgOf(shots)
	path := filepath.Join("..", "..", "docs", "recording.svg")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	times := regexp.MustCompile(`\d+(\.\d+)?(ms|s)\b`)
	want, err := os.ReadFile(path)
	if err != nil || times.ReplaceAllString(got, "T") != times.ReplaceAllString(string(want), "T") {
		t.Errorf("%s is not what the commands print (%v): go test ./cmd/runner -run TestRecording -update; it would be\n%s", path, err, got)
	}
}

// Size of the terminal.
const (
	recordingColumns = 100
	recordingRows    = 40
)

// recordOnTerminal runs a command line on a pseudo-terminal, and returns what it wrote to it.
func recordOnTerminal(t *testing.T, dir, command string) string {
	t.Helper()
	master, terminal, err := openTerminal()
	if err != nil {
		t.Skip("there is no terminal: ", err)
	}
	defer master.Close()
	if err := unix.IoctlSetWinsize(int(master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: recordingRows, Col: recordingColumns}); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir = dir
	cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal, terminal, terminal
	// Where a machine is busy there would be a progress, with a summary.
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "GORACE=atexit_sleep_ms=0", "RUNNER_PROGRESS=never")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	terminal.Close()
	var written bytes.Buffer
	// It ends with EIO once nobody has the terminal any more.
	io.Copy(&written, master)
	cmd.Wait() // that some of them fail is seen in what they print
	return written.String()
}

// A recordedShot is a command and what it has left on the screen.
type recordedShot struct {
	command string
	lines   [][]terminalCell
}

// A terminalCell is a character with its look: numbers of "select graphic rendition".
type terminalCell struct {
	char rune
	look string
}

// terminalControl is an instruction to the terminal.
var terminalControl = regexp.MustCompile(`^\x1b\[([?0-9;]*)([A-Za-z])`)

// recordedScreen is what is left on a terminal of what was written to it: lines that were
// written over, and those that were erased, are not.
func recordedScreen(text string) [][]terminalCell {
	lines := [][]terminalCell{nil}
	row, column, look := 0, 0, ""
	for text != "" {
		if m := terminalControl.FindStringSubmatch(text); m != nil {
			text = text[len(m[0]):]
			n, _ := strconv.Atoi(m[1])
			switch m[2] {
			case "m":
				look = m[1]
			case "K":
				lines[row] = lines[row][:min(column, len(lines[row]))]
			case "A":
				row = max(0, row-max(1, n))
			}
			continue
		}
		r := []rune(text)[0]
		text = text[len(string(r)):]
		switch r {
		case '\r':
			column = 0
			continue
		case '\n':
			if row++; row == len(lines) {
				lines = append(lines, nil)
			}
			continue
		case '\t':
			r = ' '
			for (column+1)%8 != 0 {
				lines[row] = putCell(lines[row], column, terminalCell{' ', look})
				column++
			}
		}
		lines[row] = putCell(lines[row], column, terminalCell{r, look})
		if column++; column == recordingColumns {
			column = 0
			if row++; row == len(lines) {
				lines = append(lines, nil)
			}
		}
	}
	for len(lines) > 0 && len(lines[len(lines)-1]) == 0 {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// putCell puts a terminalCell into a line.
func putCell(line []terminalCell, column int, c terminalCell) []terminalCell {
	for len(line) <= column {
		line = append(line, terminalCell{' ', ""})
	}
	line[column] = c
	return line
}

// svgColours are those of looks.
var svgColours = map[string]string{"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "34": "#79c0ff", "35": "#d2a8ff", "36": "#76e3ea", "2": "#8b949e", "90": "#8b949e"}

// svgOf is an animation of shots: each appears a while after the one before, and all
// are there where nothing moves.
func svgOf(shots []recordedShot) string {
	const width, height = 8.43, 19
	var b strings.Builder
	y, seconds := 48, 0.5
	line := func(s string) {
		fmt.Fprintf(&b, `<text xml:space="preserve" x="16" y="%d">%s</text>`+"\n", y, s)
		y += height
	}
	for _, s := range shots {
		fmt.Fprintf(&b, `<g class="shot" style="animation-delay:%.1fs">`+"\n", seconds)
		line(`<tspan fill="#7ee787">$</tspan> <tspan font-weight="bold">` + html.EscapeString(s.command) + `</tspan>`)
		b.WriteString("</g>\n")
		seconds += 0.7
		if len(s.lines) == 0 {
			continue
		}
		fmt.Fprintf(&b, `<g class="shot" style="animation-delay:%.1fs">`+"\n", seconds)
		for _, l := range s.lines {
			line(svgSpans(l))
		}
		b.WriteString("</g>\n")
		seconds += 1.3
	}
	w, h := int(recordingColumns*width)+32, y+4
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img" aria-label="A session of runner in a terminal">
<!-- Written by go test ./cmd/runner -run TestRecording -update -->
<style>
text { font: 14px ui-monospace, "SFMono-Regular", Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #e6edf3; white-space: pre }
.shot { animation: show 0.01s linear both }
@keyframes show { from { opacity: 0 } to { opacity: 1 } }
@media (prefers-reduced-motion: reduce) { .shot { animation: none } }
</style>
<rect width="%[1]d" height="%[2]d" rx="8" fill="#0d1117"/>
<circle cx="20" cy="18" r="6" fill="#ff5f57"/><circle cx="40" cy="18" r="6" fill="#febc2e"/><circle cx="60" cy="18" r="6" fill="#28c840"/>
%s</svg>
`, w, h, b.String())
}

// svgSpans are the cells of a line, those of one look together.
func svgSpans(line []terminalCell) string {
	var b strings.Builder
	for len(line) > 0 {
		n := 1
		for n < len(line) && line[n].look == line[0].look {
			n++
		}
		var text strings.Builder
		for _, c := range line[:n] {
			text.WriteRune(c.char)
		}
		style := ""
		for code := range strings.SplitSeq(line[0].look, ";") {
			if colour := svgColours[code]; colour != "" {
				style += ` fill="` + colour + `"`
			}
			if code == "1" {
				style += ` font-weight="bold"`
			}
		}
		if style == "" {
			b.WriteString(html.EscapeString(text.String()))
		} else {
			b.WriteString("<tspan" + style + ">" + html.EscapeString(text.String()) + "</tspan>")
		}
		line = line[n:]
	}
	return b.String()
}

func TestScreenOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a\r\nb\r\n":            "a\nb",
		"12%\r100%\r\n":         "100%",
		"done\r\x1b[Kx\r\n":     "x",
		"a\tb":                  "a       b",
		"\x1b[1;31mred\x1b[0m!": `<tspan font-weight="bold" fill="#ff7b72">red</tspan>!`,
		"1\r\n2\r\n\x1b[2A3":    "3\n2",
		"<a&b>":                 "&lt;a&amp;b&gt;",
	} {
		var lines []string
		for _, l := range recordedScreen(text) {
			lines = append(lines, svgSpans(l))
		}
		if got := strings.Join(lines, "\n"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
