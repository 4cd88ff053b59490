package js

import (
	"strconv"
	"strings"
)

// authority takes what is between // and the path: user, password, host and port.
func (p *urlParser) authority(c int) string {
	switch {
	case c == '@':
		p.addUser()
	case p.ends(c):
		if p.atSign && len(p.buf) == 0 {
			return "it has no host"
		}
		p.url.username, p.url.password = string(p.user), string(p.pass)
		p.at -= len(p.buf) + 1
		p.buf, p.state = p.buf[:0], stateHost
	default:
		p.buf = append(p.buf, byte(c))
	}
	return ""
}

// addUser takes what came before an @ for the user and the password.
func (p *urlParser) addUser() {
	text := string(p.buf)
	if p.atSign {
		text = "%40" + text
	}
	p.atSign, p.buf = true, p.buf[:0]
	if !p.password {
		var name string
		name, text, p.password = strings.Cut(text, ":")
		p.user = append(p.user, percentEncode(name, inUserinfo)...)
	}
	p.pass = append(p.pass, percentEncode(text, inUserinfo)...)
}

func (p *urlParser) host(c int) string {
	u := p.url
	switch {
	case p.state == statePort:
		return p.port(c)
	case p.state == stateFileHost:
		return p.fileHost(c)
	case p.only != stateNone && u.scheme == "file":
		p.again(stateFileHost)
	case c == ':' && !p.brackets:
		if len(p.buf) == 0 || p.only == stateHostname {
			return "it has no host"
		}
		p.state = statePort
		return p.setHost()
	case p.ends(c):
		if len(p.buf) == 0 && (u.special() || p.only != stateNone && (u.credentials() || u.port >= 0)) {
			return "it has no host"
		}
		p.again(statePathStart)
		p.done = p.only != stateNone
		return p.setHost()
	default:
		if c == '[' {
			p.brackets = true
		} else if c == ']' {
			p.brackets = false
		}
		p.buf = append(p.buf, byte(c))
	}
	return ""
}

func (p *urlParser) setHost() string {
	host, why := parseHost(string(p.buf), p.url.special())
	if why != "" {
		return why
	}
	p.url.host, p.url.hasHost, p.buf = host, true, p.buf[:0]
	return ""
}

func (p *urlParser) port(c int) string {
	u := p.url
	switch {
	case c != end && isDigit(byte(c)):
		p.buf = append(p.buf, byte(c))
		return ""
	case !p.ends(c) && p.only == stateNone:
		return "its port is not a number"
	}
	if len(p.buf) > 0 {
		digits := strings.TrimLeft(string(p.buf), "0")
		port, err := strconv.Atoi(digits)
		if digits != "" && err != nil || port > 65535 {
			return "its port is greater than 65535"
		}
		if own, _ := specialPort(u.scheme); port == own {
			port = -1
		}
		u.port, p.buf = port, p.buf[:0]
	} else if p.only != stateNone {
		return "its port is not a number"
	}
	p.done = p.only != stateNone
	p.again(statePathStart)
	return ""
}
