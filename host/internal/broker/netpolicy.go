package broker

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
)

// NetRules are the granted and denied hosts. They do not change, and are safe
// for concurrent use.
type NetRules struct{ allowed, denied []netPattern }

// newNetRules reads the patterns of a grant.
func newNetRules(allow, deny []string) (*NetRules, error) {
	r := new(NetRules)
	for _, list := range []struct {
		name  string
		texts []string
		to    *[]netPattern
	}{{"allow-net", allow, &r.allowed}, {"deny-net", deny, &r.denied}} {
		for _, text := range list.texts {
			p, err := parseNetPattern(text)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", list.name, err)
			}
			*list.to = append(*list.to, p)
		}
	}
	return r, nil
}

// A Host is one end of a connection as a URL names it.
type Host struct {
	name string     // normal; empty if addr is valid
	addr netip.Addr // if the URL has an address
	port uint16
}

// ParseHost reads the host of a URL, without brackets, and a port. It refuses
// what is neither an address nor a name in ASCII.
func ParseHost(host string, port uint16) (Host, error) {
	h := Host{port: port}
	if addr, err := netip.ParseAddr(host); err == nil {
		if addr.Zone() != "" {
			return Host{}, fmt.Errorf("the host %q is an address with a zone, which cannot be used", host)
		}
		h.addr = addr
		return h, nil
	}
	h.name = normalName(host)
	switch err := checkName(h.name); {
	case err != nil:
		return Host{}, fmt.Errorf("the host %q cannot be used: %w", host, err)
	case looksNumeric(h.name):
		return Host{}, fmt.Errorf("the host %q cannot be used: it is no IP address, and no name either", host)
	}
	return h, nil
}

// String returns "name:port" or "[address]:port", as a pattern can be written.
func (h Host) String() string {
	host := h.name
	if h.addr.IsValid() {
		host = h.addr.String()
	}
	return net.JoinHostPort(host, strconv.Itoa(int(h.port)))
}

// CheckHost returns a *DeniedError unless requests may be made to h. Where h is
// a name the address is still to be checked.
func (r *NetRules) CheckHost(h Host) error {
	if h.addr.IsValid() {
		return r.CheckAddr(h, h.addr)
	}
	for i := range r.denied {
		if p := &r.denied[i]; p.matchesName(h.name, h.port) {
			return deniedByNet(h, p)
		}
	}
	for i := range r.allowed {
		if r.allowed[i].matchesName(h.name, h.port) {
			return nil
		}
	}
	return &DeniedError{Grant: "net", Path: h.String()}
}

// CheckAddr returns a *DeniedError unless a connection may be made to addr,
// which h is or which its name has led to. It is for the very address that is
// about to be dialed.
func (r *NetRules) CheckAddr(h Host, addr netip.Addr) error {
	plain, through := plainAddr(addr)
	matches := func(p *netPattern) bool {
		return p.matchesAddr(plain, h.port) || p.matchesAddr(through, h.port)
	}
	public := false // "*" covers the port
	for i := range r.denied {
		if p := &r.denied[i]; matches(p) || p.all && (p.port == 0 || p.port == h.port) {
			return deniedByNet(h, p)
		}
	}
	for i := range r.allowed {
		p := &r.allowed[i]
		if matches(p) {
			return nil
		}
		public = public || p.all && (p.port == 0 || p.port == h.port)
	}
	kind := specialKind(plain)
	switch literal := h.addr.IsValid(); {
	case kind == "" && (public || !literal):
		return nil
	case kind == "" || literal && !public:
		return &DeniedError{Grant: "net", Path: h.String()}
	case literal:
		return &DeniedError{Grant: "net", Path: h.String(), Missing: h.String(), Reason: fmt.Sprintf("it is %s, which * does not cover (allow it with --allow-net=%v)", kind, h)}
	}
	at := Host{addr: plain, port: h.port}
	return &DeniedError{Grant: "net", Path: h.String(), Missing: at.String(), Reason: fmt.Sprintf("it leads to %v, %s, which a name does not cover (allow it with --allow-net=%v)", plain, kind, at)}
}

func deniedByNet(h Host, p *netPattern) error {
	return &DeniedError{Grant: "net", Path: h.String(), Reason: "it is denied by --deny-net=" + p.text}
}
