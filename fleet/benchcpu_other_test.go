//go:build !linux

package fleet

import (
	"testing"
	"time"

	"scripthost.example/host"
)

// processorTime is not measured here.
func processorTime(*testing.B, *host.Pool) time.Duration { return 0 }
