package main

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// names asks the worker what the end of a line can be completed to. What it says is
// checked: a worker that was taken over may say anything.
func (r *repl) names(line string) (length int, names []string) {
	answer, err := r.ask(replComplete, line)
	if err != nil || answer[0] != replNames || len(answer) < 3 {
		return 0, nil // there is nothing to complete it with, which is no error
	}
	length, err = strconv.Atoi(answer[1])
	if err != nil || length < 0 || length > len(line) {
		return 0, nil
	}
	typed := line[len(line)-length:]
	for _, name := range answer[2:] {
		if utf8.ValidString(name) && strings.HasPrefix(name, typed) && !strings.ContainsAny(name, "\n\t") && printable(name) == name {
			names = append(names, name)
		}
	}
	return length, names
}
