package instance

import (
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"scripthost.example/fleet"
)

// How long after a push two instances on this machine serve the version. A round is
// longer, as it pushes, too.
func BenchmarkLive(b *testing.B) {
	s := newStage(b)
	for range 2 {
		s.start(Options{Logger: slog.New(slog.DiscardHandler)})
	}
	var took []time.Duration
	for n := 0; b.Loop(); n++ {
		version := fmt.Sprint(n)
		s.push("function run() return "+version+" end", "", version, fleet.Stable)
		began := time.Now()
		for range 2 {
			if err := s.moved(version, fleet.Stable); err != nil {
				b.Fatal(err)
			}
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms-p99")
}
