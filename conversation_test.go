package runner_test

import (
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"scripthost.example/host"
	"scripthost.example/wire"
)

var update = flag.Bool("update", false, "write the recorded conversations into "+page)

// The conversations that the page shows are what is said between package host
// and a real worker. "go test -run TestConversations -update ." writes them
// there.
func TestConversations(t *testing.T) {
	for _, c := range []struct {
		name string
		hold func(t *testing.T) string // returns the dump
	}{
		{"classic", classicConversation},
		{"extended", extendedConversation},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.hold(t)
			want := pageBlock(t, "dump "+c.name)
			if got == want {
				return
			}
			if !*update {
				t.Fatalf("%s: the block \"dump %s\" is not what was said (if it is not to be, run this test with -update):\n%s", page, c.name, got)
			}
			fence := "```dump " + c.name + "\n"
			text := replaceOnce(t, readPage(t), fence+want+"```", fence+got+"```")
			if err := os.WriteFile(page, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func classicConversation(t *testing.T) string {
	needs(t, python)
	dir := workerFolder(t)
	r := newRecorder(t, dir, "python3", "hello.py", "--stdio")
	r.annotate = classicFrame
	w, err := host.Attach(context.Background(), r, nil, &host.Options{Wire: host.Classic, OnEvent: func(host.Event) {}})
	if err != nil {
		t.Fatal(err)
	}
	out, err := w.Call(context.Background(), "Ada")
	if got := fmt.Sprint(out, err); got != "[Hello, Ada! 3] <nil>" {
		t.Errorf("the answer is %s", got)
	}
	return r.end(w)
}

func extendedConversation(t *testing.T) string {
	bin, err := runner()
	if err != nil {
		t.Fatal(err)
	}
	script, err := host.Read("hello.lua", host.Lua, strings.NewReader(pageBlock(t, "lua")))
	if err != nil {
		t.Fatal(err)
	}
	// With the machine's own zone BOOT has none, whatever TZ says.
	local := time.Local
	time.Local = time.FixedZone("Local", 0)
	t.Cleanup(func() { time.Local = local })
	r := newRecorder(t, ".", filepath.Join(bin, "runner"), "child", "--stdio")
	r.annotate = extendedFrame
	w, err := host.Attach(context.Background(), r, script, &host.Options{
		Stdio: true, OnEvent: func(host.Event) {},
		Host: map[string]any{"title": func(name string) string { return "Dr. " + name }},
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := w.Call(context.Background(), "Ada")
	if got := fmt.Sprint(out, err); got != "[Hello, Dr. Ada!] <nil>" {
		t.Errorf("the answer is %s", got)
	}
	if _, err := w.Call(context.Background()); !errors.As(err, new(*host.ScriptError)) {
		t.Errorf("without a name: %v", err)
	}
	return r.end(w)
}

// A recorder is the stream to a worker's standard input and output, and writes
// down what goes through it.
type recorder struct {
	t    *testing.T
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  io.ReadCloser
	dump strings.Builder
	// annotate takes a whole frame off the front of what one end has said.
	annotate func(r *recorder, fromParent bool, b []byte) (rest []byte, ok bool)

	mu       sync.Mutex
	buffered [2][]byte // what is not a whole frame yet: from the worker, from the parent
	greeted  bool
}

func newRecorder(t *testing.T, dir, name string, args ...string) *recorder {
	t.Helper()
	r := &recorder{t: t, cmd: exec.Command(name, args...)}
	r.cmd.Dir, r.cmd.Stderr = dir, os.Stderr
	var err error
	if r.in, err = r.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if r.out, err = r.cmd.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.cmd.Process.Kill() // it has ended, unless the test failed
		r.cmd.Wait()
	})
	return r
}

func (r *recorder) Read(b []byte) (int, error) {
	n, err := r.out.Read(b)
	r.said(false, b[:n])
	if err == io.EOF {
		r.note("worker -> parent: the end of the stream\n")
	}
	return n, err
}

// Write writes down what it writes before the worker can answer it.
func (r *recorder) Write(b []byte) (int, error) {
	r.said(true, b)
	return r.in.Write(b)
}

func (r *recorder) CloseWrite() error {
	r.note("parent -> worker: the end of its direction of the stream: no more requests\n")
	return r.in.Close()
}

func (r *recorder) Close() error { return errors.Join(r.in.Close(), r.out.Close()) }

// end ends the conversation, and returns what was written down.
func (r *recorder) end(w *host.Worker) string {
	r.t.Helper()
	if err := w.Close(); err != nil {
		r.t.Error(err)
	}
	if err := r.cmd.Wait(); err != nil {
		r.t.Error(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, b := range r.buffered {
		if len(b) > 0 {
			r.t.Errorf("half a frame: % x", b)
		}
	}
	return r.dump.String()
}

func (r *recorder) note(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dump.WriteString(text)
}

func (r *recorder) said(fromParent bool, b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	end := 0
	if fromParent {
		end = 1
	}
	r.buffered[end] = append(r.buffered[end], b...)
	for more := len(r.buffered[end]) > 0; more; {
		r.buffered[end], more = r.annotate(r, fromParent, r.buffered[end])
	}
}

// A line is some octets and what they are.
type line struct {
	octets []byte
	what   string
}

// write writes a frame down.
func (r *recorder) write(fromParent bool, what string, lines ...line) {
	direction := "worker -> parent"
	if fromParent {
		direction = "parent -> worker"
	}
	fmt.Fprintf(&r.dump, "%s: %s\n", direction, what)
	width := 0
	for _, l := range lines {
		width = max(width, len(l.octets)*3-1)
	}
	for _, l := range lines {
		fmt.Fprintf(&r.dump, "    %-*s   # %s\n", width, fmt.Sprintf("% x", l.octets), l.what)
	}
}

// values are the lines of values in the form of the serialiser string.
func (r *recorder) values(payload []byte) []line {
	var lines []line
	for len(payload) > 0 {
		octets, rest, err := wire.NextOctets(payload)
		if err != nil {
			r.t.Errorf("a payload that is no list: % x: %v", payload, err)
			return lines
		}
		lines = append(lines, line{payload[:len(payload)-len(rest)], fmt.Sprintf("%q", octets)})
		payload = rest
	}
	return lines
}

// text are the lines of octets that are text for the most part.
func text(b []byte) []line {
	var lines []line
	for len(b) > 0 {
		n := min(len(b), 16)
		printable := strings.Map(func(c rune) rune {
			if c < ' ' || c > '~' {
				return '.'
			}
			return c
		}, string(b[:n]))
		lines = append(lines, line{b[:n], printable})
		b = b[n:]
	}
	return lines
}

func classicFrame(r *recorder, fromParent bool, b []byte) ([]byte, bool) {
	if fromParent {
		payload, rest, ok := wire.ParseSyncRequest(b)
		if !ok {
			return b, false
		}
		r.write(true, "a request", append([]line{{b[:4], length(b[:4])}}, r.values(payload)...)...)
		return rest, len(rest) > 0
	}
	f, rest, ok := wire.ParseFrame(b)
	if !ok {
		return b, false
	}
	what, id := "the answer", "1: an answer"
	if f.ID == 0 {
		what, id = "an event", "0: an event"
	}
	r.write(false, what, append([]line{{b[:4], id}, {b[4:8], length(b[4:8])}}, r.values(f.Payload)...)...)
	return rest, len(rest) > 0
}

func length(b []byte) string { return fmt.Sprintf("length: %d", binary.BigEndian.Uint32(b)) }

// Names of control frames, by their kinds.
var (
	fromParentNames = map[wire.Kind]string{wire.KindBoot: "BOOT", wire.KindReturn: "RETURN", wire.KindDrain: "DRAIN"}
	fromWorkerNames = map[wire.Kind]string{wire.KindReady: "READY", wire.KindError: "ERROR", wire.KindHostCall: "HOSTCALL", wire.KindCallEvent: "CALLEVENT"}
)

func extendedFrame(r *recorder, fromParent bool, b []byte) ([]byte, bool) {
	if greeting := wire.Greeting(); !fromParent && !r.greeted {
		if len(b) < len(greeting) {
			return b, false
		}
		r.greeted = true
		r.write(false, "the greeting", text(b[:len(greeting)])...)
		return b[len(greeting):], len(b) > len(greeting)
	}
	f, rest, ok := wire.ParseFrame(b)
	if !ok {
		return b, false
	}
	control, kind, call := wire.Split(f.ID)
	names := fromWorkerNames
	what := fmt.Sprintf("the result of call %d", call)
	if fromParent {
		names = fromParentNames
		what = fmt.Sprintf("call %d", call)
	}
	id, payload := what, f.Payload
	var lines []line
	if control {
		what = names[kind]
		id = fmt.Sprintf("control, kind %d, call %d", kind, call)
		if call == 0 {
			id = fmt.Sprintf("control, kind %d, no call", kind)
		}
	}
	switch what {
	case "READY":
		payload = maskedReady(r.t, payload)
		lines = text(payload)
	case "BOOT", "ERROR":
		lines = text(payload)
	case "HOSTCALL", "RETURN":
		_, body, err := wire.ParseHostID(payload)
		values, thawErr := wire.CBOR().Thaw(body)
		if err != nil || thawErr != nil {
			r.t.Errorf("%s: % x: %v, %v", what, payload, err, thawErr)
		}
		lines = []line{{payload[:4], "host id"}, {body, fmt.Sprintf("CBOR: %q", values)}}
	case "":
		r.t.Errorf("a control frame of kind %d that this test has no name for", kind)
	default:
		lines = r.values(payload)
	}
	header := wire.AppendHeader(nil, f.ID, uint32(len(payload)))
	r.write(fromParent, what, append([]line{{header[:4], id}, {header[4:], length(header[4:])}}, lines...)...)
	return rest, len(rest) > 0
}

// maskedReady is a READY without what differs from run to run and from system to
// system.
func maskedReady(t *testing.T, payload []byte) []byte {
	var ready wire.Ready
	if err := wire.ParseMessage(payload, &ready); err != nil {
		t.Error(err)
	}
	if ready.PID <= 0 {
		t.Errorf("READY tells the process id %d", ready.PID)
	}
	ready.PID, ready.Protections = 4711, []string{}
	b, err := wire.AppendMessage(nil, &ready)
	if err != nil {
		t.Error(err)
	}
	return b
}
