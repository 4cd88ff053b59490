package host

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"scripthost.example/wire"
)

// ErrUnsupported: this system has no way to start workers.
var ErrUnsupported = errors.New("workers cannot be started on this system: it has no Unix socket pairs")

// stderrKept is how much of the end of what a child wrote to its standard
// streams an ExitError tells.
const stderrKept = 16 << 10

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

// A process is a child process: this program again, with the socket on its file
// descriptor 3, an empty environment, and pipes to nowhere else.
type process struct {
	cmd    *exec.Cmd
	output *output
	exited chan struct{} // closed once state is set
	state  *os.ProcessState
}

// startProcess starts a child that is called name in the process table. It
// closes child, the child's end of the socket.
func startProcess(name string, child *os.File, line func(string)) (*process, error) {
	defer child.Close()
	if len(os.Args) > 1 && os.Args[1] == wire.ChildArg {
		return nil, errors.New("this process is itself a worker: its program has to call child.Enter first thing in main")
	}
	path, err := ownPath()
	if err != nil {
		return nil, fmt.Errorf("cannot find this program, to start it as a worker: %w", err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("cannot start a worker: %w", err)
	}
	defer write.Close()
	cmd := &exec.Cmd{
		Path:       path,
		Args:       []string{"worker " + name, wire.ChildArg},
		Env:        childEnvironment(),
		Stdout:     write,
		Stderr:     write,
		ExtraFiles: []*os.File{child},
	}
	if err := cmd.Start(); err != nil {
		read.Close()
		return nil, fmt.Errorf("cannot start a worker: %w", err)
	}
	p := &process{cmd: cmd, output: newOutput(read, line), exited: make(chan struct{})}
	go p.wait()
	return p, nil
}

func (p *process) wait() {
	// The state tells all that the error would.
	_ = p.cmd.Wait()
	p.state = p.cmd.ProcessState
	close(p.exited)
}

// kill ends the process if it has not ended yet.
func (p *process) kill() {
	select {
	case <-p.exited:
	default:
		// It may have exited just now, which is as well.
		_ = p.cmd.Process.Kill()
	}
}

// An output keeps the end of what a child wrote to its standard streams, and
// tells each line.
type output struct {
	src  *os.File
	line func(string)
	kept []byte
	done chan struct{}
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
		o.kept = append(o.kept, buf[:n]...)
		if over := len(o.kept) - stderrKept; over > 0 {
			o.kept = o.kept[:copy(o.kept, o.kept[over:])]
		}
		if err != nil {
			lines.flush()
			return
		}
	}
}

// end waits for the streams' end, but not for long, and returns what was kept.
func (o *output) end() string {
	awaitEnd(o.done, func() bool { return unread(o.src) })
	o.src.SetReadDeadline(time.Unix(1, 0))
	<-o.done
	return string(o.kept)
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
