package tenant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// answerTime is how long all brokers of a cluster have to answer once one has.
const answerTime = 5 * time.Second

// ErrNotTold is the error of [Operator.Push] where not all brokers have answered.
var ErrNotTold = errors.New("not all brokers have answered")

// Push tells the brokers that run of all tenants as they are now: of new ones, of limits
// that have changed, and of users that were revoked and tenants that were removed, whose
// connections they close. The connection is one of [Operator.System], and of a cluster
// each broker is told: it returns once all have taken it.
//
// The error names the first tenant that was not taken; those before it have been. It is
// ErrNotTold if brokers do not answer that the others know of: what was lost without a
// farewell is known for some minutes.
func (o *Operator) Push(ctx context.Context, nc *nats.Conn) error {
	accounts, err := o.accounts()
	if err != nil {
		return err
	}
	removed, err := o.removed()
	if err != nil {
		return err
	}
	brokers, err := countBrokers(ctx, nc)
	if err != nil {
		return fmt.Errorf("the broker does not say how many there are: %w", err)
	}
	for _, a := range append(accounts[1:], removed...) {
		if err := tell(ctx, nc, brokers, a); err != nil {
			return fmt.Errorf("the broker was not told of tenant %s: %w", a.name, err)
		}
	}
	return nil
}

// countBrokers is how many brokers there are that know of one another.
func countBrokers(ctx context.Context, nc *nats.Conn) (int, error) {
	m, err := nc.RequestWithContext(ctx, "$SYS.REQ.SERVER.PING", nil)
	if err != nil {
		return 0, err
	}
	var answer server.ServerStatsMsg
	if err := json.Unmarshal(m.Data, &answer); err != nil {
		return 0, err
	}
	return max(answer.Stats.ActiveServers, 1), nil
}

// tell tells so many brokers of an account.
func tell(ctx context.Context, nc *nats.Conn, brokers int, a accountJWT) error {
	inbox, err := nc.SubscribeSync(nc.NewRespInbox())
	if err != nil {
		return err
	}
	defer inbox.Unsubscribe()
	if err := nc.PublishRequest("$SYS.REQ.ACCOUNT."+a.public+".CLAIMS.UPDATE", inbox.Subject, []byte(a.token)); err != nil {
		return err
	}
	told := map[string]bool{}
	for len(told) < brokers {
		m, err := inbox.NextMsgWithContext(ctx)
		if errors.Is(err, context.DeadlineExceeded) && len(told) > 0 {
			return fmt.Errorf("%w: %d of %d have, and the others can let in whom they should not", ErrNotTold, len(told), brokers)
		}
		if err != nil {
			return err
		}
		var answer server.ServerAPIClaimUpdateResponse
		if err := json.Unmarshal(m.Data, &answer); err != nil {
			return fmt.Errorf("its answer: %w", err)
		}
		name := ""
		if answer.Server != nil {
			name = answer.Server.ID
		}
		if answer.Error != nil {
			return fmt.Errorf("it does not take it: %s", answer.Error.Description)
		}
		if len(told) == 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, answerTime)
			defer cancel()
		}
		told[name] = true
	}
	return nil
}
