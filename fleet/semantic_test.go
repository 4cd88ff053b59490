package fleet

import (
	"testing"

	"github.com/nats-io/nats.go/micro"
)

// The services of NATS have semantic versions only, which names of versions need not be.
func TestSemantic(t *testing.T) {
	t.Parallel()
	_, nc := connections(t)
	for name, want := range map[string]string{
		"":                 "0.0.0",
		"1.2.3":            "1.2.3",
		"1.2.3-rc.1":       "1.2.3-rc.1",
		"1.2.3-rc.1+x.07":  "1.2.3-rc.1+x.07",
		"1.2":              "0.0.0+1.2",
		"01.2.3":           "0.0.0+01.2.3",
		"1.2.3-01":         "0.0.0+1.2.3-01",
		"v1.2.3":           "0.0.0+v1.2.3",
		"0123456789ab":     "0.0.0+0123456789ab",
		"a_b":              "0.0.0+a-b",
		"..":               "0.0.0+--",
		"1.":               "0.0.0+1-",
		"ä+\n" + "x":       "0.0.0+---x",
		"1.2.3\n":          "0.0.0+1.2.3-",
		"999999999999.0.0": "999999999999.0.0",
	} {
		got := semantic(name)
		if got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
		// What nats.go would not have as a version would be no service to it.
		s, err := micro.AddService(nc, micro.Config{Name: "tidy", Version: got})
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	}
}
