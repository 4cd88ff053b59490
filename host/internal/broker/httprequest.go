package broker

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Bounds of requests.
const (
	maxURL       = 64 << 10 // bytes
	maxHeaders   = 256
	maxHeader    = 256 << 10 // bytes, of all headers of a request or a response
	maxTimeoutMS = 24 * 60 * 60 * 1000
)

// An httpSpec is what a worker asks for.
type httpSpec struct {
	HTTPRequest
	handle  int64         // by which the worker means to name it
	timeout time.Duration // of the request and its response; 0 is none
}

// httpRequest reads and checks the specification of a request.
func (a *arguments) httpRequest() (*httpSpec, error) {
	spec, ok := a.list[0].(map[string]any)
	if !ok {
		return nil, a.errorf(0, "must be an object, not %T", a.list[0])
	}
	q := &httpSpec{HTTPRequest: HTTPRequest{Method: "GET", Redirect: "follow"}}
	for key, value := range spec {
		var err error
		field := &arguments{function: a.function, list: []any{value}}
		switch key {
		case "handle":
			if q.handle, err = field.integer(0); err == nil && q.handle < 1 {
				err = errors.New("must be positive")
			}
		case "method":
			q.Method, err = field.text(0)
		case "url":
			err = q.setURL(field)
		case "headers":
			err = q.setHeaders(value)
		case "body":
			err = q.setBody(value)
		case "timeout_ms":
			q.timeout, err = field.timeout()
		case "redirect":
			q.Redirect, err = field.text(0)
		default:
			err = errors.New("there is no such field")
		}
		if err != nil {
			var bad *ArgumentError
			if errors.As(err, &bad) {
				err = errors.New(strings.TrimPrefix(bad.Message, "argument 1: "))
			}
			return nil, a.errorf(0, "%s: %v", strconv.Quote(key[:min(len(key), 32)]), err)
		}
	}
	var err error
	switch q.Redirect {
	case "follow", "manual", "error":
	default:
		err = errors.New(`"redirect": must be "follow", "manual" or "error"`)
	}
	switch upper := strings.ToUpper(q.Method); upper {
	case "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS":
		q.Method = upper // as everybody writes them
	case "CONNECT", "TRACE", "TRACK":
		err = fmt.Errorf(`"method": %s is not for scripts`, upper)
	default:
		if !isToken(q.Method) || len(q.Method) > 64 {
			err = errors.New(`"method": must be a word like GET`)
		}
	}
	switch {
	case q.URL == nil:
		err = errors.New(`"url" is missing`)
	case q.handle == 0:
		err = errors.New(`"handle" is missing`)
	}
	if err != nil {
		return nil, a.errorf(0, "%v", err)
	}
	return q, nil
}

func (a *arguments) timeout() (time.Duration, error) {
	if a.list[0] == nil {
		return 0, nil
	}
	n, err := a.integer(0)
	if err == nil && (n < 1 || n > maxTimeoutMS) {
		err = fmt.Errorf("must be 1 to %d", maxTimeoutMS)
	}
	return time.Duration(n) * time.Millisecond, err
}

func (q *HTTPRequest) setURL(field *arguments) error {
	text, err := field.text(0)
	if err != nil {
		return err
	}
	if len(text) > maxURL {
		return fmt.Errorf("is longer than %d bytes", maxURL)
	}
	u, err := url.Parse(text)
	if err != nil {
		return errors.New("cannot be read") // the error would repeat it
	}
	u.RawQuery = escapeQuery(u.RawQuery)
	q.URL = u
	q.Host, err = HostOfURL(u)
	return err
}

// escapeQuery escapes what must not be in the first line of a request, as
// browsers do. url.Parse refuses control characters, and escapes paths.
func escapeQuery(query string) string {
	special := func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '"' || r == '<' || r == '>' }
	if strings.IndexFunc(query, special) < 0 {
		return query
	}
	var b strings.Builder
	for i := range len(query) {
		if c := query[i]; special(rune(c)) {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// HostOfURL returns the host that a URL leads to. It refuses what is not
// absolute, not of HTTP, or has a password in it.
func HostOfURL(u *url.URL) (Host, error) {
	port := uint64(80)
	switch u.Scheme {
	case "http":
	case "https":
		port = 443
	case "":
		return Host{}, fmt.Errorf("must begin with http:// or https://, and %.64q does not", u.Redacted())
	default:
		return Host{}, fmt.Errorf("must begin with http:// or https://, not %q", u.Scheme[:min(len(u.Scheme), 32)])
	}
	if u.User != nil {
		return Host{}, errors.New("must not have a user or password in it: use the header Authorization")
	}
	if u.Opaque != "" || u.Hostname() == "" {
		return Host{}, errors.New("names no host")
	}
	if text := u.Port(); text != "" {
		var err error
		if port, err = strconv.ParseUint(text, 10, 16); err != nil || port == 0 {
			return Host{}, fmt.Errorf("has the port %.8q, which is not one of 1 to 65535", text)
		}
	}
	return ParseHost(u.Hostname(), uint16(port))
}

func (q *HTTPRequest) setBody(value any) error {
	switch v := value.(type) {
	case nil:
	case []byte:
		q.Body = v
	case string:
		q.Body = []byte(v)
	default:
		return fmt.Errorf("must be bytes or a string, not %T", v)
	}
	return nil
}

func (q *HTTPRequest) setHeaders(value any) error {
	if value == nil {
		return nil
	}
	list, ok := value.([]any)
	if !ok {
		return fmt.Errorf("must be an array of [name, value], not %T", value)
	}
	if len(list) > maxHeaders {
		return fmt.Errorf("has more than %d entries", maxHeaders)
	}
	size := 0
	for i, item := range list {
		pair, _ := item.([]any)
		if len(pair) != 2 {
			return fmt.Errorf("entry %d must be [name, value]", i+1)
		}
		field := &arguments{list: pair}
		name, err := field.text(0)
		if err != nil {
			return fmt.Errorf("the name of entry %d must be a string", i+1)
		}
		text, err := field.text(1)
		if err != nil {
			return fmt.Errorf("the value of entry %d must be a string", i+1)
		}
		if err := checkHeader(name, text); err != nil {
			return err
		}
		if size += len(name) + len(text); size > maxHeader {
			return fmt.Errorf("has more than %d bytes", maxHeader)
		}
		q.Header = append(q.Header, [2]string{name, strings.Trim(text, " \t")})
	}
	return nil
}

// checkHeader refuses a header that scripts must not set: what would make
// another request of this one, and what belongs to the connection.
func checkHeader(name, value string) error {
	if !isToken(name) {
		return fmt.Errorf("%.64q is not the name of a header", name)
	}
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return fmt.Errorf("the value of %.64q has a control character in it", name)
		}
	}
	switch lower := strings.ToLower(name); {
	case lower == "host":
		return errors.New("Host is taken from the URL")
	case lower == "content-length":
		return errors.New("Content-Length is taken from the body")
	case lower == "connection", lower == "keep-alive", lower == "transfer-encoding", lower == "te", lower == "trailer",
		lower == "upgrade", lower == "expect", lower == "http2-settings", strings.HasPrefix(lower, "proxy-"):
		return fmt.Errorf("%s belongs to the connection, and is not for scripts", name)
	}
	return nil
}

// isToken tells whether s is what HTTP calls a token.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return s != ""
}
