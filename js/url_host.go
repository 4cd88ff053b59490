package js

import (
	"math"
	"strconv"
	"strings"
)

// parseHost reads a host: a name, an IPv4 address or, in brackets, an IPv6
// address; of a scheme that is not special, text.
func parseHost(input string, special bool) (host, why string) {
	if strings.HasPrefix(input, "[") {
		if !strings.HasSuffix(input, "]") {
			return "", "its IPv6 address does not end with ]"
		}
		return parseIPv6(input[1 : len(input)-1])
	}
	if !special {
		if i := strings.IndexFunc(input, forbiddenInHost); i >= 0 {
			return "", "its host has the character " + strconv.QuoteRune(rune(input[i])) + " in it"
		}
		return percentEncode(input, inControl), ""
	}
	name := percentDecode(input)
	for i := range len(name) {
		if name[i] > 0x7e {
			return "", "its host is not ASCII: write an international name in Punycode, as xn--..."
		}
		if c := rune(name[i]); forbiddenInHost(c) || c < ' ' || c == '%' {
			return "", "its host has the character " + strconv.QuoteRune(c) + " in it"
		}
	}
	if name == "" {
		return "", "it has no host"
	}
	if name = strings.ToLower(name); endsInNumber(name) {
		return parseIPv4(name)
	}
	return name, ""
}

func forbiddenInHost(r rune) bool {
	return r == 0 || r == 0x7f || r < 0x80 && strings.IndexByte("\t\n\r #/:<>?@[\\]^|", byte(r)) >= 0
}

// endsInNumber tells whether a name can be nothing but an IPv4 address.
func endsInNumber(name string) bool {
	name = strings.TrimSuffix(name, ".")
	last := name[strings.LastIndexByte(name, '.')+1:]
	if last != "" && strings.Trim(last, "0123456789") == "" {
		return true
	}
	_, ok := ipv4Number(last)
	return ok
}

// ipv4Number reads a number in base 10, 8 (with 0 before it) or 16 (with 0x). It
// is +Inf if it is greater than any address.
func ipv4Number(s string) (float64, bool) {
	base := 10
	switch {
	case s == "":
		return 0, false
	case strings.HasPrefix(s, "0x") || strings.HasPrefix(s, "0X"):
		s, base = s[2:], 16
	case len(s) >= 2 && s[0] == '0':
		s, base = s[1:], 8
	}
	if s == "" {
		return 0, true
	}
	var n float64
	for i := range len(s) {
		digit, err := strconv.ParseUint(s[i:i+1], base, 8)
		if err != nil {
			return 0, false
		}
		n = n*float64(base) + float64(digit)
	}
	if n > math.MaxUint32 {
		n = math.Inf(1)
	}
	return n, true
}

func parseIPv4(name string) (host, why string) {
	const bad = "its host ends with a number, but is not an IPv4 address"
	parts := strings.Split(strings.TrimSuffix(name, "."), ".")
	if len(parts) > 4 {
		return "", bad
	}
	var address float64
	for i, part := range parts {
		n, ok := ipv4Number(part)
		last := i == len(parts)-1
		switch {
		case !ok, !last && n > 255, last && n >= math.Pow(256, float64(5-len(parts))):
			return "", bad
		case last:
			address += n
		default:
			address += n * math.Pow(256, float64(3-i))
		}
	}
	a := uint32(address)
	for shift := 24; shift >= 0; shift -= 8 {
		host += "." + strconv.Itoa(int(a>>shift&255))
	}
	return host[1:], ""
}

// parseIPv6 returns the address in its shortest form, with brackets.
func parseIPv6(s string) (host, why string) {
	const bad = "its host is not an IPv6 address"
	var pieces [8]uint16
	n, compress, at := 0, -1, 0
	next := func(i int) byte {
		if at+i < len(s) {
			return s[at+i]
		}
		return 0
	}
	if next(0) == ':' {
		if next(1) != ':' {
			return "", bad
		}
		at, compress = 2, 0
	}
	for at < len(s) {
		if n == 8 {
			return "", bad
		}
		if s[at] == ':' {
			if compress >= 0 {
				return "", bad
			}
			at++
			compress = n
			continue
		}
		begin := at
		for at < len(s) && at-begin < 4 && isHex(s[at]) {
			at++
		}
		if next(0) == '.' {
			if at == begin || n > 6 {
				return "", bad
			}
			octets := strings.Split(s[begin:], ".")
			if len(octets) != 4 {
				return "", bad
			}
			for i, octet := range octets {
				value, err := strconv.ParseUint(octet, 10, 8)
				if err != nil || len(octet) > 1 && octet[0] == '0' {
					return "", bad
				}
				pieces[n+i/2] = pieces[n+i/2]<<8 | uint16(value)
			}
			n += 2
			break
		}
		if at < len(s) && (s[at] != ':' || at+1 == len(s)) || at == begin {
			return "", bad
		}
		value, _ := strconv.ParseUint(s[begin:at], 16, 16) // at most four digits
		pieces[n] = uint16(value)
		n++
		if at < len(s) {
			at++
		}
	}
	if compress >= 0 {
		moved := n - compress
		for i := range moved {
			from, to := compress+moved-1-i, 7-i
			pieces[to], pieces[from] = pieces[from], pieces[to]
		}
	} else if n != 8 {
		return "", bad
	}
	return formatIPv6(pieces), ""
}

func formatIPv6(pieces [8]uint16) string {
	start, longest := -1, 1 // the first longest run of zeros, if of two at least
	for i := 0; i < 8; i++ {
		run := 0
		for i+run < 8 && pieces[i+run] == 0 {
			run++
		}
		if run > longest {
			start, longest = i, run
		}
		i += run
	}
	var b strings.Builder
	b.WriteByte('[')
	for i := 0; i < 8; i++ {
		if i == start {
			if b.WriteByte(':'); i == 0 {
				b.WriteByte(':')
			}
			i += longest - 1
			continue
		}
		b.WriteString(strconv.FormatUint(uint64(pieces[i]), 16))
		if i < 7 {
			b.WriteByte(':')
		}
	}
	b.WriteByte(']')
	return b.String()
}
