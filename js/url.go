package js

import (
	"slices"
	"strconv"
	"strings"
)

// urlRecord is a URL as the URL Standard of the WHATWG has it, in ASCII but for
// the reason why one is none.
type urlRecord struct {
	scheme             string
	username, password string
	host               string
	hasHost            bool
	port               int // -1: the scheme's own
	path               []string
	opaque             bool // path is one piece, and no path of folders
	query, fragment    string
	hasQuery           bool
	hasFragment        bool
}

// specialPort returns the port of a scheme that the standard treats apart.
func specialPort(scheme string) (port int, special bool) {
	switch scheme {
	case "http", "ws":
		return 80, true
	case "https", "wss":
		return 443, true
	case "ftp":
		return 21, true
	case "file":
		return -1, true
	}
	return -1, false
}

func (u *urlRecord) special() bool {
	_, special := specialPort(u.scheme)
	return special
}

func (u *urlRecord) credentials() bool { return u.username != "" || u.password != "" }

// noAuthority tells that u can have neither a user nor a port.
func (u *urlRecord) noAuthority() bool { return u.host == "" || u.scheme == "file" }

// shorten removes the last folder of the path.
func (u *urlRecord) shorten() {
	n := len(u.path)
	if u.scheme == "file" && n == 1 && isDrive(u.path[0]) && u.path[0][1] == ':' {
		return
	}
	if n > 0 {
		u.path = u.path[:n-1]
	}
}

// isDrive tells whether s is a letter with a colon or a bar.
func isDrive(s string) bool {
	return len(s) == 2 && isAlpha(s[0]) && (s[1] == ':' || s[1] == '|')
}

// startsWithDrive tells whether s begins with one that is a folder of its own.
func startsWithDrive(s string) bool {
	return len(s) >= 2 && isDrive(s[:2]) && (len(s) == 2 || strings.IndexByte(`/\?#`, s[2]) >= 0)
}

func (u *urlRecord) pathname() string {
	if u.opaque {
		return strings.Join(u.path, "")
	}
	if len(u.path) == 0 {
		return ""
	}
	return "/" + strings.Join(u.path, "/")
}

func (u *urlRecord) hostPort() string {
	if u.port < 0 {
		return u.host
	}
	return u.host + ":" + strconv.Itoa(u.port)
}

func (u *urlRecord) href() string {
	var b strings.Builder
	b.WriteString(u.scheme + ":")
	switch {
	case u.hasHost:
		b.WriteString("//" + u.username)
		if u.password != "" {
			b.WriteString(":" + u.password)
		}
		if u.credentials() {
			b.WriteByte('@')
		}
		b.WriteString(u.hostPort())
	case !u.opaque && len(u.path) > 1 && u.path[0] == "":
		b.WriteString("/.") // the path is not to be read as a host
	}
	b.WriteString(u.pathname())
	if u.hasQuery {
		b.WriteString("?" + u.query)
	}
	if u.hasFragment {
		b.WriteString("#" + u.fragment)
	}
	return b.String()
}

// origin is "null" where only the URL itself is of that origin.
func (u *urlRecord) origin() string {
	switch {
	case u.scheme == "blob":
		if inner, err := parseURL(u.pathname(), nil); err == "" && (inner.scheme == "http" || inner.scheme == "https") {
			return inner.origin()
		}
	case u.scheme != "file" && u.special():
		return u.scheme + "://" + u.hostPort()
	}
	return "null"
}

// parts are what a script's URL shows: href, origin, protocol, username,
// password, host, hostname, port, pathname, search, hash.
func (u *urlRecord) parts() []string {
	port, search, hash := "", "", ""
	if u.port >= 0 {
		port = strconv.Itoa(u.port)
	}
	if u.query != "" {
		search = "?" + u.query
	}
	if u.fragment != "" {
		hash = "#" + u.fragment
	}
	return []string{u.href(), u.origin(), u.scheme + ":", u.username, u.password, u.hostPort(), u.host, port,
		u.pathname(), search, hash}
}

// set is what assigning to the property name of a URL does. What cannot be
// assigned changes nothing, by the standard.
func (u *urlRecord) set(name, value string) {
	switch name {
	case "protocol":
		u.override(value+":", stateSchemeStart)
	case "username", "password":
		if u.noAuthority() {
			return
		}
		encoded := percentEncode(value, inUserinfo)
		if name == "username" {
			u.username = encoded
		} else {
			u.password = encoded
		}
	case "host":
		if !u.opaque {
			u.override(value, stateHost)
		}
	case "hostname":
		if !u.opaque {
			u.override(value, stateHostname)
		}
	case "port":
		switch {
		case u.noAuthority():
		case value == "":
			u.port = -1
		default:
			u.override(value, statePort)
		}
	case "pathname":
		if !u.opaque {
			u.path = nil
			u.override(value, statePathStart)
		}
	case "search":
		u.query, u.hasQuery = "", value != ""
		if u.hasQuery {
			u.override(strings.TrimPrefix(value, "?"), stateQuery)
		}
		u.stripOpaque()
	case "hash":
		u.fragment, u.hasFragment = "", value != ""
		if u.hasFragment {
			u.override(strings.TrimPrefix(value, "#"), stateFragment)
		}
		u.stripOpaque()
	}
}

// stripOpaque removes the spaces at the end of an opaque path when nothing
// follows it any more: they would be lost when the URL is read again.
func (u *urlRecord) stripOpaque() {
	if u.opaque && !u.hasQuery && !u.hasFragment {
		u.path = []string{strings.TrimRight(u.pathname(), " ")}
	}
}

// inherit takes over base's host and all that comes before it.
func (u *urlRecord) inherit(base *urlRecord) {
	u.username, u.password, u.host, u.hasHost, u.port = base.username, base.password, base.host, base.hasHost, base.port
}

// inheritPath takes over base's path and query.
func (u *urlRecord) inheritPath(base *urlRecord) {
	u.path, u.opaque = slices.Clone(base.path), base.opaque
	u.query, u.hasQuery = base.query, base.hasQuery
}
