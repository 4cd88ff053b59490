package scripttest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"scripthost.example/host"
)

// maxWorkers is how many workers the tests of a file may have at a time.
const maxWorkers = 64

// A bench has the workers that the tests of a file have loaded. Its functions are
// called by the worker with the tests, which may ask for anything.
type bench struct {
	*run
	session *session

	mu      sync.Mutex
	last    int64
	loading int // workers that are being started
	workers map[int64]*subject
	ended   bool
}

// A subject is a worker under test.
type subject struct {
	id     int64
	name   string
	worker *host.Worker
	turns  turns

	mu     sync.Mutex
	events []any // since the last reply, as are logs
	logs   []any
	size   int
}

// maxNews bounds what is kept of a worker's events and log records until a test
// looks, in octets, about.
const maxNews = 64 << 20

// functions are what the worker with the tests can call.
func (b *bench) functions() map[string]any {
	return map[string]any{
		prefix + "load":    b.load,
		prefix + "call":    b.call,
		prefix + "advance": b.advance,
		prefix + "close":   b.close,
		prefix + "kill":    b.kill,
	}
}

// settings are the options of load.
type settings struct {
	Async      bool     `json:"async"`
	Function   string   `json:"function"`
	Init       string   `json:"init"`
	InitArgs   []any    `json:"initArgs"`
	Serialiser string   `json:"serialiser"`
	JSON       bool     `json:"json"`
	FakeTime   bool     `json:"fakeTime"`
	Clock      string   `json:"clock"`
	Seed       *uint64  `json:"seed"`
	Timeout    float64  `json:"timeout"`
	Host       []string `json:"host"`
}

// serialisers are those that load can name.
var serialisers = map[string]host.Serialiser{"string": host.String, "json": host.JSON, "cbor": host.CBOR, "msgpack": host.MsgPack}

// parseSettings reads the options of load.
func parseSettings(text string) (*settings, error) {
	s := new(settings)
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(s); err != nil {
		what := strings.TrimPrefix(err.Error(), "json: ")
		if name, ok := strings.CutPrefix(what, "unknown field "); ok {
			return nil, fmt.Errorf("load: there is no option %s: there are async, function, init, initArgs, serialiser, json, host, fakeTime, clock, seed and timeout", name)
		}
		return nil, fmt.Errorf("load: an option is not what it should be: %s", strings.TrimPrefix(what, "cannot unmarshal "))
	}
	return s, nil
}

// options are the worker's for what load asks for.
func (b *bench) options(s *settings, w *subject) (*host.Options, error) {
	o := &host.Options{
		Async: s.Async, Function: s.Function, Init: s.Init, InitArgs: s.InitArgs, Seed: s.Seed,
		Serialiser: b.Serialiser, Grants: b.Grants, Sandbox: b.Sandbox, Tools: host.Tools{Clock: s.FakeTime, Coverage: b.Coverage != nil},
		Limits:   host.Limits{Memory: b.Memory},
		Host:     make(map[string]any),
		OnEvent:  func(ev host.Event) { w.add(&w.events, ev.Args) },
		OnError:  func(error) {}, // the calls say so, too
		OnModule: b.OnModule,
		Audit:    b.Audit,
		Logger:   silent,
	}
	log := b.onLog(w.name)
	o.OnLog = func(l host.LogRecord) {
		record := map[string]any{"level": l.Level, "message": l.Message}
		if len(l.Fields) > 0 {
			record["fields"] = l.Fields
		}
		w.add(&w.logs, record)
		log(l)
	}
	if s.JSON {
		o.Serialiser = host.JSON
	}
	if s.Serialiser != "" {
		if o.Serialiser = serialisers[s.Serialiser]; o.Serialiser == nil {
			return nil, fmt.Errorf("load: there is no serialiser %q: there are string, json, cbor and msgpack", s.Serialiser)
		}
	}
	if s.Clock != "" {
		t, err := time.Parse(time.RFC3339, s.Clock)
		if err != nil {
			return nil, fmt.Errorf("load: the clock %q is no time like 2024-02-29T12:30:00Z", s.Clock)
		}
		o.Clock = t
	}
	if s.Timeout > 0 {
		o.Limits.CallTime = time.Duration(min(s.Timeout, 1e12) * float64(time.Millisecond))
	}
	for _, name := range s.Host {
		o.Host[name] = host.HostFunction(func(ctx context.Context, args []any) ([]any, error) {
			if args == nil {
				args = []any{}
			}
			return b.session.worker.Function(fakeTool).Call(ctx, w.id, name, args)
		})
	}
	return o, nil
}

// add adds to what a test has not seen. What is too much is left out: the worker
// is not to fill our memory.
func (w *subject) add(list *[]any, item any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.size += sizeOf(item); w.size <= maxNews {
		*list = append(*list, item)
	}
}

// sizeOf is about what a value takes.
func sizeOf(v any) int {
	const each = 32
	switch v := v.(type) {
	case string:
		return each + len(v)
	case []byte:
		return each + len(v)
	case []any:
		n := each
		for _, item := range v {
			n += sizeOf(item)
		}
		return n
	case map[string]any:
		n := each
		for key, item := range v {
			n += len(key) + sizeOf(item)
		}
		return n
	}
	return each
}

// news are the events and the log records since the last time.
func (w *subject) news() map[string]any {
	w.mu.Lock()
	defer w.mu.Unlock()
	news := map[string]any{"events": list(w.events), "logs": list(w.logs)}
	w.events, w.logs, w.size = nil, nil, 0
	return news
}

func list(items []any) []any {
	if items == nil {
		return []any{}
	}
	return items
}

// load(file, options): the worker of a file of the project. Each function returns
// what it has to say, or {error}, and but for load the news of the worker.
func (b *bench) load(ctx context.Context, file, options string) ([]any, error) {
	s, err := parseSettings(options)
	if err != nil {
		return nil, err
	}
	name, err := b.find(file)
	if err != nil {
		return nil, err
	}
	if abs, err := filepath.Abs(name); err == nil && b.OnModule != nil {
		b.OnModule([]string{abs})
	}
	script, err := host.Open(name)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	full := len(b.workers)+b.loading >= maxWorkers
	if !full {
		b.last++
		b.loading++
	}
	w := &subject{id: b.last, name: name}
	b.mu.Unlock()
	if full {
		return nil, fmt.Errorf("load: %d workers are loaded at a time, and there can be no more", maxWorkers)
	}
	defer func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.loading--
	}()
	o, err := b.options(s, w)
	if err != nil {
		return nil, err
	}
	if w.worker, err = host.Start(ctx, script, o); err != nil {
		return []any{map[string]any{"error": errorValue(err)}}, nil
	}
	if !b.add(w) {
		w.worker.Kill()
		return nil, errors.New("the tests have ended")
	}
	functions := []any{}
	for _, name := range w.worker.Functions() {
		functions = append(functions, name)
	}
	return []any{map[string]any{"id": w.id, "script": name, "functions": functions}}, nil
}

// add adds a worker that has started, unless the tests have ended.
func (b *bench) add(w *subject) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.workers == nil {
		b.workers = make(map[int64]*subject)
	}
	if !b.ended {
		b.workers[w.id] = w
	}
	return !b.ended
}

// find is the path of a file of the project that a test names, from its own folder.
func (b *bench) find(file string) (string, error) {
	path := filepath.Join(filepath.Dir(b.file), filepath.FromSlash(file))
	if filepath.IsAbs(file) {
		path = file
	}
	root, err := filepath.EvalSymlinks(b.Root)
	if err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil {
		return "", fmt.Errorf("load: there is no file %s", file)
	}
	rel, err := filepath.Rel(root, real)
	if err != nil || !filepath.IsLocal(rel) {
		return "", fmt.Errorf("load: %s is not in the folder of the project, %s", file, b.Root)
	}
	return path, nil
}

// get returns a worker, which a test may have closed.
func (b *bench) get(id int64) (*subject, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if w := b.workers[id]; w != nil {
		return w, nil
	}
	return nil, errors.New("the worker is closed: workers are when the test ends that has loaded them")
}

// reply is what a function returns.
func reply(w *subject, results []any, err error) []any {
	answer := map[string]any{"results": list(results)}
	if err != nil {
		answer = map[string]any{"error": errorValue(err)}
	}
	return []any{answer, w.news()}
}

// call(id, turn, function, args): calls a function of the worker, run if it is
// empty.
func (b *bench) call(ctx context.Context, id int64, turn uint64, function string, args []any) ([]any, error) {
	w, err := b.get(id)
	if err != nil {
		return nil, err
	}
	if err := w.turns.await(ctx, turn); err != nil {
		return nil, err
	}
	var c host.Caller = w.worker
	if function != "" {
		c = w.worker.Function(function)
	}
	type answer struct {
		results []any
		err     error
	}
	answers := make(chan answer, 1)
	c.Go(func(results []any, err error) { answers <- answer{results, err} }, args...)
	w.turns.end()
	select {
	case a := <-answers:
		return reply(w, a.results, a.err), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// advance(id, turn, ms): lets the fake time of the worker go on.
func (b *bench) advance(ctx context.Context, id int64, turn uint64, ms float64) ([]any, error) {
	w, err := b.get(id)
	if err != nil {
		return nil, err
	}
	if err := w.turns.await(ctx, turn); err != nil {
		return nil, err
	}
	defer w.turns.end()
	switch {
	case !(ms >= 0 && ms < 1e12): // 31 years
		return nil, fmt.Errorf("advance: %v is no time to go on by", ms)
	}
	err = w.worker.Advance(ctx, time.Duration(ms*float64(time.Millisecond)))
	if errors.Is(err, host.ErrClockRuns) {
		return nil, errors.New("advance: the worker has the real time: load it with the option fakeTime")
	}
	return reply(w, nil, err), nil
}

// close(id, turn): lets the worker finish its calls.
func (b *bench) close(ctx context.Context, id int64, turn uint64) ([]any, error) {
	w, err := b.take(ctx, id, turn)
	if err != nil {
		return nil, err
	}
	err = w.worker.Close()
	return reply(w, nil, err), nil
}

// kill(id, turn): ends the worker.
func (b *bench) kill(ctx context.Context, id int64, turn uint64) ([]any, error) {
	w, err := b.take(ctx, id, turn)
	if err != nil {
		return nil, err
	}
	w.end()
	return reply(w, nil, nil), nil
}

// take takes a worker away from the tests.
func (b *bench) take(ctx context.Context, id int64, turn uint64) (*subject, error) {
	w, err := b.get(id)
	if err != nil {
		return nil, err
	}
	if err := w.turns.await(ctx, turn); err != nil {
		return nil, err
	}
	defer w.turns.end()
	b.Coverage.collect(ctx, b.run, w.worker)
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.workers, id)
	return w, nil
}

func (w *subject) end() {
	w.worker.Kill()
	<-w.worker.Done()
}

// end ends all workers.
func (b *bench) end() {
	b.mu.Lock()
	b.ended = true
	var all []*subject
	for _, w := range b.workers {
		all = append(all, w)
	}
	clear(b.workers)
	b.mu.Unlock()
	// They have one time together: each of them may hang.
	ctx, cancel := context.WithTimeout(context.Background(), coverageTime)
	defer cancel()
	for _, w := range all {
		b.Coverage.collect(ctx, b.run, w.worker)
		w.end()
	}
}

// errorValue is an error of a worker's as the test gets it.
func errorValue(err error) map[string]any {
	f := failureOf(err)
	e := map[string]any{"kind": f.Kind, "message": f.Message, "outcome": host.OutcomeOf(err).String()}
	frames := []any{}
	for _, frame := range f.Stack {
		plain := frame
		plain.Function = ""
		frames = append(frames, map[string]any{"function": frame.Function, "file": frame.File, "line": int64(frame.Line), "column": int64(frame.Column), "at": plain.String()})
	}
	e["stack"] = frames
	var script *host.ScriptError
	if errors.As(err, &script) && script.Value != nil {
		e["value"] = script.Value
	}
	return e
}
