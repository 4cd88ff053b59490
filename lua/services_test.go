package lua

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"scripthost.example/child/engine"
)

func stateOf(ec *engine.Call) *fakeCall {
	if ec == nil {
		return nil
	}
	return ec.State.(*fakeCall)
}

const header = "header--"

func (f *fake) Frame() []byte { return []byte(header) }

func (f *fake) open(frame []byte) ([]any, []byte) {
	if string(frame[:len(header)]) != header {
		f.t.Error("the header was changed")
	}
	values, _ := f.codec.Thaw(frame[len(header):])
	return values, frame[len(header):]
}

func (f *fake) tooLarge(frame []byte) error {
	values, _ := f.open(frame)
	if f.maxSize > 0 && len(fmt.Sprint(values...)) > f.maxSize {
		return &engine.Error{Kind: engine.KindLimit, Message: "too large"}
	}
	return nil
}

func (f *fake) Answer(ec *engine.Call, frame []byte) error {
	c := stateOf(ec)
	if err := f.tooLarge(frame); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if c.cancelled {
		return nil
	}
	if c.answered {
		return engine.ErrAnswered
	}
	c.answers++
	c.answered = true
	c.results, c.octets = f.open(frame)
	f.changed.Broadcast()
	return nil
}

func (f *fake) Fail(ec *engine.Call, err error) error {
	c := stateOf(ec)
	f.mu.Lock()
	defer f.mu.Unlock()
	if c != nil && c.cancelled {
		return nil
	}
	if c == nil || c.answered {
		r := record{level: engine.LevelError, message: err.Error()}
		if c != nil {
			r.call = c.ID
		}
		f.records = append(f.records, r)
		f.changed.Broadcast()
		return engine.ErrAnswered
	}
	c.answers++
	c.answered = true
	if !errors.As(err, &c.err) {
		f.t.Errorf("Fail with a %T", err)
	}
	f.changed.Broadcast()
	return nil
}

func (f *fake) Event(ec *engine.Call, frame []byte) error {
	c := stateOf(ec)
	if err := f.tooLarge(frame); err != nil {
		return err
	}
	args, _ := f.open(frame)
	f.mu.Lock()
	defer f.mu.Unlock()
	e := event{args: args}
	if c != nil {
		if c.answered {
			return engine.ErrAnswered
		}
		e.call = c.ID
	}
	f.events = append(f.events, e)
	f.changed.Broadcast()
	return nil
}

func (f *fake) Log(ec *engine.Call, level engine.Level, message string, fields map[string]any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := record{level: level, message: message, fields: fields}
	if c := stateOf(ec); c != nil {
		r.call = c.ID
	}
	f.records = append(f.records, r)
	f.changed.Broadcast()
}

func (f *fake) HostCall(ec *engine.Call, name string, args []any, done func([]any, error)) {
	fn := f.host[name]
	if fn == nil {
		done(nil, &engine.Error{Kind: engine.KindScript, Message: "no such function " + name})
		return
	}
	args = append([]any{}, args...)
	f.work(func() { done(fn(args)) })
}

func (f *fake) Post(ec *engine.Call, fn func()) {
	f.work(func() {
		f.hold.Lock()
		defer f.hold.Unlock()
		fn()
	})
}

func (f *fake) After(ec *engine.Call, d time.Duration, fn func()) func() {
	f.begin()
	var once sync.Once
	over := func() { once.Do(f.finish) }
	t := time.AfterFunc(d, func() {
		defer over()
		f.hold.Lock()
		defer f.hold.Unlock()
		fn()
	})
	return func() {
		if t.Stop() {
			over()
		}
	}
}

func (f *fake) Wait(ec *engine.Call, start func(func())) error {
	c := stateOf(ec)
	var cancel chan struct{}
	if c != nil {
		cancel = c.cancel
	}
	select {
	case <-cancel:
		return c.err
	default:
	}
	woken := make(chan struct{})
	var once sync.Once
	start(func() { once.Do(func() { close(woken) }) })
	select {
	case <-woken:
		return nil
	case <-cancel:
		return c.err
	}
}

func (f *fake) Park(ec *engine.Call, start func(func())) error {
	if !f.async {
		return f.Wait(ec, start)
	}
	letGo := false
	err := f.Wait(ec, func(wake func()) {
		start(wake)
		f.mu.Lock()
		f.parked++
		f.changed.Broadcast()
		f.mu.Unlock()
		letGo = true
		f.hold.Unlock()
	})
	if letGo {
		f.hold.Lock()
	}
	return err
}

func (f *fake) RunUntil(*engine.Call, func() bool) error { return engine.ErrStalled }

func (f *fake) Cancelled(ec *engine.Call) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return stateOf(ec).cancelled
}

func (f *fake) Retire() { f.retired = true }

var _ engine.Services = (*fake)(nil)

func (f *fake) WakeAfter(_ *engine.Call, d time.Duration, wake func()) func() {
	alarm := time.AfterFunc(d, wake)
	return func() { alarm.Stop() }
}

func (f *fake) Now(*engine.Call) time.Time { return time.Now() }
