package fleet

import (
	"context"
	"errors"
	"fmt"

	"scripthost.example/fleet/internal/request"
	"scripthost.example/host"
	"scripthost.example/wire"
)

// What errors.Is tells of errors of calls, beside those of package host.
var (
	// ErrNoInstance: nobody serves the plugin's track. The call was not sent.
	ErrNoInstance = errors.New("nobody serves it")
	// ErrLost: the instance that had the call is not heard from any more, or the broker
	// is not. Whether the call has run is unknown.
	ErrLost = errors.New("the instance is not heard from any more")
	// ErrEvents: not all events of the call arrived.
	ErrEvents = errors.New("events of the call were lost")
	// ErrDisconnected: the connection to the broker is closed.
	ErrDisconnected = errors.New("the connection to the broker is closed")
	// ErrPermission: the caller's user of the broker, or the instance's, may not store or read
	// what is too large for a message.
	ErrPermission = request.ErrPermission
	// ErrUnavailable: the broker did not answer who stored, or read, what is too large for a
	// message.
	ErrUnavailable = request.ErrUnavailable
	// ErrProtocol: a message is none of the protocol's.
	ErrProtocol = host.ErrProtocol
)

func errorf(format string, args ...any) error {
	return wire.Protocolf(format, args...)
}

// The kinds of CallErrors of the fleet, beside those of package host.
const (
	kindUnavailable  = "unavailable"
	kindLost         = "lost"
	kindEvents       = "events"
	kindDisconnected = "disconnected"
	kindName         = "name"
	// Of what is too large for a message, and was not stored or read.
	kindStorage    = "storage"
	kindPermission = "permission"
	kindUnanswered = "unanswered"
	kindPayload    = "payload" // for another reason
)

// kinds are the errors that CallErrors of instances can be of.
var kinds = map[string]error{kindStorage: ErrStorage, kindPermission: ErrPermission, kindUnanswered: ErrUnavailable, kindPayload: errPayload}

var errPayload = errors.New("the broker does not have what is too large for a message")

// ours is an error of an instance, in which those of this package are found that were so there.
func ours(err error) error {
	if e, ok := err.(*host.CallError); ok && kinds[e.Kind] != nil && !errors.Is(err, kinds[e.Kind]) {
		return host.NewCallError(e.Kind, e.Outcome(), kinds[e.Kind], e.Message)
	}
	return err
}

// The codes of errors.
const (
	codeBad         = 400
	codeDenied      = 403
	codeNoFunction  = 404
	codeTooLarge    = 413
	codeBusy        = 429
	codeCancelled   = 499
	codeScript      = 500
	codeWorker      = 502
	codeUnavailable = 503
	codeDeadline    = 504
	codeLimit       = 507
)

// CodeOf returns the code of a call's error, as those of HTTP: for callers that do not
// know the protocol, and for what statistics are kept. How far the call got its outcome
// says, which is another question for most codes.
func CodeOf(err error) int {
	var (
		call      *host.CallError
		script    *host.ScriptError
		limit     *host.LimitError
		denied    *host.DeniedError
		serialise *host.SerialiseError
		exit      *host.ExitError
	)
	switch {
	case errors.Is(err, host.ErrTooLarge):
		return codeTooLarge
	case errors.As(err, &limit), errors.Is(err, ErrStorage):
		return codeLimit
	case errors.Is(err, ErrUnavailable), errors.Is(err, errPayload):
		return codeUnavailable
	case errors.Is(err, ErrPermission):
		return codeDenied
	case errors.As(err, &script):
		if errors.Is(script, host.ErrNoFunction) {
			return codeNoFunction
		}
		return codeScript
	case errors.As(err, &denied):
		return codeDenied
	case errors.As(err, &serialise):
		return codeBad
	case errors.Is(err, context.DeadlineExceeded):
		return codeDeadline
	case errors.Is(err, context.Canceled):
		return codeCancelled
	case errors.Is(err, host.ErrBusy):
		return codeBusy
	case errors.As(err, &exit) && !errors.Is(err, host.ErrClosed):
		return codeWorker
	case errors.Is(err, host.ErrClosed), errors.Is(err, host.ErrCrashLoop), errors.Is(err, host.ErrSandboxUnavailable),
		errors.Is(err, ErrNoInstance), errors.Is(err, ErrDisconnected):
		return codeUnavailable
	case errors.Is(err, ErrLost), errors.Is(err, ErrEvents):
		return codeWorker
	case errors.Is(err, ErrProtocol):
		if o := host.OutcomeOf(err); o == host.Unknown || o == host.Completed {
			return codeWorker // it is the answer
		}
		return codeBad
	}
	if errors.As(err, &call) {
		switch call.Kind {
		case kindName:
			return codeBad
		case kindDisconnected: // for another reason than that the connection is closed
			return codeUnavailable
		}
	}
	return codeScript
}

// elsewhere reports whether a call that failed may be made of another instance: it
// was not run, and another one may have what this one lacks.
func elsewhere(err error) bool {
	if host.OutcomeOf(err) != host.NotSent {
		return false
	}
	return errors.Is(err, host.ErrBusy) || errors.Is(err, host.ErrClosed) || errors.Is(err, host.ErrCrashLoop) || errors.Is(err, ErrNoInstance)
}

func (c *client) noInstance() error {
	return host.NewCallError(kindUnavailable, host.NotSent, ErrNoInstance,
		fmt.Sprintf("nobody serves the plugin %s on the track %s: it was not sent", c.plugin, c.opts.track))
}
