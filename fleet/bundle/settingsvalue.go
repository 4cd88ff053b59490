package bundle

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// durationOf reads a time like 500ms; nil is none.
func durationOf(name string, text *string, to *time.Duration) error {
	if text == nil {
		return nil
	}
	d, err := time.ParseDuration(*text)
	if err != nil || d <= 0 {
		return settingsErrorf(name, "%s is no time of more than 0", "write it like 500ms, 1.5s or 2m", printable(*text))
	}
	*to = d
	return nil
}

// sizeOf reads a number of bytes, or a text like 64M; nil is none.
func sizeOf(name string, value any, least, most int64, to *int64) error {
	var n int64
	switch v := value.(type) {
	case nil:
		return nil
	case int64:
		n = v
	case string:
		var ok bool
		if n, ok = parseSize(v); !ok {
			return settingsErrorf(name, "%s is no size", "write it as a number of bytes, or with K, M or G, like 512K", printable(v))
		}
	default:
		return settingsErrorf(name, "it has to be a number of bytes, or a text like 64M", "")
	}
	if n < least || n > most {
		return settingsErrorf(name, "it is %d bytes, and has to be %d to %d", "", n, least, most)
	}
	*to = n
	return nil
}

// parseSize reads a number of bytes, or of K, M or G of 1024 each.
func parseSize(s string) (int64, bool) {
	shift := 0
	if n := len(s) - 1; n >= 0 {
		if i := strings.IndexByte("KMG", s[n]&^0x20); i >= 0 {
			s, shift = s[:n], 10*(i+1)
		}
	}
	v, err := strconv.ParseUint(s, 10, 63)
	if errors.Is(err, strconv.ErrSyntax) {
		return 0, false
	}
	if err != nil || v > math.MaxInt64>>shift {
		return math.MaxInt64, true
	}
	return int64(v) << shift, true
}

// listOf reads a list of texts, or true for all of them; nil and false are none.
func listOf(name string, value any, all string) ([]string, error) {
	wrong := func() error {
		return settingsErrorf(name, "it has to be a list of texts, or true for all", `write it like ["a", "b"]`)
	}
	switch v := value.(type) {
	case nil:
		return nil, nil
	case bool:
		if v {
			return []string{all}, nil
		}
		return nil, nil
	case []any:
		var items []string
		for _, item := range v {
			text, ok := item.(string)
			if !ok {
				return nil, wrong()
			}
			items = append(items, text)
		}
		return items, nil
	}
	return nil, wrong()
}

// seedOf reads a seed: a whole number, or a text for those above the numbers of TOML.
func seedOf(value any) (*uint64, error) {
	switch v := value.(type) {
	case nil:
		return nil, nil
	case int64:
		if n := uint64(v); v >= 0 {
			return &n, nil
		}
	case string:
		if n, err := strconv.ParseUint(v, 10, 64); err == nil {
			return &n, nil
		}
	}
	return nil, settingsErrorf("seed", "it has to be a whole number, 0 to %d", "", uint64(math.MaxUint64))
}

// clockOf reads a point in time, as a text or one of TOML's kinds.
func clockOf(value any) (time.Time, error) {
	var t time.Time
	switch v := value.(type) {
	case nil:
		return t, nil
	case time.Time:
		t = v
	case toml.LocalDate:
		t = v.AsTime(time.UTC)
	case string:
		for _, layout := range []string{time.RFC3339, time.DateOnly} {
			if at, err := time.Parse(layout, v); err == nil {
				t = at
				break
			}
		}
	}
	if t.IsZero() || t.UTC().Year() < 1 || t.UTC().Year() > 9999 {
		return t, settingsErrorf("clock", "it has to be a time with its zone, or a date (in UTC)", "write it like 2024-02-29T12:30:00Z")
	}
	return t, nil
}
