package broker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
)

// A Broker carries out the file operations of one worker, its requests, and its
// looks at the environment. It is safe for concurrent use, and owns every file
// and response that the worker has open.
type Broker struct {
	policy    *policy
	dir       string // what relative paths start from; empty if unknown
	maxRead   int64
	files     *fileTable
	env       envPolicy
	net       *NetRules
	http      HTTPClient // nil if no host is granted
	audit     func(context.Context, Use)
	script    *ScriptRoot // nil if it has no folder
	modules   []moduleRoot
	maxModule int64
	onModule  func(paths []string) // WithModuleHook; may be nil
	closed    atomic.Bool

	responses responseTable
}

// An Option changes a default of New.
type Option func(*Broker)

// WithMaxRead bounds what readfile, readdir and reads of files and responses hand
// over at once, in bytes: the worker's payload limit, less some room. The bodies of requests whose responses
// are open take twice that at most. It must be positive. The default is 64 MiB
// less 64 KiB.
func WithMaxRead(bytes int64) Option { return func(b *Broker) { b.maxRead = bytes } }

// WithMaxFiles bounds the files that are open at a time; it must be positive.
// The default is 256.
func WithMaxFiles(n int) Option { return func(b *Broker) { b.files.max = n } }

// WithMaxResponses bounds the responses of HTTP requests that are open, or about
// to be, at a time; it must be positive. The default is 256.
func WithMaxResponses(n int) Option { return func(b *Broker) { b.responses.max = n } }

// WithDir sets the folder that relative paths of the script start from, an
// absolute path. The default is the working directory at the time of New.
func WithDir(path string) Option { return func(b *Broker) { b.dir = path } }

// New returns a broker. Nothing is opened yet, but where symbolic links in
// granted and denied paths lead is settled now. A grant of hosts is an error
// unless RegisterHTTP was called. The caller closes the broker
// when the worker has ended.
func New(g Grants, opts ...Option) (*Broker, error) {
	if err := g.Validate(); err != nil {
		return nil, err
	}
	b := &Broker{
		policy: newPolicy(g), maxRead: 64<<20 - 64<<10, files: newFileTable(256),
		env:       envPolicy{g.Env, g.DenyEnv},
		responses: responseTable{max: 256, open: make(map[int64]*response)},
		maxModule: 64 << 20,
	}
	var err error
	if b.net, err = newNetRules(g.Net, g.DenyNet); err != nil {
		return nil, err
	}
	for _, opt := range opts {
		opt(b)
	}
	switch {
	case b.maxRead <= 0:
		return nil, fmt.Errorf("WithMaxRead(%d): must be positive", b.maxRead)
	case b.maxModule <= 0:
		return nil, fmt.Errorf("WithMaxModule(%d): must be positive", b.maxModule)
	case b.files.max <= 0:
		return nil, fmt.Errorf("WithMaxFiles(%d): must be positive", b.files.max)
	case b.responses.max <= 0:
		return nil, fmt.Errorf("WithMaxResponses(%d): must be positive", b.responses.max)
	case b.dir != "" && !filepath.IsAbs(b.dir):
		return nil, fmt.Errorf("WithDir(%q): must be an absolute path", b.dir)
	case b.dir == "":
		b.dir, _ = os.Getwd() // without one, relative paths do not exist
	}
	b.openModules(g.Modules)
	b.responses.maxSent = 2 * b.maxRead // what arguments may take that wait
	if len(g.Net) > 0 {
		newClient := newHTTPClient.Load()
		if newClient == nil {
			return nil, errNoHTTP
		}
		b.http = (*newClient)(HTTPConfig{Rules: b.net, Used: b.usedNet, MaxHeader: min(maxHeader, b.maxRead)})
	}
	return b, nil
}

// errNoHTTP is the error of a grant that nothing could use.
var errNoHTTP = errors.New(`allow-net: this program has no HTTP client: import _ "scripthost.example/host/nethttp"`)

// An operation is one host function: how many arguments it takes, and what it
// does.
type operation struct {
	args int // -1 for any number
	run  func(*Broker, context.Context, *arguments) ([]any, error)
}

// lookUp returns the operation of a name.
func lookUp(name string) (operation, bool) {
	switch name {
	case "runner.fs.open":
		return operation{3, (*Broker).open}, true
	case "runner.fs.read":
		return operation{2, (*Broker).read}, true
	case "runner.fs.write":
		return operation{2, (*Broker).write}, true
	case "runner.fs.seek":
		return operation{3, (*Broker).seek}, true
	case "runner.fs.close":
		return operation{1, (*Broker).closeFile}, true
	case "runner.fs.readfile":
		return operation{1, (*Broker).readFile}, true
	case "runner.fs.writefile":
		return operation{4, (*Broker).writeFile}, true
	case "runner.fs.stat":
		return operation{1, (*Broker).stat}, true
	case "runner.fs.lstat":
		return operation{1, (*Broker).lstat}, true
	case "runner.fs.readdir":
		return operation{1, (*Broker).readDir}, true
	case "runner.fs.mkdir":
		return operation{3, (*Broker).mkdir}, true
	case "runner.fs.rmdir":
		return operation{1, (*Broker).rmdir}, true
	case "runner.fs.unlink":
		return operation{1, (*Broker).unlink}, true
	case "runner.fs.remove":
		return operation{1, (*Broker).remove}, true
	case "runner.fs.rename":
		return operation{2, (*Broker).rename}, true
	case "runner.fs.tmpname":
		return operation{0, (*Broker).tmpName}, true
	case "runner.fs.cwd":
		return operation{0, (*Broker).cwd}, true
	case "runner.env.get":
		return operation{1, (*Broker).getEnv}, true
	case "runner.env.list":
		return operation{0, (*Broker).listEnv}, true
	case "runner.module.first":
		return operation{-1, (*Broker).firstModule}, true
	case "runner.http.open":
		return operation{1, (*Broker).httpOpen}, true
	case "runner.http.read":
		return operation{2, (*Broker).httpRead}, true
	case "runner.http.close":
		return operation{1, (*Broker).httpClose}, true
	}
	return operation{}, false
}

// Handles tells whether name is a function that Call carries out.
func (b *Broker) Handles(name string) bool {
	_, ok := lookUp(name)
	return ok
}

// Call carries out one function, named "runner.fs.…", "runner.env.…",
// "runner.http.…" or "runner.module.…". args come from the child and are checked:
// values of any type may be among them. The results are nil, bool, int64, uint64,
// float64, string, []byte, []any and map[string]any, and belong to the caller. It
// keeps no reference to args. Operations on one open file wait for one another; all
// others run at once.
//
// ctx is looked at before the operation and between its steps, but a system
// call that waits for a slow disk is not interrupted. A response ends with the
// context that its request was made with.
func (b *Broker) Call(ctx context.Context, name string, args []any) ([]any, error) {
	op, ok := lookUp(name)
	if !ok {
		return nil, &ArgumentError{Function: name, Message: "there is no such function"}
	}
	if op.args >= 0 && len(args) != op.args {
		return nil, &ArgumentError{Function: name, Message: fmt.Sprintf("takes %d arguments, not %d", op.args, len(args))}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if b.closed.Load() {
		return nil, ErrClosed
	}
	a := &arguments{function: name, dir: b.dir, list: args}
	results, err := op.run(b, ctx, a)
	if strings.HasPrefix(name, "runner.fs.") {
		b.auditFiles(ctx, a, err)
	}
	return results, err
}

// Close closes all files, folders and responses that are open, and makes further calls
// fail with ErrClosed. It waits for operations on open files to end. It may be
// called more than once.
func (b *Broker) Close() error {
	b.closed.Store(true)
	b.responses.closeAll()
	if b.http != nil {
		b.http.Close()
	}
	err := b.files.closeAll()
	for _, l := range []*accessList{&b.policy.reading, &b.policy.writing, &b.policy.modules} {
		for _, g := range l.allowed {
			g.close()
		}
	}
	return err
}
