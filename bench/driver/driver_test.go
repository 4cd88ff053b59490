package driver

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// A fake is a peer that does all jobs in this process. One that lies does each of
// them wrong, and one that fails none.
type fake struct{ lies, fails bool }

var errFake = errors.New("the fake fails")

func (f fake) echo(payload string) (string, error) {
	switch {
	case f.fails:
		return "", errFake
	case f.lies:
		return "2" + payload[1:], nil
	}
	return payload, nil
}

func (f fake) sum(n int) (int64, error) {
	switch {
	case f.fails:
		return 0, errFake
	case f.lies:
		return upTo(n) + 1, nil
	}
	return upTo(n), nil
}

func (fake) Version() string          { return "fake" }
func (f fake) Start() (Worker, error) { return f, nil }
func (f fake) PID() int               { return 1 }
func (f fake) Close() error           { return nil }

func (f fake) Call(payload string) (string, error) { return f.echo(payload) }

func (f fake) Stream(n int, fn func(string, error)) func(string) {
	asked := make(chan string, n)
	go func() {
		for range n {
			fn(f.echo(<-asked))
		}
	}()
	return func(payload string) { asked <- payload }
}

func (f fake) Emit(n int) (int64, error) { return f.sum(n) }

func (fake) Forms() []string { return []string{ObjectJSON, ObjectBinary} }

func (f fake) Object(_ string, objects []*Object) (*ObjectCaller, error) {
	return &ObjectCaller{
		Call: func(i int) (any, error) {
			if f.fails {
				return nil, errFake
			}
			tree, err := objects[i].Tree()
			if f.lies {
				tree["text"] = "another"
			}
			return tree, err
		},
		ID:    func(answer any) int64 { return answer.(map[string]any)["id"].(int64) },
		Whole: FromTree,
		End:   func() error { return nil },
	}, nil
}

func (f fake) Spares() (func(string) (string, time.Duration, error), func() error, error) {
	return func(payload string) (string, time.Duration, error) {
		answer, err := f.echo(payload)
		return answer, time.Microsecond, err
	}, func() error { return nil }, nil
}

func (f fake) Pool(int) (func(int) (int64, error), func() error, error) {
	return func(n int) (int64, error) {
		time.Sleep(time.Duration(n) * time.Microsecond) // what it computes takes
		return f.sum(n)
	}, func() error { return nil }, nil
}

func (fake) Pairs() []string { return []string{Unused, Scheduling, Codec} }

func (f fake) Pair(string) (*Pair, error) {
	call := func(n int) error {
		answer, err := f.echo(number(n))
		if err == nil {
			err = right(number(n), answer)
		}
		return err
	}
	return &Pair{One: call, Other: call, End: func() error { return nil }}, nil
}

// jobs has one of each kind, small ones.
func jobs() []Job {
	return []Job{
		{Kind: Latency, Size: 16}, {Kind: Latency, Size: 1000},
		{Kind: Calls, Size: 16, Outstanding: 64}, {Kind: Calls, Size: 1000, Outstanding: 8},
		{Kind: Stream}, {Kind: Events}, {Kind: Start}, {Kind: Spare},
		{Kind: ObjectJSON}, {Kind: ObjectBinary}, {Kind: Pool, Workers: 2}, {Kind: Callers, Workers: 3},
		{Kind: Hold, Workers: 4}, {Kind: Unused}, {Kind: Scheduling}, {Kind: Codec},
	}
}

// outcomes has a peer do jobs.
func outcomes(t *testing.T, p Peer, jobs ...Job) (Hello, []Outcome) {
	t.Helper()
	var in, out bytes.Buffer
	for _, j := range jobs {
		j.Millis = 3
		if err := json.NewEncoder(&in).Encode(j); err != nil {
			t.Fatal(err)
		}
	}
	s := &server{peer: p}
	if err := s.serve(json.NewDecoder(&in), json.NewEncoder(&out)); err != nil {
		t.Fatal(err)
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	var hello Hello
	all := make([]Outcome, len(jobs))
	d := json.NewDecoder(&out)
	if err := d.Decode(&hello); err != nil {
		t.Fatal(err)
	}
	for i := range all {
		if err := d.Decode(&all[i]); err != nil {
			t.Fatalf("job %d: %v", i, err)
		}
	}
	return hello, all
}

func TestJobs(t *testing.T) {
	t.Parallel()
	hello, all := outcomes(t, fake{}, append(jobs(), Job{Kind: Release})...)
	if len(hello.Kinds) != 15 || hello.Version != "fake" {
		t.Errorf("the driver says %+v", hello)
	}
	for i, job := range jobs() {
		o := all[i]
		if o.Error != "" || o.Done == 0 || o.Done != o.Right {
			t.Errorf("%+v: %+v", job, o)
		}
		switch job.Kind {
		case Latency, Start, Spare, ObjectJSON, ObjectBinary:
			if len(o.Nanos) != o.Done {
				t.Errorf("%+v: %d calls and %d times", job, o.Done, len(o.Nanos))
			}
		case Pool, Unused, Scheduling, Codec:
			if n := len(o.Nanos); n == 0 || n != len(o.Beside) || 2*n > o.Done || slices.Min(o.Nanos) <= 0 || slices.Min(o.Beside) <= 0 {
				t.Errorf("%+v: turns of %d and %d of %d calls", job, o.Nanos, o.Beside, o.Done)
			}
		case Hold:
			if len(o.PIDs) != 4 {
				t.Errorf("%+v: %+v", job, o)
			}
		default:
			if len(o.Nanos) != 1 || o.Nanos[0] <= 0 {
				t.Errorf("%+v: %+v", job, o.Nanos)
			}
		}
	}
}

// A wrong answer and one that is an error are errors of every job.
func TestWrong(t *testing.T) {
	t.Parallel()
	_, lies := outcomes(t, fake{lies: true}, jobs()...)
	_, fails := outcomes(t, fake{fails: true}, jobs()...)
	for i, job := range jobs() {
		if e := lies[i].Error; e == "" || lies[i].Done != 0 {
			t.Errorf("%+v: a wrong answer is %+v", job, lies[i])
		}
		if e := fails[i].Error; !strings.Contains(e, errFake.Error()) {
			t.Errorf("%+v: a failure is %+v", job, fails[i])
		}
	}
}

// counted tells how many of its workers were started and closed.
type counted struct {
	fake
	started, closed *int
}

func (c counted) Start() (Worker, error) {
	*c.started++
	return c, nil
}

func (c counted) Close() error {
	*c.closed++
	return nil
}

// The workers of Callers are the same ones in each job until Release.
func TestCallersStay(t *testing.T) {
	t.Parallel()
	var started, closed int
	s := &server{peer: counted{fake{}, &started, &closed}, kinds: []string{Callers, Release}}
	do := func(job Job, wantStarted, wantClosed int) {
		t.Helper()
		if _, err := s.do(job); err != nil || started != wantStarted || closed != wantClosed {
			t.Errorf("after %+v %d are started and %d closed, %v", job, started, closed, err)
		}
	}
	do(Job{Kind: Callers, Workers: 3}, 3, 0)
	do(Job{Kind: Callers, Workers: 3}, 3, 0)
	do(Job{Kind: Release}, 3, 3)
	do(Job{Kind: Callers, Workers: 2}, 5, 3)
	if err := s.close(); err != nil || closed != 5 {
		t.Errorf("in the end %d are closed, %v", closed, err)
	}
}

// single is a worker for one call at a time.
type single struct{ fake }

func (single) Single()                  {}
func (s single) Start() (Worker, error) { return s, nil }

func TestRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		peer Peer
		job  Job
		want string
	}{
		{single{}, Job{Kind: Calls, Size: 16, Outstanding: 2}, "cannot do"},
		{fake{}, Job{Kind: "dance"}, "cannot do"},
		{fake{}, Job{Kind: Latency, Size: 15}, "16 bytes at least"},
		{fake{}, Job{Kind: Calls, Size: 0, Outstanding: 2}, "16 bytes at least"},
	} {
		_, all := outcomes(t, test.peer, test.job)
		if !strings.Contains(all[0].Error, test.want) {
			t.Errorf("%+v: %+v", test.job, all[0])
		}
	}
}

func TestPayloads(t *testing.T) {
	t.Parallel()
	for _, size := range []int{16, 17, 64, 1000, 1 << 20} {
		payload, err := payloads(size)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 8 {
			if p := payload(n); len(p) != size || p[:digits] != number(n) {
				t.Errorf("payload %d of %d bytes has %d: %.40s", n, size, len(p), p)
			}
		}
		p := payload(3)
		for _, wrong := range []string{"", p[:size-1], p + "x", payload(4), "x" + p[1:], p[:size-1] + "X"} {
			if right(p, wrong) == nil {
				t.Errorf("of %d bytes %.40q passes for %.40q", size, wrong, p)
			}
		}
	}
}

func TestObject(t *testing.T) {
	t.Parallel()
	o := NewObject(7)
	b, err := json.Marshal(o)
	if err != nil || len(b) < 900 || len(b) > 1150 {
		t.Errorf("an object has %d bytes of JSON instead of about 1 KB, %v", len(b), err)
	}
	tree, err := o.Tree()
	if err != nil {
		t.Fatal(err)
	}
	back, err := FromTree(tree)
	if err != nil || !o.Equal(back) || o.Equal(NewObject(8)) {
		t.Errorf("%+v became %+v, %v", o, back, err)
	}
}

// Of two ways neither is always the first one of a pair, and what is in a pair is of
// turns that were next to each other.
func TestByTurns(t *testing.T) {
	t.Parallel()
	var order []int64 // the ways of turns, 1 and 2
	way := func(number int64) turnFunc {
		return func(time.Duration) (int64, int, error) {
			order = append(order, number)
			return int64(len(order)), int(number), nil // when it was, and how many calls
		}
	}
	o, err := pairs(0, time.Millisecond, way(1), way(2))
	if err != nil || !slices.Equal(order, []int64{1, 2}) || o.Done != 3 || o.Right != 3 {
		t.Errorf("a pair is %v: %+v, %v", order, o, err)
	}
	order = nil
	fails := func(turn time.Duration) (int64, int, error) {
		if len(order) == 6 {
			return 0, 0, errFake
		}
		return way(2)(turn)
	}
	if o, err = pairs(time.Hour, time.Millisecond, way(1), fails); !errors.Is(err, errFake) || o.Done != 0 {
		t.Errorf("after a failure there is %+v, %v", o, err)
	}
	if want := []int64{1, 2, 2, 1, 1, 2}; !slices.Equal(order, want) {
		t.Errorf("the turns are of %v and not of %v", order, want)
	}
	order = nil
	if o, err = pairs(50*time.Microsecond, 0, way(1), way(2)); err != nil {
		t.Fatal(err)
	}
	for i := range o.Nanos {
		if d := o.Nanos[i] - o.Beside[i]; d != 1 && d != -1 {
			t.Errorf("a pair is of the turns %d and %d", o.Nanos[i], o.Beside[i])
		}
	}
}
