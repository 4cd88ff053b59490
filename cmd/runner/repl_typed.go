package main

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// What is kept of what was typed, to show places in it: a function that was defined
// long ago may fail now.
const (
	maxTyped     = 500     // inputs
	maxTypedSize = 4 << 20 // bytes of them
)

// A typedText is an input, of which places can be shown.
type typedText struct{ name, text string }

// Name implements source.
func (t typedText) Name() string { return t.name }

// Line implements source.
func (t typedText) Line(number int) (string, bool) {
	for line := range strings.Lines(t.text) {
		if number--; number == 0 {
			return line, true
		}
	}
	return "", false
}

// typedTexts are the inputs of a session, by number: each has a name of its own, so
// that no place is shown in another one.
type typedTexts struct {
	number int         // of inputs before the one that is being typed
	list   []typedText // the last ones
	size   int
}

// set sets the input that is being typed, and returns its name.
func (t *typedTexts) set(text string) (name string) {
	name = replTyped + strconv.Itoa(t.number+1)
	if n := len(t.list); n > 0 && t.list[n-1].name == name {
		t.size -= len(t.list[n-1].text)
		t.list = t.list[:n-1]
	}
	t.list = append(t.list, typedText{name, text})
	t.size += len(text)
	for len(t.list) > maxTyped || t.size > maxTypedSize && len(t.list) > 1 {
		t.size -= len(t.list[0].text)
		t.list = t.list[1:]
	}
	return name
}

// next says that the input is complete.
func (t *typedTexts) next() { t.number++ }

// named returns the input of a name.
func (t *typedTexts) named(name string) (typedText, bool) {
	for _, text := range t.list {
		if text.name == name {
			return text, true
		}
	}
	return typedText{}, false
}

// placeOfTyped is the place with which the message of a syntax error begins, as a
// stack of one level, or nil.
func placeOfTyped(message string) []frame {
	at := placeInTyped().FindStringSubmatch(message)
	if at == nil {
		return nil
	}
	line, _ := strconv.Atoi(at[2]) // of digits; a number that is too large is of no line
	column, _ := strconv.Atoi(at[3])
	return []frame{{File: at[1], Line: line, Column: column}}
}

var placeInTyped = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(` + regexp.QuoteMeta(replTyped) + `\d+):(\d+):(?:(\d+):)?`)
})
