package host

import (
	"context"
	"fmt"
	"time"

	"scripthost.example/wire"
)

// returnRoom is what the results of a built-in function take beside the octets
// of a file.
const returnRoom = 1 << 10

// bootMessage is what BOOT says; files says whether the child can be passed files.
func (w *Worker) bootMessage(script *Script, files bool) (*wire.Boot, error) {
	o := w.opts
	mode := wire.ModeSync
	if o.Async {
		mode = wire.ModeAsync
	}
	var args []byte
	if o.Init != "" { // a serialiser need not be able to carry no values
		var err error
		if args, err = w.freeze(nil, o.InitArgs); err != nil {
			return nil, fmt.Errorf("Options.InitArgs: %w", err)
		}
	}
	return &wire.Boot{
		Version:    wire.Version,
		Name:       script.name,
		Language:   string(script.language),
		Source:     script.source,
		Function:   o.Function,
		Mode:       mode,
		Serialiser: bootSerialiser(o.Serialiser),
		Init:       o.Init,
		InitArgs:   args,
		Limits: wire.BootLimits{
			Memory:  uint64(o.Limits.Memory),
			Payload: uint64(o.Limits.Payload),
			GraceMS: o.Limits.Grace.Milliseconds(),
			CallMS:  o.Limits.CallTime.Milliseconds(),
			CPUMS:   ceilMillis(o.Limits.CPU),
		},
		Sandbox:   string(o.Sandbox),
		Without:   o.withoutList(),
		Grants:    o.Grants.names(),
		Host:      w.host.names(),
		Modules:   w.moduleNames(script),
		Nearby:    w.nearbyNames(script),
		Files:     files,
		Positions: o.Audit != nil || o.Intercept != nil,
		Zone:      o.bootZone(),
		Seed:      o.Seed,
		Clock:     o.bootClock(),
		Tools:     o.toolNames(),
		Profile:   string(o.Profile),
		// Of the source alone: what files the script loads is yet to be seen.
		Generation: w.version(),
	}, nil
}

// prepareBoot makes the BOOT frame, or has it made once the script is bundled.
func (w *Worker) prepareBoot(script *Script, files bool) error {
	boot, err := w.bootMessage(script, files)
	if err != nil {
		return err
	}
	if script.language == TS {
		w.bundling, w.bootSays = make(chan struct{}), boot
		return nil
	}
	w.boot, err = bootFrame(boot)
	w.bootMade = true
	return err
}

// bootFrame is the BOOT frame.
func bootFrame(boot *wire.Boot) ([]byte, error) {
	frame, err := wire.AppendMessage(make([]byte, wire.HeaderSize), boot)
	if err != nil {
		return nil, err
	}
	wire.PutHeader(frame, wire.ControlID(wire.KindBoot, 0))
	return frame, nil
}

// bootClock is the fixed clock as BOOT tells it, nil if there is none.
func (o *Options) bootClock() *time.Time {
	if o.Clock.IsZero() {
		return nil
	}
	return new(o.Clock.UTC())
}

// ceilMillis is d in milliseconds, and 1 for anything between 0 and that.
func ceilMillis(d time.Duration) int64 {
	ms := d.Milliseconds()
	if d%time.Millisecond > 0 {
		ms++
	}
	return ms
}

// mayBootLocked has BOOT sent, first of all, as soon as it is made.
func (w *Worker) mayBootLocked() {
	w.mayBoot = true
	if w.bootMade {
		w.sendBootLocked()
	}
}

func (w *Worker) sendBootLocked() {
	w.addControlLocked(w.boot)
	w.boot = nil
}

// awaitBoot waits until the worker is ready or is not going to be.
func (w *Worker) awaitBoot(ctx context.Context) error {
	limit := time.NewTimer(w.opts.Limits.Start)
	defer limit.Stop()
	select {
	case <-w.booted:
	case <-ctx.Done():
		if w.bootFailed(startGivenUp(w.name, ctx.Err())) {
			w.kill("its start was given up")
		}
	case <-limit.C:
		if w.bootFailed(&CallError{
			outcome: outcome(NotSent), Kind: wire.ErrorDeadline, Err: context.DeadlineExceeded,
			Message: fmt.Sprintf("the script was not %s within %v (Limits.Start)%s", w.step(), w.opts.Limits.Start, w.hintLate()),
		}) {
			w.kill("it was not loaded in time")
		}
	}
	return w.bootErr
}

// step is what is done with the script while it is started.
func (w *Worker) step() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.bundling != nil && !w.bootMade {
		return "bundled"
	}
	return "loaded"
}

// startGivenUp is the error of a Start whose context has ended with ctxErr.
func startGivenUp(name string, ctxErr error) error {
	e := contextError(ctxErr, NotSent).(*CallError)
	e.Message = fmt.Sprintf("the start of %s was given up: %v", name, ctxErr)
	return e
}

// bootFailed settles that the worker will not become ready. It reports false if
// it was settled before: the worker may just have become ready.
func (w *Worker) bootFailed(err error) (settled bool) {
	w.bootOnce.Do(func() {
		w.bootErr = err
		close(w.booted)
		settled = true
	})
	return settled
}

// onReady takes the answer to BOOT.
func (w *Worker) onReady(payload []byte) error {
	version, err := wire.ParseVersion(payload)
	if err != nil {
		return err
	}
	if version != wire.Version {
		return &wire.VersionError{Parent: wire.Version, Child: version}
	}
	var r wire.Ready
	if err := wire.ParseMessage(payload, &r); err != nil {
		return err
	}
	if err := w.checkTools(&r); err != nil {
		if w.bootFailed(err) {
			w.kill("it does not tell of lines")
		}
		return nil
	}
	w.handed.seal()
	w.nameGeneration()
	w.mu.Lock()
	second := w.isReady
	w.isReady = true
	w.mu.Unlock()
	if second {
		return wire.Protocolf("a second READY")
	}
	w.bootOnce.Do(func() {
		w.ready = r
		close(w.booted)
	})
	w.pump()
	return nil
}

// A fatalError ends the connection to a child that has sent FATAL.
type fatalError struct{ message string }

func (e *fatalError) Error() string { return "the worker said FATAL: " + e.message }

// onFatal takes the reason why the child is about to die. Nothing is read behind it:
// the error is a *fatalError.
func (w *Worker) onFatal(payload []byte) error {
	var we wire.Error
	if err := wire.ParseMessage(payload, &we); err != nil {
		return err
	}
	w.mu.Lock()
	loaded := w.isReady
	if w.endErr == nil {
		err := errorFromWire(&we, Unknown)
		if loaded {
			w.endErr = &ExitError{Code: -1, Reason: we.Message, Cause: err}
		} else {
			w.endErr = errorFromWire(&we, NotSent)
		}
	}
	w.mu.Unlock()
	return &fatalError{we.Message}
}
