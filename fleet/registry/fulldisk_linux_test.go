package registry

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"scripthost.example/fleet"
	"scripthost.example/fleet/internal/brokertest"
)

// Who pushes to a broker whose disk is full is told so: the broker says it in its log only.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"in the bucket": 200 << 10, "as objects": 600 << 10} { // twice as much as hexadecimal digits
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, _ := brokertest.SmallDisk(t, "24m", 8<<20)
			b, err := fleet.Embedded(filepath.Join(dir, "broker"), fleet.BrokerLogger(slog.New(slog.DiscardHandler)), fleet.BrokerInProcess(), fleet.BrokerMaxStorage(1<<30))
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			nc, err := b.Connect()
			if err != nil {
				t.Fatal(err)
			}
			r := open(t, nc, signed(t))
			noise := make([]byte, size)
			pushed := ""
			for i := 0; err == nil && i < 1000; i++ {
				_, _ = rand.Read(noise)
				var now Track
				if now, err = r.Push(t.Context(), script(t, "tidy", fmt.Sprintf("return %q", fmt.Sprintf("%x", noise))), fmt.Sprint(i), "stable"); err == nil {
					pushed = now.Version
				}
			}
			if !errors.Is(err, ErrStorage) || !strings.Contains(err.Error(), "its disk has no room, or is broken") || !strings.Contains(err.Error(), "start the broker anew") || strings.Count(err.Error(), ErrStorage.Error()) != 1 {
				t.Errorf("%v", err)
			}
			t.Log(err)
			if now, err := r.Track(t.Context(), "tidy", "stable"); err != nil || now.Version != pushed {
				t.Errorf("the track is at %q, %v; want %s", now.Version, err, pushed)
			}
		})
	}
}
