package broker

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// A netPattern is one pattern of Grants.Net or DenyNet.
type netPattern struct {
	text string // as it was given
	// One of these is set.
	all    bool         // "*"
	suffix string       // ".example.com" for "*.example.com"
	name   string       // in small letters, without a dot at its end
	prefix netip.Prefix // of addresses, none of them an IPv4-mapped one
	local  bool         // "localhost": the name and the loopback addresses

	port uint16 // 0 is any
}

// parseNetPattern reads a pattern. Its error says what to write instead.
func parseNetPattern(text string) (netPattern, error) {
	p := netPattern{text: text}
	host, port, err := splitPort(text)
	if err == nil {
		err = p.setPort(port)
	}
	if err == nil {
		err = p.setHost(host)
	}
	if err != nil {
		return netPattern{}, fmt.Errorf("%q is not a host: %w", text, err)
	}
	return p, nil
}

// splitPort cuts the port off a pattern; it is "*" where there is none.
func splitPort(text string) (host, port string, err error) {
	rest, bracket := strings.CutPrefix(text, "[")
	switch {
	case text == "":
		return "", "", errors.New(`it is empty: name a host, or "*" for all public ones`)
	case strings.Contains(text, "://"):
		return "", "", errors.New("leave out what stands before the host's name, and what comes after the port")
	case bracket:
		host, rest, ok := strings.Cut(rest, "]")
		if !ok {
			return "", "", errors.New("a bracket is not closed")
		}
		if !strings.Contains(host, ":") {
			return "", "", errors.New("only IPv6 addresses stand in brackets")
		}
		if rest == "" {
			return host, "*", nil
		}
		port, ok := strings.CutPrefix(rest, ":")
		if !ok {
			return "", "", errors.New("what follows the bracket is not a port")
		}
		return host, port, nil
	case strings.Count(text, ":") > 1: // an IPv6 address
		return text, "*", nil
	}
	host, port, given := strings.Cut(text, ":")
	if !given {
		port = "*"
	}
	return host, port, nil
}

func (p *netPattern) setPort(port string) error {
	if port == "*" {
		return nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || port[0] == '0' || port[0] == '+' {
		return fmt.Errorf("the port %q is not one of 1 to 65535, or *", port)
	}
	p.port = uint16(n)
	return nil
}

func (p *netPattern) setHost(host string) error {
	if strings.ContainsAny(host, "/:%") || looksNumeric(host) {
		return p.setAddresses(host)
	}
	suffix, wild := strings.CutPrefix(host, "*.")
	name := normalName(suffix)
	switch {
	case host == "*":
		p.all = true
		return nil
	case strings.Contains(suffix, "*"):
		return errors.New("a * stands for all, or for what comes before the first dot, as in *.example.com")
	}
	if err := checkName(name); err != nil {
		return err
	}
	switch {
	case wild:
		p.suffix = "." + name
	case name == "localhost":
		p.local = true
	default:
		p.name = name
	}
	return nil
}

func (p *netPattern) setAddresses(host string) error {
	if strings.Contains(host, "%") {
		return errors.New("an address with a zone cannot be granted")
	}
	if !strings.Contains(host, "/") {
		addr, err := netip.ParseAddr(host)
		if err != nil {
			return errors.New("it is no IP address, and no name either: write an IPv4 address as four numbers, or check the name")
		}
		addr = addr.Unmap()
		p.prefix = netip.PrefixFrom(addr, addr.BitLen())
		return nil
	}
	prefix, err := netip.ParsePrefix(host)
	switch {
	case err != nil:
		return errors.New("what has a / is no range of IP addresses like 10.0.0.0/8: leave a path out")
	case prefix.Addr().Is4In6():
		return errors.New("write a range of IPv4 addresses as such")
	case prefix.Masked() != prefix:
		return fmt.Errorf("the address goes on behind its prefix: write %v", prefix.Masked())
	}
	p.prefix = prefix
	return nil
}

// looksNumeric tells whether the last label of a host is a number, which makes
// the host an IPv4 address for some, whatever there is before it.
func looksNumeric(host string) bool {
	host = strings.TrimSuffix(host, ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last == "" {
		return false
	}
	if hex, ok := strings.CutPrefix(strings.ToLower(last), "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(last, "0123456789") == ""
}

// normalName makes names that mean the same host the same.
func normalName(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// checkName returns why a normal name is no host name.
func checkName(name string) error {
	if len(name) > 253 {
		return errors.New("the name is longer than 253 characters")
	}
	for _, label := range strings.Split(name, ".") {
		switch {
		case label == "":
			return errors.New("a part between two dots of the name is empty")
		case len(label) > 63:
			return errors.New("a part of the name is longer than 63 characters")
		case label[0] == '-' || label[len(label)-1] == '-':
			return errors.New("a part of the name begins or ends with a hyphen")
		}
		for _, c := range label {
			switch {
			case c >= 0x80:
				return errors.New("the name has letters that are not ASCII: write it as DNS does, with xn--")
			case c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z'):
				return fmt.Errorf("the name has a %q in it", c)
			}
		}
	}
	return nil
}

// matchesName tells whether the pattern covers a normal name.
func (p *netPattern) matchesName(name string, port uint16) bool {
	if p.port != 0 && p.port != port {
		return false
	}
	return p.all || p.local && name == "localhost" || p.name != "" && p.name == name ||
		p.suffix != "" && strings.HasSuffix(name, p.suffix)
}

// matchesAddr tells whether the pattern names an address, or a range that it is
// in. "*" does not.
func (p *netPattern) matchesAddr(addr netip.Addr, port uint16) bool {
	if p.port != 0 && p.port != port {
		return false
	}
	if p.local {
		return addr.IsLoopback()
	}
	return p.prefix.IsValid() && p.prefix.Contains(addr)
}
