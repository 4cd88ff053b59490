package fleet

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
)

// oldBroker answers as a NATS server of that version does when a client connects.
func oldBroker(t *testing.T, version string) string {
	t.Helper()
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
		lines := bufio.NewScanner(c)
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "PING") {
				fmt.Fprint(c, "PONG\r\n")
			}
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return "nats://" + l.Addr().String()
}

func TestCheckBroker(t *testing.T) {
	t.Parallel()
	for version, old := range map[string]bool{
		"2.9.25": true, "2.9.99-beta.1": true, "1.4.1": true, "0.0.0": true, "x": true,
		"2.10.0": false, "2.10-dev": false, "v2.11.1": false, "2.15.3": false, "3.0.0": false,
	} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			url := oldBroker(t, version)
			nc, err := nats.Connect(strings.Replace(url, "//", "//secret@", 1), nats.NoReconnect(), nats.Timeout(testTime))
			if err != nil {
				t.Fatal(err)
			}
			defer nc.Close()
			err = CheckBroker(nc)
			var tooOld *BrokerVersionError
			if errors.As(err, &tooOld) != old || !old && err != nil {
				t.Fatal(err)
			}
			if old && (tooOld.Version != version || tooOld.URL != url || !strings.Contains(err.Error(), "2.10 or newer is needed")) {
				t.Errorf("%+v: %v", tooOld, err)
			}
			nc.Close()
			if err := CheckBroker(nc); !errors.Is(err, nats.ErrDisconnected) {
				t.Errorf("without a connection: %v", err)
			}
		})
	}
}
