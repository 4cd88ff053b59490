package js

import (
	"strings"
)

// urlState is a state of the standard's basic URL parser.
type urlState int

const (
	stateNone urlState = iota
	stateSchemeStart
	stateScheme
	stateNoScheme
	stateSpecialRelativeOrAuthority
	statePathOrAuthority
	stateRelative
	stateRelativeSlash
	stateSpecialAuthoritySlashes
	stateSpecialAuthorityIgnoreSlashes
	stateAuthority
	stateHost
	stateHostname
	statePort
	stateFile
	stateFileSlash
	stateFileHost
	statePathStart
	statePath
	stateOpaquePath
	stateQuery
	stateFragment
)

// parseURL reads a URL, which may be relative to base, if that is not nil. why
// says why it is none, and is empty if it is one.
func parseURL(input string, base *urlRecord) (u *urlRecord, why string) {
	input = strings.TrimFunc(input, func(r rune) bool { return r <= ' ' })
	p := urlParser{url: &urlRecord{port: -1}, base: base, state: stateSchemeStart}
	if why := p.run(input); why != "" {
		return nil, why
	}
	return p.url, ""
}

// override reads input as the part of u that begins in the given state.
func (u *urlRecord) override(input string, state urlState) {
	p := urlParser{url: u, state: state, only: state}
	_ = p.run(input) // what is no such part is ignored
}

// urlParser is the state machine.
type urlParser struct {
	url   *urlRecord
	base  *urlRecord
	input string
	at    int // may be beyond the end, and before the beginning
	state urlState
	only  urlState // the state that a part begins in; stateNone for a whole URL
	buf   []byte

	atSign, password, brackets bool
	user, pass                 []byte
	done                       bool // a part has been read
}

// end is the octet that follows the last one.
const end = -1

func (p *urlParser) run(input string) string {
	p.input = strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' {
			return -1
		}
		return r
	}, input)
	for ; ; p.at++ {
		c := end
		if p.at < len(p.input) {
			c = int(p.input[p.at])
		}
		if why := p.step(c); why != "" || p.done {
			return why
		}
		if p.at >= len(p.input) {
			return ""
		}
	}
}

// rest is the input from the octet on that is looked at.
func (p *urlParser) rest() string { return p.input[min(p.at, len(p.input)):] }

// again has the next state look at the same octet.
func (p *urlParser) again(state urlState) { p.state, p.at = state, p.at-1 }

// ends tells whether c ends a host.
func (p *urlParser) ends(c int) bool {
	return c == end || c == '/' || c == '?' || c == '#' || c == '\\' && p.url.special()
}

func (p *urlParser) slash(c int) bool { return c == '/' || c == '\\' && p.url.special() }

func (p *urlParser) startQuery() {
	p.url.query, p.url.hasQuery, p.state = "", true, stateQuery
}

func (p *urlParser) startFragment() {
	p.url.fragment, p.url.hasFragment, p.state = "", true, stateFragment
}

func (p *urlParser) step(c int) string {
	u := p.url
	switch p.state {
	case stateSchemeStart, stateScheme, stateNoScheme:
		return p.scheme(c)
	case stateAuthority:
		return p.authority(c)
	case stateHost, stateHostname, statePort, stateFileHost:
		return p.host(c)
	case stateFile, stateFileSlash:
		p.file(c)
	case statePathStart, statePath:
		p.path(c)
	case stateSpecialRelativeOrAuthority:
		if c == '/' && strings.HasPrefix(p.rest(), "//") {
			p.state, p.at = stateSpecialAuthorityIgnoreSlashes, p.at+1
		} else {
			p.again(stateRelative)
		}
	case statePathOrAuthority:
		if c == '/' {
			p.state = stateAuthority
		} else {
			p.again(statePath)
		}
	case stateRelative:
		u.scheme = p.base.scheme
		if p.slash(c) {
			p.state = stateRelativeSlash
			break
		}
		u.inherit(p.base)
		p.relative(c, false)
	case stateRelativeSlash:
		switch {
		case u.special() && p.slash(c):
			p.state = stateSpecialAuthorityIgnoreSlashes
		case c == '/':
			p.state = stateAuthority
		default:
			u.inherit(p.base)
			p.again(statePath)
		}
	case stateSpecialAuthoritySlashes:
		if c == '/' && strings.HasPrefix(p.rest(), "//") {
			p.state, p.at = stateSpecialAuthorityIgnoreSlashes, p.at+1
		} else {
			p.again(stateSpecialAuthorityIgnoreSlashes)
		}
	case stateSpecialAuthorityIgnoreSlashes:
		if c != '/' && c != '\\' {
			p.again(stateAuthority)
		}
	case stateOpaquePath:
		p.opaque()
	case stateQuery:
		text := p.rest()
		if i := strings.IndexByte(text, '#'); i >= 0 && p.only == stateNone {
			text = text[:i]
		}
		set := inQuery
		if u.special() {
			set = inSpecialQuery
		}
		u.query += percentEncode(text, set)
		p.skip(text)
	case stateFragment:
		u.fragment += percentEncode(p.rest(), inFragment)
		p.at = len(p.input)
	}
	return ""
}

// skip goes on behind text, with what follows the path or the query.
func (p *urlParser) skip(text string) {
	p.at += len(text)
	if p.at < len(p.input) {
		if p.input[p.at] == '?' {
			p.startQuery()
		} else {
			p.startFragment()
		}
	}
}

func (p *urlParser) opaque() {
	text := p.rest()
	if i := strings.IndexAny(text, "?#"); i >= 0 {
		text = text[:i]
	}
	p.url.path = []string{percentEncode(text, inControl)}
	p.skip(text)
}

// relative reads what is relative to base's path.
func (p *urlParser) relative(c int, drive bool) {
	u := p.url
	u.inheritPath(p.base)
	switch c {
	case '?':
		p.startQuery()
	case '#':
		p.startFragment()
	case end:
	default:
		u.query, u.hasQuery = "", false
		if drive {
			u.path = nil
		} else {
			u.shorten()
		}
		p.again(statePath)
	}
}

func (p *urlParser) scheme(c int) string {
	u := p.url
	switch {
	case p.state == stateNoScheme:
		switch {
		case p.base == nil:
			return "it is not absolute"
		case p.base.opaque && c != '#':
			return "the base has no path that it could be relative to"
		case p.base.opaque:
			u.scheme = p.base.scheme
			u.inheritPath(p.base)
			p.startFragment()
		case p.base.scheme == "file":
			p.again(stateFile)
		default:
			p.again(stateRelative)
		}
	case c != end && (isAlpha(byte(c)) || p.state == stateScheme && (isDigit(byte(c)) || c == '+' || c == '-' || c == '.')):
		p.buf = append(p.buf, lower(byte(c)))
		p.state = stateScheme
	case c == ':' && p.state == stateScheme:
		p.endScheme()
	case p.only != stateNone:
		return "this is not a scheme"
	default:
		p.buf, p.state, p.at = p.buf[:0], stateNoScheme, -1
	}
	return ""
}

func (p *urlParser) endScheme() {
	u := p.url
	scheme := string(p.buf)
	port, special := specialPort(scheme)
	if p.only != stateNone {
		p.done = true
		if special != u.special() || scheme == "file" && (u.credentials() || u.port >= 0) || u.scheme == "file" && u.host == "" {
			return
		}
		if u.scheme = scheme; u.port == port {
			u.port = -1
		}
		return
	}
	u.scheme = scheme
	p.buf = p.buf[:0]
	switch {
	case scheme == "file":
		p.state = stateFile
	case special && p.base != nil && p.base.scheme == scheme:
		p.state = stateSpecialRelativeOrAuthority
	case special:
		p.state = stateSpecialAuthoritySlashes
	case strings.HasPrefix(p.rest(), ":/"):
		p.state, p.at = statePathOrAuthority, p.at+1
	default:
		u.opaque, u.path, p.state = true, []string{""}, stateOpaquePath
	}
}

func (p *urlParser) file(c int) {
	u := p.url
	ofFile := p.base != nil && p.base.scheme == "file"
	if p.state == stateFileSlash {
		if c == '/' || c == '\\' {
			p.state = stateFileHost
			return
		}
		if ofFile {
			u.host, u.hasHost = p.base.host, p.base.hasHost
			if drive := p.base.path; !startsWithDrive(p.rest()) && len(drive) > 0 && isDrive(drive[0]) && drive[0][1] == ':' {
				u.path = append(u.path, drive[0])
			}
		}
		p.again(statePath)
		return
	}
	u.scheme, u.host, u.hasHost = "file", "", true
	switch {
	case c == '/' || c == '\\':
		p.state = stateFileSlash
	case ofFile:
		u.host, u.hasHost = p.base.host, p.base.hasHost
		p.relative(c, startsWithDrive(p.rest()))
	default:
		p.again(statePath)
	}
}

func (p *urlParser) fileHost(c int) string {
	u := p.url
	if c != end && strings.IndexByte(`/\?#`, byte(c)) < 0 {
		p.buf = append(p.buf, byte(c))
		return ""
	}
	if p.only == stateNone && isDrive(string(p.buf)) {
		p.again(statePath) // which finds the drive in the buffer
		return ""
	}
	p.again(statePathStart)
	p.done = p.only != stateNone
	if len(p.buf) == 0 {
		u.host, u.hasHost = "", true
		return ""
	}
	if why := p.setHost(); why != "" {
		return why
	}
	if u.host == "localhost" {
		u.host = ""
	}
	return ""
}

func (p *urlParser) path(c int) {
	u := p.url
	if p.state == statePathStart {
		switch {
		case u.special():
			if p.state = statePath; c != '/' && c != '\\' {
				p.at--
			}
		case p.only == stateNone && c == '?':
			p.startQuery()
		case p.only == stateNone && c == '#':
			p.startFragment()
		case c != end:
			if p.state = statePath; c != '/' {
				p.at--
			}
		case p.only != stateNone && !u.hasHost:
			u.path = append(u.path, "")
		}
		return
	}
	if c != end && !p.slash(c) && (p.only != stateNone || c != '?' && c != '#') {
		p.buf = appendPercentEncoded(p.buf, byte(c), inPath)
		return
	}
	switch segment := string(p.buf); {
	case isDots(segment, 2):
		if u.shorten(); !p.slash(c) {
			u.path = append(u.path, "")
		}
	case isDots(segment, 1):
		if !p.slash(c) {
			u.path = append(u.path, "")
		}
	default:
		if u.scheme == "file" && len(u.path) == 0 && isDrive(segment) {
			segment = segment[:1] + ":"
		}
		u.path = append(u.path, segment)
	}
	p.buf = p.buf[:0]
	switch c {
	case '?':
		p.startQuery()
	case '#':
		p.startFragment()
	}
}

// isDots tells whether a folder is n dots, of which some may be written %2e.
func isDots(segment string, n int) bool {
	for ; n > 0; n-- {
		switch {
		case strings.HasPrefix(segment, "."):
			segment = segment[1:]
		case len(segment) >= 3 && strings.EqualFold(segment[:3], "%2e"):
			segment = segment[3:]
		default:
			return false
		}
	}
	return segment == ""
}
