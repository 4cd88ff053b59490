package fleet

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"
)

// An Unserved is an instance that is to serve a plugin's track, and cannot, or does not yet:
// it shows itself and the reason to those who ask for instances, and takes no calls, so that
// these go to others at once. It is safe for concurrent use.
type Unserved struct {
	nc   *nats.Conn
	log  *slog.Logger
	subs []*nats.Subscription

	mu sync.Mutex
	i  Instance
}

// NewUnserved returns once the broker knows of the instance, which ends with Close. The
// version is that which the track is at, and the problem why it is not served; "" if it is
// about to be. A nil Logger is slog.Default().
func NewUnserved(nc *nats.Conn, plugin, track, version, problem string, l *slog.Logger) (*Unserved, error) {
	if err := CheckName("plugin", plugin); err != nil {
		return nil, err
	}
	if err := CheckName("track", track); err != nil {
		return nil, err
	}
	if l == nil {
		l = slog.Default()
	}
	u := &Unserved{nc: nc, log: l}
	u.i = Instance{Plugin: plugin, ID: nuid.Next(), Track: track, Started: time.Now().UTC()}
	u.Report(version, problem)
	err := discoverable(nc, u.Snapshot, u.publish, l, func(sub *nats.Subscription, err error) error {
		if err == nil {
			u.subs = append(u.subs, sub)
		}
		return err
	})
	if err == nil {
		err = nc.Flush()
	}
	if err != nil {
		u.Close()
		return nil, fmt.Errorf("telling that %s is not served: %w", plugin, err)
	}
	return u, nil
}

// Snapshot is what Instances tells of it.
func (u *Unserved) Snapshot() Instance {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.i
}

// Report says anew which version is not served, and why.
func (u *Unserved) Report(version, problem string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.i.Stats.Wanted, u.i.Stats.Problem = version, problem
}

// Close has it told of no more. It is the same every time.
func (u *Unserved) Close() {
	for _, sub := range u.subs {
		_ = sub.Unsubscribe() // which fails the second time, and where the connection has ended
	}
}

func (u *Unserved) publish(m *nats.Msg) {
	if err := u.nc.PublishMsg(m); err != nil && !u.nc.IsClosed() {
		u.log.Error("that a plugin is not served cannot be told", "plugin", u.i.Plugin, "error", err)
	}
}
