package jobs

import "strings"

// subjects are where jobs are. What is published to any other is not taken, since nobody
// would come for it.
func subjects() []string {
	var all []string
	for _, p := range Priorities {
		all = append(all, "job.*.*."+string(p))
	}
	return all
}

// subjectOf is the subject of a job.
func subjectOf(j Job) string {
	return "job." + j.Plugin + "." + j.Track + "." + string(j.Priority)
}

// splitSubject takes the subject of a job apart.
func splitSubject(subject string) (plugin, track, priority string, ok bool) {
	parts := strings.Split(subject, ".")
	if len(parts) != 4 || parts[0] != "job" {
		return "", "", "", false
	}
	return parts[1], parts[2], parts[3], true
}
