package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// memory is that of a process, in MB of 10^6 bytes.
type memory struct{ pss, private float64 }

// memoryOf adds up what the kernel knows of a process's mappings.
func memoryOf(pid int) (memory, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return memory{}, err
	}
	defer f.Close()
	var m memory
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		name, rest, _ := strings.Cut(lines.Text(), ":")
		var kib float64
		if _, err := fmt.Sscanf(rest, "%f kB", &kib); err != nil {
			continue // the line of the address range
		}
		switch name {
		case "Pss":
			m.pss += kib * 1024 / 1e6
		case "Private_Clean", "Private_Dirty":
			m.private += kib * 1024 / 1e6
		}
	}
	if err := lines.Err(); err != nil {
		return memory{}, err
	}
	if m.pss == 0 {
		return memory{}, fmt.Errorf("%s says nothing of PSS", f.Name())
	}
	return m, nil
}
