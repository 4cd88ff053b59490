package broker

// Letters of either case are the same on Windows.
const (
	foldNames  = true
	foldDenied = true
)

// expand turns "/" into all drives. Network shares have to be named.
func expand(path string) []string {
	if path != "/" {
		return []string{path}
	}
	var drives []string
	for letter := 'A'; letter <= 'Z'; letter++ {
		drives = append(drives, string(letter)+`:\`)
	}
	return drives
}
