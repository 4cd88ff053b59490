//go:build unix

package host

import (
	"context"
	"errors"
	"testing"
	"time"

	"scripthost.example/wire"
)

// Each call ends when its own time is up, whatever becomes of those before it, and so
// does one that is made when there is no other.
func TestDeadlineOfEachCall(t *testing.T) {
	t.Parallel()
	const most = 30 * time.Millisecond
	w, c := playChild(t, &Options{Async: true, Limits: Limits{CallTime: most, Grace: testTime}})
	errs := make(chan error, 8)
	calls := make(chan uint32, 8)
	go func() {
		for {
			f, err := c.rd.Next()
			if err != nil {
				return
			}
			switch control, kind, id := wire.Split(f.ID); {
			case !control:
				calls <- id
			case kind == wire.KindCancel:
				payload, _ := wire.AppendMessage(nil, &wire.Error{Kind: wire.ErrorCancelled, Message: "cancelled"})
				c.conn.Write(wire.AppendFrame(nil, wire.ControlID(wire.KindError, id), payload))
			}
		}
	}()
	for range 2 {
		for range 4 {
			begun := time.Now()
			w.Go(func(_ []any, err error) {
				if took := time.Since(begun); took < most {
					t.Errorf("it has ended after %v: %v", took, err)
				}
				errs <- err
			})
			<-calls
		}
		for range 4 {
			if err := <-errs; !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		}
	}
}
