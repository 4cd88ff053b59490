package host

// sizeOf is about how much memory a thawed value takes beside the word that
// refers to it. Small ones count too: a worker can send millions of them.
func sizeOf(v any) int {
	const (
		word  = 16 // an element, or a string's header
		table = 48 // an empty map
	)
	switch v := v.(type) {
	case string:
		return word + len(v)
	case []byte:
		return 2*word + len(v)
	case []any:
		size := 2*word + word*len(v)
		for _, e := range v {
			size += sizeOf(e)
		}
		return size
	case map[string]any:
		size := table
		for k, e := range v {
			size += 4*word + len(k) + sizeOf(e)
		}
		return size
	}
	return word
}
