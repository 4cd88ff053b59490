package host

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"scripthost.example/host/internal/broker"
)

// An AuditRecord is one use of a grant, or the refusal of one.
type AuditRecord struct {
	Time   time.Time
	Worker string // the script's name, or that of the command
	// Number and Generation say which worker it was: Worker and Generation of
	// Event.
	Number     int
	Generation string
	// Call is the number of the call that it belongs to, as in Event; 0 is none.
	Call uint64
	// Grant is "read", "write", "net", "env", "modules" or "host". Files of the
	// script's own folder need no grant, and are not told of.
	Grant string
	// Operation is what was done: "open", "readdir", "http", "getenv", "require", ….
	Operation string
	// Target is the absolute path, the host and its port, or the name that was
	// asked for. It is empty for "listenv", which asks for none.
	Target  string
	Allowed bool
	// Reason is why it was refused; empty if it was allowed.
	Reason string
	// Missing is what would have to be granted for it to be allowed, beside what
	// is; empty if it was, or if no grant would help.
	Missing string
	// Folder is the folder of Grants.Modules that a file was found in; empty for
	// what is not about modules, or was refused.
	Folder string
	// File and Line are where the script was, as the child claims; empty and 0
	// if it does not say.
	File string
	Line int
}

// brokerOptions are those of the worker's broker.
func (w *Worker) brokerOptions(script *Script) []broker.Option {
	options := []broker.Option{broker.WithMaxRead(max(1, w.opts.Limits.Payload-returnRoom)), broker.WithMaxModule(MaxScriptSize)}
	if script != nil && script.hasRoot() {
		options = append(options, broker.WithScript(script.root()))
	}
	if w.opts.Audit != nil {
		options = append(options, broker.WithAudit(w.audit))
	}
	if w.opts.OnModule != nil {
		options = append(options, broker.WithModuleHook(w.opts.OnModule))
	}
	return options
}

// positionKey is, in the context of a host call, the place in the script that it
// comes from.
type positionKey struct{}

// audit tells Options.Audit, if there is one, of a use. ctx is that of the host
// call.
func (w *Worker) audit(ctx context.Context, u broker.Use) {
	if w.opts.Audit == nil {
		return
	}
	r := AuditRecord{
		Worker: w.name, Number: w.number(), Generation: w.version(), Grant: u.Grant, Operation: u.Operation, Target: u.Target, Allowed: u.Allowed, Reason: u.Reason, Missing: u.Missing,
		Folder: u.Folder,
	}
	if mark, ok := ctx.Value(hostMarkKey{}).(*hostMark); ok {
		r.Call = mark.call
	}
	if at, ok := ctx.Value(positionKey{}).(StackFrame); ok {
		r.File, r.Line = at.File, at.Line
	}
	w.tellAudit(r)
}

// tellAudit calls Options.Audit, one call at a time, whichever worker of a pool it
// is of. If that panics OnError is told, and so does tellAudit: what is not audited is not
// to be had.
func (w *Worker) tellAudit(r AuditRecord) {
	mu := &w.auditMu
	if w.member != nil {
		mu = &w.member.p.auditMu
	}
	mu.Lock()
	defer mu.Unlock()
	defer func() {
		if v := recover(); v != nil {
			w.cb.addError(fmt.Errorf("Options.Audit panicked: %v\n%s", v, debug.Stack()))
			panic(unaudited{&DeniedError{Grant: r.Grant, Target: r.Target, Message: fmt.Sprintf("%s access to %s is not granted: the use cannot be audited", r.Grant, r.Target)}})
		}
	}()
	r.Time = time.Now()
	w.opts.Audit(r)
}

// unaudited is what tellAudit panics with: why the use is refused.
type unaudited struct{ *DeniedError }
