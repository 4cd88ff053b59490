package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
)

// How long Instances waits for one more answer, and for all of them: somebody might
// not stop.
const (
	gatherTime    = 300 * time.Millisecond
	gatherAllTime = 10 * time.Second
)

// An Instance is what one says of itself. One that serves no version of its track yet has
// none; Stats tells why.
type Instance struct {
	Plugin, ID, Track, Version, Generation string
	Started                                time.Time
	Calls, Errors                          uint64
	// Mean is how long a call has taken, from its arrival to the answer.
	Mean      time.Duration
	LastError string
	Stats     InstanceStats

	took time.Duration // all calls
}

// Instances asks all instances of a plugin, or of all plugins if it is "", what they
// are doing, and returns them by plugin, track and ID. It returns once there are so
// many as are expected, or, without a number, when none has answered for 0.3 s,
// and after 10 s in any case. Each is told of once.
// Services of NATS that are none of this protocol are left out.
func Instances(ctx context.Context, nc *nats.Conn, plugin string, expected int) ([]Instance, error) {
	sub, err := askInstances(nc, plugin)
	if err != nil {
		return nil, err
	}
	defer func() { _ = sub.Unsubscribe() }() // which fails where the connection has ended
	var all []Instance
	seen := map[string]bool{}
	for end := time.Now().Add(gatherAllTime); (expected == 0 || len(all) < expected) && time.Now().Before(end); {
		wait, cancel := context.WithTimeout(ctx, gatherTime)
		m, err := sub.NextMsgWithContext(wait)
		cancel()
		if err != nil {
			if ctx.Err() != nil {
				return all, ctx.Err()
			}
			if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrNoResponders) {
				break // none for long, or nobody is there
			}
			return all, fmt.Errorf("asking for instances: %w", err)
		}
		if i, ok := readInstance(m.Data); ok && !seen[i.ID] {
			seen[i.ID] = true
			all = append(all, i)
		}
	}
	slices.SortFunc(all, func(a, b Instance) int {
		return strings.Compare(a.Plugin+" "+a.Track+" "+a.ID, b.Plugin+" "+b.Track+" "+b.ID)
	})
	return all, nil
}

// Answers asks all instances of a plugin once, as Instances does, and yields each answer as it
// comes, in no order, until ctx ends, which is no error: so it also knows of those that take
// longer than Instances waits for them. Where nobody is there it ends at once.
func Answers(ctx context.Context, nc *nats.Conn, plugin string) iter.Seq2[Instance, error] {
	return func(yield func(Instance, error) bool) {
		sub, err := askInstances(nc, plugin)
		if err != nil {
			yield(Instance{}, err)
			return
		}
		defer func() { _ = sub.Unsubscribe() }()
		for {
			m, err := sub.NextMsgWithContext(ctx)
			if err != nil {
				if ctx.Err() == nil && !errors.Is(err, nats.ErrNoResponders) {
					yield(Instance{}, fmt.Errorf("asking for instances: %w", err))
				}
				return
			}
			if i, ok := readInstance(m.Data); ok && !yield(i, nil) {
				return
			}
		}
	}
}

// askInstances asks those of a plugin, or of all if it is "". Who is there answers to the
// subscription.
func askInstances(nc *nats.Conn, plugin string) (*nats.Subscription, error) {
	if plugin != "" {
		if err := CheckName("plugin", plugin); err != nil {
			return nil, err
		}
	}
	subject, err := micro.ControlSubject(micro.StatsVerb, plugin, "")
	if err != nil {
		return nil, err
	}
	sub, err := nc.SubscribeSync(nc.NewInbox())
	if err != nil {
		return nil, fmt.Errorf("asking for instances: %w", err)
	}
	if err := nc.PublishRequest(subject, sub.Subject, nil); err != nil {
		_ = sub.Unsubscribe()
		return nil, fmt.Errorf("asking for instances: %w", err)
	}
	return sub, nil
}

// AskInstance asks one instance of a plugin what it is doing, by its ID. ErrNoInstance is of
// one that is not there any more; one that is, and does not answer, is waited for until ctx
// ends.
func AskInstance(ctx context.Context, nc *nats.Conn, plugin, id string) (Instance, error) {
	if err := errors.Join(CheckName("plugin", plugin), CheckName("instance", id)); err != nil {
		return Instance{}, err
	}
	subject, err := micro.ControlSubject(micro.StatsVerb, plugin, id)
	if err != nil {
		return Instance{}, err
	}
	m, err := nc.RequestWithContext(ctx, subject, nil)
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return Instance{}, fmt.Errorf("the instance %s of %s: %w", id, plugin, ErrNoInstance)
	case err != nil:
		return Instance{}, fmt.Errorf("asking the instance %s of %s: %w", id, plugin, err)
	}
	i, ok := readInstance(m.Data)
	if !ok || i.ID != id {
		return Instance{}, errorf("what answers as the instance %s of %s is none", id, plugin)
	}
	return i, nil
}

// readInstance reads what a service says of itself, if it is one of this protocol.
func readInstance(data []byte) (Instance, bool) {
	var s micro.Stats
	if json.Unmarshal(data, &s) != nil || len(s.Endpoints) != 1 || !strings.HasPrefix(s.Endpoints[0].Subject, "rpc.") {
		return Instance{}, false
	}
	// What is no name is not printed as one.
	if CheckName("plugin", s.Name) != nil || CheckName("track", s.Metadata["track"]) != nil || CheckName("instance", s.ID) != nil {
		return Instance{}, false
	}
	version, ok := s.Metadata["version"]
	if !ok {
		version = s.Version
	}
	e := s.Endpoints[0]
	i := Instance{
		Plugin: s.Name, ID: s.ID, Track: s.Metadata["track"], Version: version, Generation: s.Metadata["generation"], Started: s.Started,
		Calls: uint64(max(e.NumRequests, 0)), Errors: uint64(max(e.NumErrors, 0)), Mean: e.AverageProcessingTime, LastError: e.LastError,
	}
	if len(e.Data) > 0 && json.Unmarshal(e.Data, &i.Stats) != nil {
		return Instance{}, false
	}
	return i, true
}
