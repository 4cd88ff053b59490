package host

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"scripthost.example/wire"
)

// What a bundler may use. It has to hold all that a script imports, as text and
// as trees.
const (
	bundleMemory  = 512 << 20
	bundlePayload = 3 * MaxScriptSize
	maxWarnings   = 1 << 20 // bytes of them, of which a bundler makes some hundreds each
)

// bundler is the language of the workers that bundle; nil if there are none.
var bundler atomic.Pointer[Language]

// RegisterBundler has scripts that have to be bundled accepted, and bundled by
// workers of this program in a language that its child end knows of by itself.
// Such a worker's function of the language's name returns the text that it has
// made of its script, in JavaScript and as octets, and a list of warnings. It is
// for packages that do that; programs import [scripthost.example/js/bundle].
func RegisterBundler(language Language) { bundler.Store(&language) }

// A bundled script is what a bundler has made of one.
type bundled struct {
	code     []byte
	warnings []string
	files    handed // that went into it

	mu     sync.Mutex  // guards what follows until it is sealed
	sealed bool        // nothing changes any more
	asked  []askedFile // for what it was made of; nil if that is too much to keep
	size   int         // of all that, in bytes, about
}

// bundleAndBoot has the script bundled, and BOOT sent.
func (w *Worker) bundleAndBoot(script *Script, boot *wire.Boot) {
	defer close(w.bundling)
	made, err := w.bundle(script)
	var frame []byte
	if err == nil {
		err = w.handed.addAll(&made.files)
	}
	if err == nil {
		w.nameGeneration()
		boot.Language, boot.Source = string(JS), made.code
		frame, err = bootFrame(boot)
	}
	if err != nil {
		w.mu.Lock()
		w.bundleErr = err
		w.mu.Unlock()
		w.bootFailed(withOutcome(err, NotSent))
		w.kill("its script could not be bundled")
		return
	}
	for _, warning := range made.warnings {
		w.cb.addLog(LogRecord{Level: "warn", Message: warning}, len(warning))
	}
	w.mu.Lock()
	w.boot, w.bootMade = frame, true
	if w.mayBoot {
		w.sendBootLocked()
	}
	w.mu.Unlock()
	w.pump()
}

// bundle returns the script bundled: as before, if all that went into it is
// still the same.
func (w *Worker) bundle(script *Script) (*bundled, error) {
	if w.opts.Intercept != nil { // which may answer otherwise each time
		return w.bundleAnew(script)
	}
	key := w.bundleKey(script)
	for {
		made, wait := bundles.find(key)
		switch {
		case made != nil:
			if w.stillHolds(made) {
				return made, nil
			}
			bundles.forget(key, made)
		case wait != nil:
			select {
			case <-wait:
			case <-w.ctx.Done():
				return nil, w.ctx.Err()
			}
		default:
			made, err := w.bundleAnew(script)
			bundles.made(key, made)
			return made, err
		}
	}
}

// bundleAnew bundles the script in a worker of its own.
func (w *Worker) bundleAnew(script *Script) (*bundled, error) {
	o := *w.opts
	if w.attached {
		o.Sandbox = defaultSandbox() // this one does not share its process
	}
	o.Audit = w.bundleAudit()
	return bundleScript(w.ctx, script, w.name, &o)
}

// Bundle returns the script as workers get it, in JavaScript: a script in TypeScript or of
// ES modules with all that it imports in one text, which ends with its source map, so
// that positions in errors are still those of its files. Workers of what is returned need not
// bundle it, and its text is a whole worker: it needs no other file. A script that need
// not be bundled is returned as it is. Warnings are the bundler's, with their positions.
//
// Of the options it uses Grants.Modules and DenyRead, Limits.Start and Grace, Sandbox,
// Audit, OnModule, Intercept and Logger; nil are the defaults. It fails as a start does that
// has to bundle, and nothing of the script is run.
func (s *Script) Bundle(ctx context.Context, opts *Options) (bundle *Script, warnings []string, err error) {
	o, err := opts.withDefaults()
	if err != nil {
		return nil, nil, err
	}
	if s.language != TS {
		return s, nil, nil
	}
	made, err := bundleScript(ctx, s, s.name, o)
	if err != nil {
		return nil, nil, err
	}
	c := *s
	c.language, c.source = JS, made.code
	return &c, made.warnings, nil
}

// bundleScript bundles a script for workers with these options, which are called by name.
func bundleScript(ctx context.Context, script *Script, name string, o *Options) (*bundled, error) {
	source := *script
	source.language = *bundler.Load()
	made := new(bundled)
	b, err := Start(ctx, &source, &Options{
		Function:   string(source.language),
		Serialiser: CBOR,
		Grants:     Grants{Modules: o.Grants.Modules, DenyRead: o.Grants.DenyRead},
		Limits: Limits{
			Memory: bundleMemory, Payload: bundlePayload,
			Start: o.Limits.Start, CallTime: o.Limits.Start, Grace: o.Limits.Grace,
		},
		Audit:     o.Audit,
		OnModule:  o.OnModule,
		Intercept: o.Intercept,
		Sandbox:   o.Sandbox,
		Logger:    o.Logger,
		without:   o.without,
		onModule:  made.record,
		bundler:   true,
	})
	if err != nil {
		return nil, bundleError(ctx, name, o, err)
	}
	// What it has to say it has said when it answers.
	defer b.Kill()
	out, err := b.Call(ctx)
	if err == nil {
		err = made.take(out)
	}
	if err != nil {
		return nil, bundleError(ctx, name, o, err)
	}
	made.seal()
	if len(made.code) > MaxScriptSize {
		return nil, &LimitError{
			Limit: "script", Size: uint64(len(made.code)), Max: MaxScriptSize,
			Message: fmt.Sprintf("%s and what it imports is larger than %d MiB when it is bundled", name, MaxScriptSize>>20),
		}
	}
	return made, nil
}

// bundleAudit is the worker's audit for its bundler, whose use of modules is the
// script's.
func (w *Worker) bundleAudit() func(AuditRecord) {
	if w.opts.Audit == nil {
		return nil
	}
	return func(r AuditRecord) {
		r.Number, r.Generation = w.number(), w.version()
		w.tellAudit(r)
	}
}

// take takes what a bundler has answered.
func (b *bundled) take(out []any) error {
	if len(out) == 2 {
		code, isCode := out[0].([]byte)
		warnings, isList := out[1].([]any)
		if isCode && isList {
			b.code = code
			left := maxWarnings
			for _, item := range warnings {
				if text, ok := item.(string); ok && len(text) <= left {
					left -= len(text) + 1
					b.warnings = append(b.warnings, text)
				}
			}
			return nil
		}
	}
	return &CallError{Kind: wire.ErrorProtocol, Err: ErrProtocol, Message: "the bundler answered with something else than a script"}
}

// bundleError says of an error of a bundler's worker what it was about.
func bundleError(ctx context.Context, name string, o *Options, err error) error {
	var (
		exit  *ExitError
		limit *LimitError
		call  *CallError
	)
	switch {
	case errors.As(err, &limit) && limit.Limit == "memory":
		c := *limit
		c.Message = fmt.Sprintf("%s takes more than %d MiB of memory to be bundled", name, bundleMemory>>20)
		return &c
	case errors.As(err, &exit) && strings.Contains(exit.Stderr, "stack overflow"):
		return &LimitError{Limit: "stack", Message: name + " is nested too deeply to be bundled", Cause: exit}
	case errors.As(err, &exit):
		c := *exit
		c.Reason = strings.TrimSuffix("while "+name+" was bundled: "+c.Reason, ": ")
		return &c
	case errors.As(err, &call) && call.Kind == wire.ErrorDeadline && ctx.Err() == nil:
		c := *call
		c.Message = fmt.Sprintf("%s was not bundled within %v (Limits.Start)", name, o.Limits.Start)
		return &c
	case errors.As(err, &call) && errors.Is(err, context.Canceled):
		return call
	}
	return err
}
