package bundle

import (
	"slices"
	"strings"
)

// maxTargets bounds what is looked at of the exports of one package.
const maxTargets = 10_000

// conditions are those of exports that hold in a worker: it is no browser, but
// what a package has for one needs nothing of Node's.
func conditions(kind kind) []string {
	how := "import"
	if kind == byRequire {
		how = "require"
	}
	return []string{"worker", "browser", "module", how, "default"}
}

// A matcher looks a name up in the exports, or in the imports, of a package.
type matcher struct {
	conditions []string
	looked     int
}

// exported returns what name (".", "./sub") stands for, "" if for nothing. value
// is the member exports.
func (m *matcher) exported(value any, name string) string {
	o, ok := value.(object)
	if ok && len(o) > 0 && strings.HasPrefix(o[0].name, ".") {
		return m.lookUp(o, name)
	}
	if name != "." {
		return ""
	}
	found, _ := m.target(value, "")
	return found
}

// lookUp finds name among the keys of o: as it is, or by the longest pattern.
func (m *matcher) lookUp(o object, name string) string {
	best, star := -1, ""
	for i, other := range o {
		if other.name == name && !strings.Contains(name, "*") {
			found, _ := m.target(other.value, "")
			return found
		}
		before, after, isPattern := strings.Cut(other.name, "*")
		if !isPattern || len(name) < len(before)+len(after) || !strings.HasPrefix(name, before) || !strings.HasSuffix(name, after) {
			continue
		}
		if best >= 0 {
			// The more of it is before the star, the better it fits.
			longest, _, _ := strings.Cut(o[best].name, "*")
			if len(before) < len(longest) || len(before) == len(longest) && len(other.name) <= len(o[best].name) {
				continue
			}
		}
		best, star = i, name[len(before):len(name)-len(after)]
	}
	if best < 0 {
		return ""
	}
	found, _ := m.target(o[best].value, star)
	return found
}

// target is what a value leads to under the conditions, with star in the place
// of each star; "" is nothing. It is settled if what else there is does not
// count.
func (m *matcher) target(value any, star string) (found string, settled bool) {
	if m.looked++; m.looked > maxTargets {
		return "", true
	}
	switch value := value.(type) {
	case nil:
		return "", true // kept from others on purpose
	case string:
		return strings.ReplaceAll(value, "*", star), true
	case []any:
		for _, item := range value {
			if found, _ := m.target(item, star); found != "" {
				return found, true
			}
		}
	case object:
		for _, other := range value {
			if !slices.Contains(m.conditions, other.name) {
				continue
			}
			if found, settled := m.target(other.value, star); settled {
				return found, true
			}
		}
	}
	return "", false
}
