package bundle

import (
	"io/fs"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxNameBytes is the greatest length of a file's name with its folders, in bytes.
const maxNameBytes = 1024

// checkName says why a file of a bundle cannot have the name. What it lets through is
// the same file on every system and leads nowhere else.
func checkName(name string) error {
	switch {
	case len(name) > maxNameBytes:
		return badFile(printable(name[:64])+"…", "", "its name has %d bytes, and may have %d", len(name), maxNameBytes)
	case !utf8.ValidString(name):
		return badFile(printable(name), "", "its name is not UTF-8")
	case strings.ContainsFunc(name, func(r rune) bool { return r == '\\' || unicode.IsControl(r) }):
		return badFile(printable(name), "", "its name has a backslash or a control character")
	case name == "." || !fs.ValidPath(name):
		return badFile(printable(name), "", "its name is no path below the script's folder")
	}
	return nil
}

// printable is a text that may have come from anywhere, fit for a message.
func printable(s string) string {
	if q := strconv.Quote(s); s == "" || q != `"`+s+`"` {
		return q
	}
	return s
}
