package driver

import (
	"fmt"
	"strconv"
	"strings"
)

// first is the number of call 0: that of call n has the same 16 digits.
const first = 1_000_000_000_000_000

// digits is how many digits a number has, and how long the shortest payload is.
const digits = 16

// Number returns the payload of call n, of 16 bytes.
func Number(n int) string { return number(n) }

func number(n int) string { return strconv.FormatInt(first+int64(n), 10) }

// payloads returns a function that gives the payloads of calls by their numbers.
func payloads(size int) (func(n int) string, error) {
	switch {
	case size < digits:
		return nil, fmt.Errorf("a payload has %d bytes at least, and not %d", digits, size)
	case size == digits:
		return number, nil
	}
	var some [8]string
	rest := strings.Repeat("abcdefghijklmnopqrstuvwxyz", size/26+1)[:size-digits]
	for i := range some {
		some[i] = number(i) + rest
	}
	return func(n int) string { return some[n%len(some)] }, nil
}

// right returns an error if answer is not what was asked. Of large ones it compares
// the length and the ends only: a memcmp is no part of a call.
func right(asked, answer string) error {
	n := len(asked)
	same := n == len(answer)
	if same && n > 4*digits {
		same = asked[:digits] == answer[:digits] && asked[n-digits:] == answer[n-digits:]
	} else if same {
		same = asked == answer
	}
	if !same {
		return wrong(asked, answer)
	}
	return nil
}

// wrong is the error of an answer that is not what was asked.
func wrong(asked, answer string) error {
	short := func(s string) string { return s[:min(len(s), 40)] }
	return fmt.Errorf("the answer to %q (%d bytes) is %q (%d bytes)", short(asked), len(asked), short(answer), len(answer))
}

// value returns the number of an answer, less that of call 0.
func value(answer string) (int64, error) {
	n, err := strconv.ParseInt(answer, 10, 64)
	return n - first, err
}

// upTo returns the sum of 1 to n.
func upTo(n int) int64 { return int64(n) * (int64(n) + 1) / 2 }

// orWrong is err or, if that is nil, the error of a wrong answer.
func orWrong(err error, asked, answer string) error {
	if err != nil {
		return err
	}
	return wrong(asked, answer)
}
