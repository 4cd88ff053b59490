package jobs

import "strings"

// splitSubject takes the subject of a job apart.
func splitSubject(subject string) (plugin, track, priority string, ok bool) {
	parts := strings.Split(subject, ".")
	if len(parts) != 4 || parts[0] != "job" {
		return "", "", "", false
	}
	return parts[1], parts[2], parts[3], true
}
