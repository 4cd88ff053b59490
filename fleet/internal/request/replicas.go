package request

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Replicas compares how many replicas streams have with how many they are to have. What and
// next tell of those that have another number, and what mends it; they are "" if there are
// none. Streams that are not there, and those that the user may not ask for, are passed over.
func Replicas(ctx context.Context, nc *nats.Conn, js jetstream.JetStream, want int, streams ...string) (what, next string, err error) {
	var differ, mend []string
	for _, name := range streams {
		has, err := ReplicasOf(ctx, nc, js, name)
		if err != nil {
			return "", "", err
		}
		if has != 0 && has != want {
			differ = append(differ, fmt.Sprintf("the stream %s has %d, and %d were asked for", name, has, want))
			mend = append(mend, fmt.Sprintf("nats stream edit %s --replicas %d", name, want))
		}
	}
	return strings.Join(differ, "; "), strings.Join(mend, "; "), nil
}

// ReplicasOf is how many replicas a stream has; 0 is one that is not there, or that the user
// may not ask for.
func ReplicasOf(ctx context.Context, nc *nats.Conn, js jetstream.JetStream, stream string) (n int, err error) {
	err = Do(ctx, nc, Ask{What: "the stream " + stream, Names: []string{`.` + stream + `"`}}, func(ctx context.Context) error {
		s, err := js.Stream(ctx, stream)
		if err == nil {
			n = s.CachedInfo().Config.Replicas
		}
		return err
	})
	if errors.Is(err, jetstream.ErrStreamNotFound) || errors.Is(err, nats.ErrPermissionViolation) {
		return 0, nil
	}
	return n, err
}
