package main

import (
	"errors"
	"fmt"
)

// textOutput writes a line a call, in the order of the calls, and everything
// else to standard error.
type textOutput struct {
	out     *stream
	diag    *diagnostics
	journal *journal
	events  string // where they go; "" is stderr
	json    bool   // values are written as JSON
	calls   string // the file of the calls; "" for a command line

	order []uint64          // calls whose lines have not been written; the first is the next
	held  map[uint64][]byte // lines of later calls; nil for one that failed
	size  int               // of what is held
}

// heldOverhead is what a line that is held costs beside its bytes, about.
const heldOverhead = 64

func (o *textOutput) begin(number uint64) { o.order = append(o.order, number) }

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
	r, name, call := newReport(err), o.diag.script, ""
	switch {
	case errors.As(err, new(*lineError)):
		name = at
	case o.calls != "":
		call = fmt.Sprintf("    at call %d (%s)\n", number, at)
	}
	o.diag.tell(r, r.text(name, false)+call)
	o.journal.failed(number)
	o.put(number, nil)
}

// put writes the line of a call, nil if it has none, once those of all earlier
// calls have been.
func (o *textOutput) put(number uint64, line []byte) {
	if number != o.order[0] {
		if line != nil {
			o.journal.held(number, line)
		}
		o.hold(number, line)
		o.journal.flush()
		return
	}
	o.write(line)
	if line != nil && o.out.failed == nil {
		o.journal.answered(number)
	}
	o.release()
}

// restore writes the line of a call that the journal has, once those of all earlier
// calls have been.
func (o *textOutput) restore(number uint64, line []byte) {
	o.hold(number, line)
	o.release()
}

func (o *textOutput) hold(number uint64, line []byte) {
	o.held[number] = line
	o.size += len(line) + heldOverhead
}

// write writes the line of the call that is the next.
func (o *textOutput) write(line []byte) {
	o.out.write(line)
	o.order = o.order[1:]
}

// release writes those lines that have waited long enough.
func (o *textOutput) release() {
	var last uint64
	for len(o.order) > 0 {
		number := o.order[0]
		line, ok := o.held[number]
		if !ok {
			break
		}
		o.write(line)
		delete(o.held, number)
		o.size -= len(line) + heldOverhead
		last = number
	}
	if last > 0 && o.out.failed == nil {
		o.journal.written(last)
	}
	o.journal.flush()
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
