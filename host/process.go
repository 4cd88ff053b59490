package host

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"scripthost.example/wire"
)

// ErrUnsupported: this system has no way to start workers.
var ErrUnsupported = errors.New("workers cannot be started on this system: it has no Unix socket pairs")

// How much of the beginning and of the end of what a child wrote to its standard
// streams an ExitError tells.
const (
	headKept = 4 << 10
	tailKept = 12 << 10
)

// outputWait is how long the end of a child's socket and standard streams is
// waited for once the child is gone and all that it wrote has been read: a
// process that it left behind may hold them.
const outputWait = 100 * time.Millisecond

// exitWait is how long a child has to exit once its socket has ended, before it
// is killed, and how long what it wrote is read once it has exited. Nothing
// waits for it that has a deadline.
const exitWait = 2 * time.Second

// awaitEnd waits until done is closed. It gives up where nothing is left that
// could be read, but something else than the child holds the other end.
func awaitEnd(done <-chan struct{}, unread func() bool) {
	t := time.NewTicker(outputWait)
	defer t.Stop()
	for range exitWait / outputWait {
		select {
		case <-done:
			return
		case <-t.C:
			if !unread() {
				return
			}
		}
	}
}

// A process is a child process: this program again, or a command.
type process struct {
	cmd    *exec.Cmd
	output *output
	group  bool   // it has a process group of its own
	onStop func() // is called if it stops, of a command
	spawn  func(*exec.Cmd) error
	ended  chan struct{} // closed once state is set
	state  *os.ProcessState

	mu     sync.Mutex
	reaped bool // its number may be another's
}

// A launch says what a process is made of.
type launch struct {
	name    string   // in the process table, of this program again
	worker  string   // an executable of this project's, instead of this program
	command []string // another program, instead of this one
	env     []string // of the command
	// stdin and stdout are the child's ends of its stream, or nil; files are
	// its descriptors from 3 on. They are closed in this process.
	stdin, stdout *os.File
	files         []*os.File
	line          func(string)          // gets what it writes otherwise
	stopped       func()                // is called if the command is stopped
	spawn         func(*exec.Cmd) error // as in Options
}

// close closes what the child has got, or will not get.
func (s *launch) close() {
	for _, f := range append([]*os.File{s.stdin, s.stdout}, s.files...) {
		if f != nil {
			f.Close()
		}
	}
}

// startProcess starts a child.
func startProcess(s launch) (*process, error) {
	defer s.close()
	if len(os.Args) > 1 && os.Args[1] == wire.ChildArg {
		return nil, errors.New("this process is itself a worker: its program has to call child.Enter first thing in main")
	}
	cmd, err := s.cmd()
	if err != nil {
		return nil, err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("cannot start a worker: %w", err)
	}
	defer write.Close()
	cmd.Stdout, cmd.Stderr = write, write
	if s.stdout != nil {
		cmd.Stdin, cmd.Stdout = s.stdin, s.stdout
	}
	cmd.ExtraFiles = s.files
	group := len(s.command) > 0 && ownGroup(cmd)
	p := &process{cmd: cmd, group: group, onStop: s.stopped, spawn: s.spawn, ended: make(chan struct{})}
	if p.spawn == nil {
		p.spawn = (*exec.Cmd).Start
	}
	if err := p.start(); err != nil {
		read.Close()
		if len(s.command) > 0 {
			return nil, &CommandError{Command: s.command, Err: err}
		}
		return nil, fmt.Errorf("cannot start a worker: %w", err)
	}
	p.output = newOutput(read, s.line)
	return p, nil
}

// cmd is what is to be run. This program, or the worker, gets an empty environment.
func (s *launch) cmd() (*exec.Cmd, error) {
	if len(s.command) == 0 {
		path := s.worker
		if path == "" {
			var err error
			if path, err = ownPath(); err != nil {
				return nil, fmt.Errorf("cannot find this program, to start it as a worker: %w", err)
			}
		}
		return &exec.Cmd{Path: path, Args: []string{"worker " + s.name, wire.ChildArg}, Env: childEnvironment()}, nil
	}
	path, err := exec.LookPath(s.command[0])
	if err != nil {
		return nil, &CommandError{Command: s.command, Err: err}
	}
	return &exec.Cmd{Path: path, Args: s.command, Env: s.env}, nil
}

// start starts the process and sees to it that it is waited for. A command ends
// with the thread that started it, so that it ends with this program: that
// thread is kept for it.
func (p *process) start() error {
	if !p.group {
		err := withWorkerSlack(func() error { return p.spawn(p.cmd) })
		if err == nil {
			go p.wait()
		}
		return err
	}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends here
		err := p.spawn(p.cmd)
		started <- err
		if err == nil {
			p.wait()
		}
	}()
	return <-started
}

func (p *process) wait() {
	if p.group {
		awaitExit(p.cmd.Process.Pid, p.onStop)
	}
	p.mu.Lock()
	if p.group {
		killGroup(p.cmd.Process) // what it left behind
	}
	p.mu.Unlock()
	// The state tells all that the error would.
	_ = p.cmd.Wait()
	p.mu.Lock()
	p.reaped = true
	p.mu.Unlock()
	p.state = p.cmd.ProcessState
	close(p.ended)
}

func (p *process) pid() int              { return p.cmd.Process.Pid }
func (p *process) gone() <-chan struct{} { return p.ended }
func (p *process) streamEnded()          {}

// kill ends the process if it has not ended yet, and of a command also what it
// has started.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reaped {
		return
	}
	// It may have exited just now, which is as well.
	if p.group {
		killGroup(p.cmd.Process)
	}
	_ = p.cmd.Process.Kill()
}

func (p *process) exit() exit {
	return exit{code: p.state.ExitCode(), signal: signalOf(p.state), output: p.output.end(), failed: !p.state.Success()}
}

// An output keeps the beginning and the end of what a child wrote to its
// standard streams, and tells each line. The beginning is where a Go program
// says why it dies.
type output struct {
	src     *os.File
	line    func(string)
	head    []byte
	tail    []byte // a ring, once it is full
	next    int    // in tail, where the next byte goes
	dropped int64  // bytes between head and tail
	done    chan struct{}
}

func newOutput(src *os.File, line func(string)) *output {
	o := &output{src: src, line: line, done: make(chan struct{})}
	go o.run()
	return o
}

func (o *output) run() {
	defer close(o.done)
	defer o.src.Close()
	lines := lineSplitter{emit: o.line}
	buf := make([]byte, 4<<10)
	for {
		n, err := o.src.Read(buf)
		lines.write(buf[:n])
		o.keep(buf[:n])
		if err != nil {
			lines.flush()
			return
		}
	}
}

func (o *output) keep(b []byte) {
	n := min(len(b), headKept-len(o.head))
	o.head = append(o.head, b[:n]...)
	for _, c := range b[n:] {
		if len(o.tail) < tailKept {
			o.tail = append(o.tail, c)
			continue
		}
		o.tail[o.next] = c
		o.next = (o.next + 1) % tailKept
		o.dropped++
	}
}

// kept is what was kept, and says what was not.
func (o *output) kept() string {
	gap := ""
	if o.dropped > 0 {
		gap = fmt.Sprintf("\n... (%d bytes are left out)\n", o.dropped)
	}
	return string(o.head) + gap + string(o.tail[o.next:]) + string(o.tail[:o.next])
}

// end waits for the streams' end, but not for long, and returns what was kept.
func (o *output) end() string {
	awaitEnd(o.done, func() bool { return unread(o.src) })
	o.src.SetReadDeadline(time.Unix(1, 0))
	<-o.done
	return o.kept()
}

// A lineSplitter emits lines without their ends; one longer than maxLine is cut
// into several.
type lineSplitter struct {
	emit func(string)
	rest []byte
}

const maxLine = 64 << 10

func (l *lineSplitter) write(b []byte) {
	for _, c := range b {
		if c != '\n' {
			l.rest = append(l.rest, c)
			if len(l.rest) < maxLine {
				continue
			}
		}
		l.emit(string(l.rest))
		l.rest = l.rest[:0]
	}
}

func (l *lineSplitter) flush() {
	if len(l.rest) > 0 {
		l.emit(string(l.rest))
		l.rest = nil
	}
}
