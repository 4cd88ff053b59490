package fleet

import (
	"regexp"
	"strings"
)

// semanticVersion is the form of https://semver.org.
var semanticVersion = regexp.MustCompile(`^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)` +
	`(-(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(\.(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*)?` +
	`(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$`)

// semantic is a version as the services of NATS have to say it: as it is if it is a
// semantic version, or else as the metadata of the build of 0.0.0.
func semantic(version string) string {
	if version == "" {
		return "0.0.0"
	}
	if semanticVersion.MatchString(version) {
		return version
	}
	build := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '.' {
			return r
		}
		return '-'
	}, version)
	if strings.HasPrefix(build, ".") || strings.HasSuffix(build, ".") || strings.Contains(build, "..") {
		build = strings.ReplaceAll(build, ".", "-")
	}
	return "0.0.0+" + build
}
