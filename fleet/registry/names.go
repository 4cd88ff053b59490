package registry

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"scripthost.example/fleet"
)

// maxVersion is the greatest length of a version's name, in bytes.
const maxVersion = 128

// CheckVersion says why a version cannot have the name, or returns nil. It is 1 to 128
// letters, digits, dots, - and _, like 1.2.0, begins with a letter or a digit, and no
// dot is at its end or beside another one.
func CheckVersion(version string) error {
	switch {
	case version == "":
		return fmt.Errorf("a version needs a name")
	case len(version) > maxVersion:
		return fmt.Errorf("the name of the version has %d bytes; it may have %d", len(version), maxVersion)
	case strings.ContainsFunc(version, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
	}):
		return fmt.Errorf("the name of the version has letters, digits, dots, - and _ only: %q", version)
	case strings.ContainsRune("-_.", rune(version[0])):
		return fmt.Errorf("the name of the version has to begin with a letter or a digit: %q", version)
	case strings.HasSuffix(version, "."), strings.Contains(version, ".."):
		return fmt.Errorf("the name of the version has a dot at its end, or two in a row: %q", version)
	}
	return nil
}

// checkNames checks pairs of what is named, plugin, track or version, and its name.
func checkNames(op string, pairs ...string) error {
	for i := 0; i < len(pairs); i += 2 {
		what, name := pairs[i], pairs[i+1]
		err := error(nil)
		if what == "version" {
			err = CheckVersion(name)
		} else {
			err = fleet.CheckName(what, name)
		}
		if err != nil {
			return &Error{Op: op, Kind: ErrName, Cause: err}
		}
	}
	return nil
}

// maxBy is the greatest length of a name of those who have moved a track, in bytes.
const maxBy = 256

// isBy tells whether a text can be shown as the name of somebody, as a history may have
// been written by anybody.
func isBy(text string) bool {
	return len(text) <= maxBy && utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

func trackKey(plugin, track string) string     { return plugin + ".t." + track }
func versionKey(plugin, version string) string { return plugin + ".v." + version }
func bundleKey(plugin, hash string) string     { return plugin + ".b." + hash }
func objectName(plugin, hash string) string    { return plugin + "." + hash }

// splitKey takes a key of a track or of a version apart; ok is false for all others.
func splitKey(key string) (plugin, kind, name string, ok bool) {
	parts := strings.SplitN(key, ".", 3)
	if len(parts) != 3 || fleet.CheckName("plugin", parts[0]) != nil {
		return "", "", "", false
	}
	switch parts[1] {
	case "t":
		ok = fleet.CheckName("track", parts[2]) == nil
	case "v":
		ok = CheckVersion(parts[2]) == nil
	}
	return parts[0], parts[1], parts[2], ok
}
