package wire

import "strconv"

// append appends the JSON of a READY that has nothing to be escaped, octet by octet
// what package json writes: that takes a while to get to know the message, in a
// process that has not written one yet.
func (m *Ready) append(dst []byte) (_ []byte, ok bool) {
	if len(m.Tools) > 0 || !arePlain(m.Protections) || !arePlain(m.Functions) {
		return dst, false
	}
	dst = strconv.AppendInt(append(dst, `{"version":`...), int64(m.Version), 10)
	dst = strconv.AppendInt(append(dst, `,"pid":`...), int64(m.PID), 10)
	dst = appendTexts(append(dst, `,"protections":`...), m.Protections)
	dst = appendTexts(append(dst, `,"functions":`...), m.Functions)
	return append(dst, '}'), true
}

func appendTexts(dst []byte, list []string) []byte {
	dst = append(dst, '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = append(dst, s...)
		dst = append(dst, '"')
	}
	return append(dst, ']')
}

// arePlain reports whether a list and its texts are the same in JSON, however that
// is written.
func arePlain(list []string) bool {
	for _, s := range list {
		for i := range len(s) {
			if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
				return false
			}
		}
	}
	return list != nil
}
