package broker

import (
	"errors"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestNetPatterns(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"example.com", "EXAMPLE.com.", "example.com:443", "example.com:*", "*.example.com", "*.example.com:8443", "*", "*:443", "_srv.x", "localhost",
		"localhost:8080", "1.2.3.4", "1.2.3.4:80", "::1", "[::1]", "[::1]:8080", "[::1]:*", "10.0.0.0/8", "10.0.0.0/8:80", "fd00::/8", "[fd00::/8]:80",
		"::ffff:10.0.0.1", "xn--bcher-kva.example", "1.2.3.4.example", "com", "0.0.0.0/0",
	} {
		if _, err := parseNetPattern(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		"":                                "it is empty",
		"https://example.com":             "leave out what stands before",
		"example.com/path":                "leave a path out",
		"user@example.com":                `has a '@' in it`,
		"example.com:0":                   "the port",
		"example.com:65536":               "the port",
		"example.com:080":                 "the port",
		"example.com:+80":                 "the port",
		"example.com:":                    "the port",
		"example.com:http":                "the port",
		":80":                             "a part between two dots of the name is empty",
		"a..b":                            "a part between two dots of the name is empty",
		".":                               "a part between two dots of the name is empty",
		".example.com":                    "a part between two dots of the name is empty",
		"*.":                              "a part between two dots of the name is empty",
		"*.*.com":                         "a * stands for all",
		"ex*mple.com":                     "a * stands for all",
		"*example.com":                    "a * stands for all",
		"*.1.2.3.4":                       "it is no IP address",
		"-a.com":                          "hyphen",
		"a-.com":                          "hyphen",
		"bücher.example":                  "xn--",
		"a b":                             `has a ' ' in it`,
		"a\x00b":                          `has a '\x00' in it`,
		strings.Repeat("a", 64):           "longer than 63",
		strings.Repeat("a.", 127) + "com": "longer than 253",
		"127.1":                           "it is no IP address",
		"0x7f.1":                          "it is no IP address",
		"2130706433":                      "it is no IP address",
		"0x7f000001":                      "it is no IP address",
		"127.0.0.01":                      "it is no IP address",
		"1.2.3.4.5":                       "it is no IP address",
		"10.0.0.0/33":                     "no range",
		"10.0.0.1/8":                      "write 10.0.0.0/8",
		"::ffff:10.0.0.0/104":             "as such",
		"fe80::1%eth0":                    "zone",
		"[::1":                            "a bracket is not closed",
		"[::1]x":                          "is not a port",
		"[1.2.3.4]":                       "only IPv6",
		"[example.com]:80":                "only IPv6",
		"::1:80:":                         "it is no IP address",
	} {
		_, err := parseNetPattern(text)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), strconv.Quote(text)) {
			t.Errorf("%q: %v; want %q", text, err, want)
		}
		for _, g := range []Grants{{Net: []string{text}}, {DenyNet: []string{"example.com", text}}} {
			if err := g.Validate(); err == nil || !strings.Contains(err.Error(), "-net: ") {
				t.Errorf("%q: Validate: %v", text, err)
			}
		}
	}
}

// What is public, and what only an address's own grant reaches.
func TestAddresses(t *testing.T) {
	t.Parallel()
	public := []string{
		"1.1.1.1", "8.8.8.8", "93.184.216.34", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "11.0.0.0", "9.255.255.255",
		"126.255.255.255", "128.0.0.0", "169.253.255.255", "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8",
	}
	special := []string{
		"127.0.0.1", "127.255.255.255", "0.0.0.0", "0.1.2.3", "10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.1", "169.254.169.254",
		"100.64.0.0", "100.127.255.255", "192.0.0.170", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1",
		"239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
		"::ffff:0.0.0.0", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::1", "fe80::1", "fe80::1%lo", "febf::1", "fec0::1",
		"fc00::1", "fd00:ec2::254", "ff02::1", "2001::1", "2001:0:7f00:1::", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::", "3fff::1", "4000::1", "100::1", "5f00::1",
	}
	name, err := ParseHost("example.com", 80)
	if err != nil {
		t.Fatal(err)
	}
	any := rules(t, []string{"example.com", "*"}, nil)
	for _, text := range public {
		addr := netip.MustParseAddr(text)
		if err := any.CheckAddr(name, addr); err != nil {
			t.Errorf("example.com leads to %s: %v", text, err)
		}
		if err := any.CheckHost(Host{addr: addr, port: 80}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if err := rules(t, []string{"example.com"}, nil).CheckHost(Host{addr: addr, port: 80}); err == nil {
			t.Errorf("%s is granted by a name", text)
		}
	}
	for _, text := range special {
		addr := netip.MustParseAddr(text)
		for _, err := range []error{any.CheckAddr(name, addr), any.CheckHost(Host{addr: addr.WithZone(""), port: 80})} {
			var d *DeniedError
			if !errors.As(err, &d) || d.Grant != "net" || d.Missing == "" || !strings.Contains(d.Error(), "--allow-net=") {
				t.Errorf("%s: %v", text, err)
				continue
			}
			// What the error says to allow is what helps.
			if err := rules(t, []string{"example.com", "*", d.Missing}, nil).CheckAddr(name, addr); err != nil {
				t.Errorf("%s, with %s allowed: %v", text, d.Missing, err)
			}
		}
		if err := rules(t, []string{"0.0.0.0/0", "::/0"}, []string{"*"}).CheckAddr(name, addr); err == nil {
			t.Errorf("%s is not denied", text)
		}
	}
}

func TestNetRules(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		allow, deny string
		host        string // and port
		leads       string // where a name that is granted leads to
		want        bool
	}{
		{"", "", "example.com:80", "", false},
		{"example.com", "", "example.com:80", "1.1.1.1", true},
		{"example.com", "", "EXAMPLE.COM.:80", "1.1.1.1", true},
		{"example.com", "", "www.example.com:80", "", false},
		{"example.com", "", "example.com.evil.com:80", "", false},
		{"example.com", "", "xexample.com:80", "", false},
		{"example.com:443", "", "example.com:443", "1.1.1.1", true},
		{"example.com:443", "", "example.com:80", "", false},
		{"*.example.com", "", "a.b.example.com:80", "1.1.1.1", true},
		{"*.example.com", "", "example.com:80", "", false},
		{"*.example.com", "", "xexample.com:80", "", false},
		{"*:443", "", "example.com:443", "1.1.1.1", true},
		{"*:443", "", "example.com:80", "", false},
		{"*:443", "", "1.1.1.1:443", "", true},
		{"*:443", "", "1.1.1.1:80", "", false},
		{"*", "", "localhost:80", "127.0.0.1", false},
		{"*", "", "localhost:80", "::1", false},
		{"*", "", "127.0.0.1:80", "", false},
		{"localhost", "", "localhost:80", "127.0.0.1", true},
		{"localhost", "", "localhost:80", "::1", true},
		{"localhost", "", "localhost:80", "10.0.0.1", false},
		{"localhost", "", "127.0.0.1:80", "", true},
		{"localhost:80", "", "localhost:81", "", false},
		{"localhost,example.com", "", "example.com:80", "127.0.0.1", true},
		{"localhost:81,example.com", "", "example.com:80", "127.0.0.1", false},
		{"127.0.0.1", "", "localhost:80", "", false},
		{"127.0.0.1", "", "127.0.0.1:80", "", true},
		{"127.0.0.1", "", "[::ffff:127.0.0.1]:80", "", true},
		{"127.0.0.1:81", "", "127.0.0.1:80", "", false},
		{"127.0.0.1", "", "127.0.0.2:80", "", false},
		{"10.0.0.0/8", "", "10.1.2.3:80", "", true},
		{"10.0.0.0/8:81", "", "10.1.2.3:80", "", false},
		{"10.0.0.0/8", "", "inside:80", "", false},
		{"10.0.0.0/8,inside", "", "inside:80", "10.1.2.3", true},
		{"10.0.0.0/8,inside", "", "inside:80", "192.168.0.1", false},
		{"[::1]:8080", "", "[::1]:8080", "", true},
		{"fd00::/8", "", "[fd12::1]:80", "", true},
		{"64:ff9b::/96", "", "[64:ff9b::a00:1]:80", "", true},
		{"10.0.0.1", "", "[64:ff9b::a00:1]:80", "", true},
		{"*", "example.com", "example.com:80", "", false},
		{"*", "example.com", "www.example.com:80", "1.1.1.1", true},
		{"*", "*.example.com", "www.example.com.:80", "", false},
		{"*", "*:80", "example.com:80", "", false},
		{"*", "*:80", "1.1.1.1:80", "", false},
		{"*", "*:80", "example.com:443", "1.1.1.1", true},
		{"*", "1.1.1.0/24", "example.com:80", "1.1.1.1", false},
		{"*", "1.1.1.1", "example.com:80", "::ffff:1.1.1.1", false},
		{"*", "1.1.1.1", "[64:ff9b::101:101]:80", "", false},
		{"*", "1.1.1.1:81", "example.com:80", "1.1.1.1", true},
		{"127.0.0.0/8", "localhost", "127.0.0.1:80", "", false},
		{"127.0.0.0/8,example.com", "localhost", "example.com:80", "127.0.0.9", false},
		{"10.0.0.1", "10.0.0.0/8", "10.0.0.1:80", "", false},
		{"example.com", "*", "example.com:80", "", false},
	} {
		list := func(s string) []string {
			if s == "" {
				return nil
			}
			return strings.Split(s, ",")
		}
		r := rules(t, list(tt.allow), list(tt.deny))
		name, portText, err := net.SplitHostPort(tt.host)
		if err != nil {
			t.Fatal(err)
		}
		port, err := strconv.Atoi(portText)
		if err != nil {
			t.Fatal(err)
		}
		h, err := ParseHost(name, uint16(port))
		if err != nil {
			t.Fatal(err)
		}
		err = r.CheckHost(h)
		if tt.leads != "" {
			if err != nil {
				t.Errorf("%+v: the name: %v", tt, err)
				continue
			}
			err = r.CheckAddr(h, netip.MustParseAddr(tt.leads))
		}
		if (err == nil) != tt.want || err != nil && !errors.As(err, new(*DeniedError)) {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}

func TestParseHost(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", ".", "a b", "bücher.example", "127.1", "0177.0.0.1", "0x7f000001", "2130706433", "fe80::1%eth0", "a\x00", "a/b", "*", "*.com", "1.2.3.4:80"} {
		if h, err := ParseHost(bad, 80); err == nil {
			t.Errorf("%q is %v", bad, h)
		}
	}
}

func rules(t testing.TB, allow, deny []string) *NetRules {
	t.Helper()
	r, err := newNetRules(allow, deny)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// oraclePattern is what patterns are, told in another way: by regular
// expressions, and by the older of the two address types.
func oraclePattern(text string) bool {
	shape := `^([^:]*)(?::(\*|[1-9][0-9]{0,4}))?$`
	switch {
	case strings.HasPrefix(text, "["):
		shape = `^\[([^\]]*:[^\]]*)\](?::(\*|[1-9][0-9]{0,4}))?$`
	case strings.Count(text, ":") > 1:
		shape = `^(.*)()$`
	}
	m := regexp.MustCompile(`(?s)` + shape).FindStringSubmatch(text)
	if m == nil {
		return false
	}
	if port, _ := strconv.Atoi(m[2]); port > 65535 {
		return false
	}
	host := m[1]
	if strings.Contains(host, "%") {
		return false
	}
	if ip := net.ParseIP(host); ip != nil {
		return true
	}
	if ip, n, err := net.ParseCIDR(host); err == nil {
		return ip.Equal(n.IP) && !(strings.Contains(host, ":") && ip.To4() != nil)
	}
	if host == "*" {
		return true
	}
	name := strings.TrimSuffix(strings.TrimPrefix(host, "*."), ".")
	label := `[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?`
	return len(name) <= 253 && regexp.MustCompile(`^`+label+`(\.`+label+`)*$`).MatchString(name) &&
		!regexp.MustCompile(`(^|\.)([0-9]+|0[xX][0-9a-fA-F]*)$`).MatchString(name)
}

// FuzzNetPattern compares what is taken for a pattern with the oracle, and looks
// whether a pattern covers what it names and nothing that is next to it.
func FuzzNetPattern(f *testing.F) {
	for _, text := range []string{"example.com:443", "*.a.b", "*", "*:1", "[::1]:80", "::1", "10.0.0.0/8:80", "[fd00::/8]", "1.2.3.4", "localhost", "a-b_c.d.", "0x1", "::ffff:1.2.3.4/120", "[::1%x]", "a:*", "1:2:3"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parseNetPattern(text)
		if ok := oraclePattern(text); ok != (err == nil) {
			t.Fatalf("%q: %v; the oracle says %v", text, err, ok)
		}
		if err != nil {
			return
		}
		port := p.port
		if port == 0 {
			port = 1
		}
		switch {
		case p.prefix.IsValid():
			first := p.prefix.Addr()
			if !p.matchesAddr(first, port) || p.matchesName("example.com", port) {
				t.Errorf("%q does not cover %v, or covers a name", text, first)
			}
			if before := first.Prev(); before.IsValid() && p.matchesAddr(before, port) {
				t.Errorf("%q covers %v", text, before)
			}
		case p.local:
			if !p.matchesName("localhost", port) || !p.matchesAddr(netip.MustParseAddr("::1"), port) || p.matchesAddr(netip.MustParseAddr("1.1.1.1"), port) {
				t.Errorf("%q is not localhost", text)
			}
		case p.all:
			if !p.matchesName("x", port) || p.matchesAddr(netip.MustParseAddr("1.1.1.1"), port) {
				t.Errorf("%q is not all names", text)
			}
		case p.suffix != "":
			if !p.matchesName("a"+p.suffix, port) || p.matchesName(p.suffix[1:], port) || p.matchesName("a"+p.suffix[1:], port) {
				t.Errorf("%q covers the wrong names", text)
			}
		default:
			if !p.matchesName(p.name, port) || p.matchesName("a."+p.name, port) || p.matchesName("a"+p.name, port) {
				t.Errorf("%q covers the wrong names", text)
			}
		}
		if p.port != 0 && (p.matchesName(p.name, p.port+1) || p.prefix.IsValid() && p.matchesAddr(p.prefix.Addr(), p.port+1)) {
			t.Errorf("%q covers another port", text)
		}
	})
}
