package main

import (
	"errors"
	"fmt"
)

// textOutput writes a line a call, in the order of the calls, and everything
// else to standard error.
type textOutput struct {
	out    *stream
	diag   *diagnostics
	events string // where they go; "" is stderr
	json   bool   // values are written as JSON
	calls  string // the file of the calls; "" for a command line

	next uint64            // the call whose line is the next
	held map[uint64][]byte // lines of later calls; nil for one that failed
	size int               // of what is held
}

// heldOverhead is what a line that is held costs beside its bytes, about.
const heldOverhead = 64

func (o *textOutput) result(number uint64, values []any) error {
	line, err := o.appendValues(nil, values)
	if err != nil {
		return err
	}
	o.put(number, append(line, '\n'))
	return nil
}

func (o *textOutput) failure(number uint64, err error) {
	at := fmt.Sprintf("%s:%d", inputName(o.calls), number)
	var text string
	switch {
	case errors.As(err, new(*lineError)):
		text = newReport(err).text(at, false)
	case o.calls != "":
		text = newReport(err).text(o.diag.script, false) + fmt.Sprintf("    at call %d (%s)\n", number, at)
	default:
		text = newReport(err).text(o.diag.script, false)
	}
	o.diag.out.write([]byte(text))
	o.put(number, nil)
}

// put writes the line of a call, nil if it has none, once those of all earlier
// calls have been.
func (o *textOutput) put(number uint64, line []byte) {
	if number != o.next {
		o.held[number] = line
		o.size += len(line) + heldOverhead
		return
	}
	for {
		o.out.write(line)
		o.next++
		var ok bool
		if line, ok = o.held[o.next]; !ok {
			return
		}
		delete(o.held, o.next)
		o.size -= len(line) + heldOverhead
	}
}

func (o *textOutput) heldBytes() int { return o.size }

func (o *textOutput) event(_ uint64, args []any) error {
	line, err := o.appendValues([]byte("event: "), args)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	switch o.events {
	case eventsNone:
	case eventsStdout:
		o.out.write(line)
	default:
		o.diag.out.write(line)
	}
	return nil
}

func (o *textOutput) err() error { return o.out.failed }

// appendValues appends values, separated by tabs.
func (o *textOutput) appendValues(dst []byte, values []any) (_ []byte, err error) {
	return appendText(dst, values, o.json)
}

// appendText appends values, separated by tabs: strings and octets as they are
// and the rest as JSON, or all of them as JSON.
func appendText(dst []byte, values []any, json bool) (_ []byte, err error) {
	for i, v := range values {
		if i > 0 {
			dst = append(dst, '\t')
		}
		if !json {
			switch v := v.(type) {
			case string:
				dst = append(dst, v...)
				continue
			case []byte:
				dst = append(dst, v...)
				continue
			}
		}
		if dst, err = appendOneJSON(dst, v); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// inputName is the file of the calls as a message names it.
func inputName(calls string) string {
	if calls == stdin {
		return stdinName
	}
	return calls
}
