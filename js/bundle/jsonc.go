package bundle

// plainJSON is JSON with comments and trailing commas, as tsconfig.json is
// written, without them. Everything stays where it is: what goes becomes blank.
func plainJSON(text []byte) []byte {
	out := append([]byte(nil), text...)
	comma := -1 // the last comma, if only blanks and comments followed it
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			comma = -1
			i = endOfString(text, i)
		case c == '/' && i+1 < len(text) && (text[i+1] == '/' || text[i+1] == '*'):
			end := endOfComment(text, i)
			for ; i < end; i++ {
				if out[i] != '\n' {
					out[i] = ' '
				}
			}
			i--
		case c == ',':
			comma = i
		case c == '}' || c == ']':
			if comma >= 0 {
				out[comma] = ' '
			}
			comma = -1
		case c != ' ' && c != '\t' && c != '\n' && c != '\r':
			comma = -1
		}
	}
	return out
}

// endOfString is where the string that starts at i has its closing quote.
func endOfString(text []byte, i int) int {
	for i++; i < len(text) && text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i
}

// endOfComment is the offset behind the comment that starts at i.
func endOfComment(text []byte, i int) int {
	line := text[i+1] == '/'
	for i += 2; i < len(text); i++ {
		switch {
		case line && text[i] == '\n':
			return i
		case !line && text[i] == '*' && i+1 < len(text) && text[i+1] == '/':
			return i + 2
		}
	}
	return len(text)
}
