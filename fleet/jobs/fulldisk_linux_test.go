package jobs

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"scripthost.example/fleet"
	"scripthost.example/fleet/internal/brokertest"
)

// A broker whose disk is full acknowledges nothing, and says so in its log only: whoever
// submits a job is told what it is, and what was taken is there once there is room.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	quiet := fleet.BrokerLogger(slog.New(slog.DiscardHandler))
	for name, start := range map[string]func(t *testing.T, dir string) (connect func() *nats.Conn, again func()){
		"embedded": func(t *testing.T, dir string) (func() *nats.Conn, func()) {
			var b *fleet.Broker
			again := func() {
				if b != nil {
					b.Close()
				}
				var err error
				if b, err = fleet.Embedded(filepath.Join(dir, "broker"), quiet, fleet.BrokerInProcess(), fleet.BrokerMaxStorage(1<<30)); err != nil {
					t.Fatal(err)
				}
			}
			again()
			t.Cleanup(func() { b.Close() })
			return func() *nats.Conn {
				nc, err := b.Connect()
				if err != nil {
					t.Fatal(err)
				}
				return nc
			}, again
		},
		"process": func(t *testing.T, dir string) (func() *nats.Conn, func()) {
			p := brokertest.StartProcess(t, fmt.Sprintf("jetstream: { store_dir: %q, max_file_store: 1G, sync_interval: always }", filepath.Join(dir, "js")))
			return func() *nats.Conn { return p.Connect() }, func() {
				p.Shutdown()
				p.Start()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, ballast := brokertest.SmallDisk(t, "24m", 8<<20)
			connect, again := start(t, dir)
			nc := connect()
			q := queue(t, nc, Options{})
			bury(t, q, "dead")
			var taken []string
			var err error
			for i := 0; err == nil && i < 1000; i++ {
				var id string
				if id, _, err = q.Submit(patient(t), Job{Plugin: "tidy", Args: []any{strings.Repeat("x", 64<<10)}}); err == nil {
					taken = append(taken, id)
				}
			}
			check := func(what string, err error) {
				t.Helper()
				if !errors.Is(err, ErrStorage) || !strings.Contains(err.Error(), "its disk has no room, or is broken") || !strings.Contains(err.Error(), "start the broker anew") || strings.Count(err.Error(), ErrStorage.Error()) != 1 {
					t.Errorf("%s: %v", what, err)
				}
			}
			check("submit", err)
			_, _, err = q.Submit(patient(t), Job{Plugin: "tidy"})
			check("submit again", err)
			_, _, err = q.Submit(patient(t), large())
			check("submit what is large", err)
			check("retry", q.Retry(patient(t), "dead"))
			// What was stored before can be read.
			if r, err := q.Result(patient(t), "dead", false); err == nil && r.Err == nil || err != nil && !errors.Is(err, ErrNoResult) {
				t.Errorf("%+v, %v", r, err)
			}
			nc.Close()
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
			again()
			q = queue(t, connect(), Options{})
			work(t, q, WorkOptions{Logger: slog.New(slog.DiscardHandler)}, answer("well"))
			for _, id := range taken {
				if r, err := q.Result(patient(t), id, true); err != nil || r.Err != nil {
					t.Errorf("%s: %+v, %v", id, r, err)
				}
			}
		})
	}
}
