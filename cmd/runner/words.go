package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// splitWords splits a command line into words as a POSIX shell does: blanks
// separate them, and quotes and backslashes keep them together. Nothing is
// expanded. What would need a shell is an error.
func splitWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord := false
	quote := rune(0) // the quotation mark that is open
	escaped := false
	for _, c := range line {
		switch {
		case escaped:
			if quote == '"' && !strings.ContainsRune("\"\\$`\n", c) {
				word.WriteByte('\\')
			}
			if c != '\n' { // which would be the continuation of a line
				word.WriteRune(c)
			}
			escaped = false
		case c == '\\' && quote != '\'':
			escaped, inWord = true, true
		case quote != 0:
			if c == quote {
				quote = 0
			} else {
				word.WriteRune(c)
			}
		case c == '\'' || c == '"':
			quote, inWord = c, true
		case strings.ContainsRune(" \t\n", c):
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		case strings.ContainsRune("|&;<>", c):
			return nil, fmt.Errorf("%c needs a shell: write it like \"sh -c '…'\", or in quotes if it is part of a word", c)
		default:
			word.WriteRune(c)
			inWord = true
		}
	}
	switch {
	case quote != 0:
		return nil, fmt.Errorf("a quotation mark %c is not closed", quote)
	case escaped:
		return nil, errors.New("it ends in a backslash")
	}
	if inWord {
		words = append(words, word.String())
	}
	switch {
	case len(words) == 0 || words[0] == "":
		return nil, errors.New("there is no command in it")
	case strings.HasPrefix(words[0], "~"):
		return nil, fmt.Errorf("nothing is expanded: write the whole path instead of %s", words[0])
	case assignment.MatchString(words[0]):
		return nil, fmt.Errorf("%s is no command: a variable is set with \"env %[1]s …\"", words[0])
	}
	return words, nil
}

var assignment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)

// A commandLine is a flag that takes a command and its arguments.
type commandLine struct {
	text  string
	words []string
}

func (c *commandLine) String() string { return c.text }
func (c *commandLine) Type() string   { return "command" }

func (c *commandLine) Set(s string) (err error) {
	c.text = s
	c.words, err = splitWords(s)
	return err
}

// quoteWords quotes words for a POSIX shell, those that need it.
func quoteWords(words []string) []string {
	quotes := make([]string, len(words))
	for i, w := range words {
		plain := func(r rune) bool {
			return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune("-_./,:=@%+", r)
		}
		if w == "" || strings.ContainsFunc(w, func(r rune) bool { return !plain(r) }) {
			w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		quotes[i] = w
	}
	return quotes
}
