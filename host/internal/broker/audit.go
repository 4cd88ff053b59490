package broker

import (
	"context"
	"errors"
	"strings"
)

// A Use is one use of a grant, or the refusal of one.
type Use struct {
	Grant     string // "read", "write", "net", "env" or "modules"
	Operation string // "open", "readdir", "http", "getenv", "require", …
	// Target is the path, the host and port, or the name of the variable that
	// was asked for. It is empty for "listenv", which asks for none.
	Target  string
	Allowed bool
	Reason  string // why it was refused; empty if it was allowed
	// Missing is what would have to be granted for it to be allowed, beside what
	// is; empty if it was, or if no grant would help.
	Missing string
	// Folder is the folder of Grants.Modules that a file was found in; empty for
	// what is not about modules, or was refused.
	Folder string
}

// refused is u, refused for that reason.
func (u Use) refused(why *DeniedError) Use {
	u.Allowed, u.Reason, u.Missing = false, why.reason(), why.missing()
	return u
}

// WithAudit has f told of every use and every refusal of a grant: once for each
// operation and grant that it takes, and once for each host that a request is
// sent to. Reading from what is open already is no use of its own. f gets the
// context of the Call, is called before that returns, and by several goroutines
// at once.
func WithAudit(f func(context.Context, Use)) Option { return func(b *Broker) { b.audit = f } }

// A pathUse is what an operation on files asks for.
type pathUse struct {
	need access
	path string
}

// needs notes what an operation is about to use.
func (a *arguments) needs(need access, path string) { a.uses = append(a.uses, pathUse{need, path}) }

// auditFiles tells of what an operation on files, which ended with err, has used.
func (b *Broker) auditFiles(ctx context.Context, a *arguments, err error) {
	if b.audit == nil {
		return
	}
	operation := strings.TrimPrefix(a.function, "runner.fs.")
	var denied *DeniedError
	told := !errors.As(err, &denied)
	for _, use := range a.uses {
		for _, l := range b.policy.lists(use.need) {
			u := Use{Grant: l.name, Operation: operation, Target: use.path, Allowed: true}
			if denied != nil {
				why := denied
				if denied.Grant == l.name && denied.Path == use.path {
					told = true
				} else if !errors.As(l.check(use.path), &why) {
					why = nil
				}
				if why != nil {
					u = u.refused(why)
				}
			}
			b.audit(ctx, u)
		}
	}
	if !told { // something else than what was named stood in the way
		b.audit(ctx, Use{Grant: denied.Grant, Operation: operation, Target: denied.Path}.refused(denied))
	}
}
