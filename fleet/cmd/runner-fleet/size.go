package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// A size is a flag's number of bytes.
type size int

var _ pflag.Value = new(size)

func (s *size) String() string { return strconv.Itoa(int(*s)) }

// Type implements pflag.Value.
func (s *size) Type() string { return "size" }

// Set reads a number of bytes, or of K, M or G of 1024 each. What a payload can have at
// most is a byte less than 4G, which is taken for that.
func (s *size) Set(text string) error {
	digits, shift := text, 0
	if n := len(text) - 1; n > 0 {
		if i := strings.IndexByte("KMG", text[n]&^0x20); i >= 0 {
			digits, shift = text[:n], 10*(i+1)
		}
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || n == 0 || n<<shift > 1<<32 {
		return fmt.Errorf("it is a number of bytes from 1 to 4G, or with K, M or G, like 512K")
	}
	*s = size(min(n<<shift, math.MaxUint32, uint64(math.MaxInt)))
	return nil
}

// payloadFlag is the greatest size of arguments, results and events.
func payloadFlag(f *pflag.FlagSet, to *size) {
	f.Var(to, "max-payload", "arguments, results and events may have this `SIZE`, bytes or with K, M, G; 64M if not said")
	f.Lookup("max-payload").DefValue = "0"
}
