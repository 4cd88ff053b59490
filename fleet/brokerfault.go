package fleet

import (
	"fmt"
	"strings"

	"github.com/nats-io/nats-server/v2/server"

	"scripthost.example/fleet/internal/request"
)

// ErrStorage is of a broker whose quota is used up, or whose disk is full or broken: nothing
// was stored, such as what is too large for a message of a call.
var ErrStorage = request.ErrStorage

// Storing says why the broker does not store what it is given, or returns nil if it does: the
// error is ErrStorage. That lasts until it is started anew, with room on its disk; what is
// stored can be read meanwhile. Of a broker of a cluster only an end of all of JetStream is
// told: others take its place.
func (b *Broker) Storing() error {
	o := &server.HealthzOptions{Details: true}
	if b.server.JetStreamIsClustered() {
		o.JSEnabledOnly = true
	}
	for _, e := range b.server.Healthz(o).Errors {
		// What is kept of a tenant that was removed is no fault, and among them, too.
		if e.Type == server.HealthzErrorJetStream || strings.Contains(e.Error, "write error: ") {
			return fmt.Errorf("%w, or its disk is broken: %s (make room in %s, then start it anew)", ErrStorage, e.Error, b.dir)
		}
	}
	return nil
}
