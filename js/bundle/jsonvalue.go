package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Bounds of the JSON files that are read for what is in them.
const (
	maxManifest  = 4 << 20 // bytes of a package.json or tsconfig.json
	maxJSONDepth = 64
)

// An object is a JSON object whose members are in their order, which counts in a
// package's exports.
type object []member

type member struct {
	name  string
	value any // nil, bool, string, json.Number, []any or object
}

// get returns the value of the last member of that name, nil if there is none.
func (o object) get(name string) any {
	var value any
	for _, m := range o {
		if m.name == name {
			value = m.value
		}
	}
	return value
}

// text returns the member of that name if it is a string, and "" otherwise.
func (o object) text(name string) string {
	s, _ := o.get(name).(string)
	return s
}

// parseObject parses JSON that is an object.
func parseObject(text []byte) (object, error) {
	if len(text) > maxManifest {
		return nil, fmt.Errorf("it is larger than %d MiB", maxManifest>>20)
	}
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\uFEFF"))))
	d.UseNumber()
	value, err := parseValue(d, 0)
	if err != nil {
		return nil, err
	}
	o, ok := value.(object)
	if !ok {
		return nil, errors.New("it is not an object")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the object")
	}
	return o, nil
}

func parseValue(d *json.Decoder, depth int) (any, error) {
	if depth > maxJSONDepth {
		return nil, fmt.Errorf("it is nested more than %d levels deep", maxJSONDepth)
	}
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		o := object{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			value, err := parseValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			o = append(o, member{name.(string), value})
		}
		_, err := d.Token()
		return o, err
	case json.Delim('['):
		list := []any{}
		for d.More() {
			value, err := parseValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err := d.Token()
		return list, err
	}
	return token, nil
}
