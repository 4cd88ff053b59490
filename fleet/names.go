package fleet

import (
	"fmt"
	"strings"
)

// Stable is the track that is served and called where none is named.
const Stable = "stable"

// maxName is the greatest length of a plugin's or a track's name, in bytes. Both
// are tokens of subjects, of which NATS has 4 KiB at most.
const maxName = 128

// CheckName says why a plugin or a track cannot have the name, or returns nil. It is
// 1 to 128 letters, digits, - and _, since it is a token of a subject, and the first
// of them is no -, since it is an argument of a command.
func CheckName(what, name string) error {
	switch {
	case name == "":
		return fmt.Errorf("a %s needs a name", what)
	case len(name) > maxName:
		return fmt.Errorf("the name of the %s has %d bytes; it may have %d", what, len(name), maxName)
	case name[0] == '-':
		return fmt.Errorf("the name of the %s must not begin with -: %q", what, name)
	}
	if i := strings.IndexFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	}); i >= 0 {
		return fmt.Errorf("the name of the %s has letters, digits, - and _ only: %q", what, name)
	}
	return nil
}

// callSubject is where calls of a plugin go.
func callSubject(plugin, track string) string { return "rpc." + plugin + "." + track }

// controlSubject is where an instance is told of calls that it has.
func controlSubject(instance string) string { return "ctl." + instance }

// absentSubject is where the broker tells an instance that nobody listens to the
// replies to the call with the number.
func absentSubject(instance, number string) string { return "ctl." + instance + "." + number }

// answerable reports whether replies may be sent to the subject. A caller chooses it,
// and an instance may do more than a caller: what is the broker's own, or has calls,
// jobs and their ends, is not written to in its name.
func answerable(subject string) bool {
	first, _, _ := strings.Cut(subject, ".")
	switch first {
	case "rpc", "ctl", "job", "dead", "result":
		return false
	}
	return !strings.HasPrefix(first, "$")
}

// maxFunction is the greatest length of a function's name, in bytes: it is in a header.
const maxFunction = 4 << 10

// CheckFunction says why a function of the name cannot be called by way of a broker, or
// returns nil: the name is in a header of a message, which has one line, and no spaces
// around it.
func CheckFunction(name string) error {
	switch {
	case len(name) > maxFunction:
		return fmt.Errorf("the name of the function has %d bytes; it may have %d", len(name), maxFunction)
	case strings.TrimSpace(name) != name, strings.ContainsAny(name, "\r\n\x00"):
		return fmt.Errorf("the name of the function must have no spaces around it, and one line: %q", name)
	}
	return nil
}

// controlAllSubject is where all instances of a plugin's track are told of calls
// that one of them may have.
func controlAllSubject(plugin, track string) string { return "ctl.all." + plugin + "." + track }
