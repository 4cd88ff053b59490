package brokerversion

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"scripthost.example/fleet/internal/brokertest"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	nc := brokertest.Connect(t, brokertest.Start(t, nil))
	if err := Check(nc); err != nil {
		t.Error(err)
	}
	nc.Close()
	if err := Check(nc); err != nil {
		t.Error("it is not connected:", err)
	}
}

// A broker says which version it has when it is connected to.
func TestCheckOld(t *testing.T) {
	t.Parallel()
	nc, err := nats.Connect(pretend(t, "2.9.25"))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	err = Check(nc)
	var old *Error
	if !errors.Is(err, ErrTooOld) || !errors.As(err, &old) || old.Version != "2.9.25" {
		t.Fatal(err)
	}
	for _, want := range []string{"2.9.25", "127.0.0.1", Minimum, "update"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v: want %q", err, want)
		}
	}
}

func TestAtLeast(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]bool{
		"2.10.0": true, "2.10.0-beta.1": true, "2.15.3": true, "3.0.0": true, "v2.11.1": true, "10.1": true,
		"2.9.25": false, "1.20.0": false, "2": false, "x.y.z": false, "2.x": false,
	} {
		if got := atLeast(version, Minimum); got != want {
			t.Errorf("%s: %v", version, got)
		}
	}
}

// pretend answers as a broker of a version would to one who connects.
func pretend(t *testing.T, version string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		fmt.Fprintf(c, "INFO {\"server_id\":\"x\",\"version\":%q,\"max_payload\":1048576,\"headers\":true}\r\n", version)
		for in := bufio.NewScanner(c); in.Scan(); {
			if in.Text() == "PING" {
				fmt.Fprint(c, "PONG\r\n")
			}
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return "nats://" + l.Addr().String()
}
