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

// controlAllSubject is where all instances of a plugin's track are told of calls
// that one of them may have.
func controlAllSubject(plugin, track string) string { return "ctl.all." + plugin + "." + track }
