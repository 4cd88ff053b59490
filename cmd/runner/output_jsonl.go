package main

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// jsonOutput writes a line of JSON for whatever happens, when it happens.
type jsonOutput struct {
	out     *stream
	diag    *diagnostics
	journal *journal
	events  string // where they go; "" is stdout
	json    bool   // on standard error, values are written as JSON
}

func (o *jsonOutput) begin(uint64) {}

// restore is never called: no line waits for another one.
func (o *jsonOutput) restore(uint64, []byte) {}

func (o *jsonOutput) result(number uint64, values []any) error {
	line, err := appendJSON(appendCall(nil, number, "result"), values)
	if err != nil {
		return err
	}
	o.out.write(append(line, '}', '\n'))
	if o.out.failed == nil {
		o.journal.answered(number)
		o.journal.flush()
	}
	return nil
}

func (o *jsonOutput) failure(number uint64, err error) {
	o.journal.failed(number)
	var line bytes.Buffer
	line.Write(appendCall(nil, number, "error"))
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	// A report is made of what can be encoded.
	_ = e.Encode(newReport(err))
	line.Truncate(line.Len() - 1) // the line feed
	line.WriteString("}\n")
	o.out.write(line.Bytes())
}

func (o *jsonOutput) event(number uint64, args []any) error {
	switch o.events {
	case eventsNone:
		return nil
	case eventsStderr:
		line, err := appendText([]byte("event: "), args, o.json)
		if err == nil {
			o.diag.out.write(append(line, '\n'))
		}
		return err
	}
	line, err := appendJSON(appendCall(nil, number, "event"), args)
	if err == nil {
		o.out.write(append(line, '}', '\n'))
	}
	return err
}

func (o *jsonOutput) heldBytes() int { return 0 }

func (o *jsonOutput) err() error { return o.out.failed }

// appendCall appends the beginning of a line, up to the value of key.
func appendCall(dst []byte, number uint64, key string) []byte {
	dst = append(dst, '{')
	if number > 0 {
		dst = append(dst, `"call":`...)
		dst = strconv.AppendUint(dst, number, 10)
		dst = append(dst, ',')
	}
	dst = append(dst, '"')
	dst = append(dst, key...)
	return append(dst, '"', ':')
}
