package jobs

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go"

	"scripthost.example/fleet/internal/objects"
	"scripthost.example/fleet/internal/request"
	"scripthost.example/host"
)

// The object stores that have what is too large for one message of the broker's. Those of
// arguments have no end, as jobs have none: whoever answers a job, or throws it away,
// removes them.
const (
	ArgsBucket         = "RPC_JOB_ARGS"
	LargeResultsBucket = "RPC_JOB_RESULTS"
)

// putObject stores data and returns the name of the object.
func putObject(ctx context.Context, s *objects.Store, what string, data []byte, outcome host.Outcome) (name string, err error) {
	if len(data) > s.Max() {
		return "", host.NewCallError("limit", outcome, host.ErrTooLarge, fmt.Sprintf("%s of %d bytes; %d are allowed", what, len(data), s.Max()))
	}
	if name, err = s.Put(ctx, data); err != nil {
		return "", fmt.Errorf("%s of %d bytes are more than a message can have, and could not be stored at the broker: %w", what, len(data), request.Explain(err))
	}
	return name, nil
}

// messageRoom is what the headers of a message take at most beside a result.
const messageRoom = 4 << 10

// fits reports whether a message of the broker can have so many bytes.
func fits(nc *nats.Conn, bytes int) bool {
	limit := nc.MaxPayload()
	return limit == 0 || int64(bytes) <= limit // 0: there is no connection yet
}
