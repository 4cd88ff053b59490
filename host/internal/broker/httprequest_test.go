package broker

import (
	"net/url"
	"testing"
)

// What is no URL of HTTP is told as it was given.
func TestHostOfURLRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"nope":       `must begin with http:// or https://, and "nope" does not`,
		"/path":      `must begin with http:// or https://, and "/path" does not`,
		"//u:pw@h/":  `must begin with http:// or https://, and "//u:xxxxx@h/" does not`,
		"ftp://h/":   `must begin with http:// or https://, not "ftp"`,
		"http://u@h": "must not have a user or password in it: use the header Authorization",
	} {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := HostOfURL(u); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
