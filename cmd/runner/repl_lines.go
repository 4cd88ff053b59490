package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// errReplEnd says that there are no more lines.
var errReplEnd = io.EOF

// newReplInput returns the terminal, if standard input and output are one, or else
// what reads lines and writes nothing but results.
func newReplInput(r *repl) (replInput, error) {
	if term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd())) {
		return newTerminalInput(r), nil
	}
	return &pipeInput{
		in:  bufio.NewReaderSize(os.Stdin, 64<<10),
		out: &stream{file: os.Stdout}, err: &stream{file: os.Stderr},
	}, nil
}

// A pipeInput reads lines from what is no terminal.
type pipeInput struct {
	in       *bufio.Reader
	out, err *stream
}

func (p *pipeInput) line(bool) (string, error) {
	var line []byte
	for {
		part, err := p.in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull) && len(line) <= maxReplInput:
			continue
		case errors.Is(err, bufio.ErrBufferFull):
			return "", fmt.Errorf("a line is longer than %d KiB: put it into a file, and load that with :load", maxReplInput>>10)
		case errors.Is(err, io.EOF) && len(line) == 0:
			return "", errReplEnd
		case err != nil && !errors.Is(err, io.EOF):
			return "", fmt.Errorf("cannot read standard input: %w", plainError(err))
		}
		return string(trimLineEnd(line)), nil
	}
}

// trimLineEnd cuts LF or CR LF off a line.
func trimLineEnd(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
		if n := len(line); n > 0 && line[n-1] == '\r' {
			line = line[:n-1]
		}
	}
	return line
}

func (p *pipeInput) stdout() *stream   { return p.out }
func (p *pipeInput) stderr() *stream   { return p.err }
func (p *pipeInput) interactive() bool { return false }
func (p *pipeInput) remember(string)   {}
func (p *pipeInput) close()            {}
