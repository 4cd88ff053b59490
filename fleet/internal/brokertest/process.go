package brokertest

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// A Process is a broker in a process of its own, which is the test binary again. It ends
// with the test, and with the test binary however that ends. Its methods are for one
// goroutine at a time.
type Process struct {
	// Name is the broker's name, which JetStream calls its leaders by.
	Name string
	// Dir has what the broker keeps: its configuration, its log, and its store in "js".
	Dir string

	t         testing.TB
	port      int // -1 before the first start
	routePort int
	running   *running // nil while there is no process
}

// running is a process that has been started.
type running struct {
	cmd   *exec.Cmd
	stdin io.Closer
	done  chan struct{} // closed once it has been waited for
}

// StartProcess starts a broker with JetStream in a process of its own, on a loopback port
// that it keeps when it is started again. Conf, which may be empty, is added to its
// configuration file.
func StartProcess(t testing.TB, conf string) *Process {
	t.Helper()
	p := newProcess(t, "broker", conf)
	p.Start()
	return p
}

// newProcess writes down the configuration of a broker that is not started yet.
func newProcess(t testing.TB, name, conf string) *Process {
	t.Helper()
	p := &Process{Name: name, Dir: t.TempDir(), t: t, port: server.RANDOM_PORT}
	conf = fmt.Sprintf("server_name: %q\nhost: \"127.0.0.1\"\njetstream: { store_dir: %q }\n%s\n", name, filepath.Join(p.Dir, "js"), conf)
	if err := os.WriteFile(p.confFile(), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.end)
	return p
}

func (p *Process) confFile() string { return filepath.Join(p.Dir, "broker.conf") }

// LogFile is the file that the broker writes its log to, over all its starts.
func (p *Process) LogFile() string { return filepath.Join(p.Dir, "broker.log") }

// URL is where clients find the broker; it remains the same over all its starts.
func (p *Process) URL() string { return fmt.Sprintf("nats://127.0.0.1:%d", p.port) }

// Pid is the id of the process, or 0 if there is none.
func (p *Process) Pid() int {
	if p.running == nil {
		return 0
	}
	return p.running.cmd.Process.Pid
}

// Start starts the broker, again if it has been running: on the same port, with what it
// has stored. It returns once clients can connect.
func (p *Process) Start() {
	p.t.Helper()
	if p.running != nil {
		p.t.Fatalf("%s is running", p.Name)
	}
	executable, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	config, err := json.Marshal(childConfig{Conf: p.confFile(), Port: p.port, Log: p.LogFile()})
	if err != nil {
		p.t.Fatal(err)
	}
	cmd := exec.Command(executable)
	cmd.Env = append(os.Environ(), childVariable+"="+string(config))
	cmd.Stderr = os.Stderr
	endWithParent(cmd)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	r := &running{cmd: cmd, stdin: stdin, done: make(chan struct{})}
	started := make(chan error)
	lines := make(chan []byte, 1)
	go func() {
		// Linux kills the child when the thread ends that started it; so that one has
		// to live as long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		defer close(r.done)
		line, _ := bufio.NewReader(stdout).ReadBytes('\n')
		lines <- line
		cmd.Wait()
	}()
	if err := <-started; err != nil {
		p.t.Fatal(err)
	}
	p.running = r
	var report childReport
	if line := <-lines; json.Unmarshal(line, &report) != nil {
		p.t.Fatalf("%s ended while it started: %q", p.Name, line)
	}
	if report.Err != "" {
		p.t.Fatalf("%s: %s", p.Name, report.Err)
	}
	p.port, p.routePort = report.Port, report.RoutePort
}

// Kill ends the broker with SIGKILL, also if it is paused, and waits for its end.
func (p *Process) Kill() {
	p.t.Helper()
	if p.running == nil {
		p.t.Fatalf("%s is not running", p.Name)
	}
	p.kill()
}

func (p *Process) kill() {
	if p.running == nil {
		return
	}
	p.running.cmd.Process.Kill()
	<-p.running.done
	p.running = nil
}

// Shutdown ends the broker in good order, and waits for its end.
func (p *Process) Shutdown() {
	p.t.Helper()
	if p.running == nil {
		p.t.Fatalf("%s is not running", p.Name)
	}
	p.running.stdin.Close()
	select {
	case <-p.running.done:
	case <-time.After(readyTime):
		p.t.Errorf("%s did not end within %v", p.Name, readyTime)
		p.kill()
		return
	}
	p.running = nil
}

// Pause stops the process (SIGSTOP): its connections stay, and nothing answers. The test
// is skipped where that cannot be.
func (p *Process) Pause() { p.t.Helper(); p.signal(pause) }

// Continue has a process go on that is paused.
func (p *Process) Continue() { p.t.Helper(); p.signal(resume) }

func (p *Process) signal(send func(*os.Process) error) {
	p.t.Helper()
	if p.running == nil {
		p.t.Fatalf("%s is not running", p.Name)
	}
	switch err := send(p.running.cmd.Process); {
	case errors.Is(err, errors.ErrUnsupported):
		p.t.Skip("there is no SIGSTOP on this system")
	case err != nil:
		p.t.Fatal(err)
	}
}

// Connect connects to the broker; the connection ends with the test.
func (p *Process) Connect(opts ...nats.Option) *nats.Conn {
	p.t.Helper()
	nc, err := nats.Connect(p.URL(), append([]nats.Option{nats.Timeout(readyTime)}, opts...)...)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(nc.Close)
	return nc
}

// logShown is how much of its log is shown of a broker whose test has failed, in bytes.
const logShown = 4 << 10

// end is the end of the test.
func (p *Process) end() {
	p.kill()
	if !p.t.Failed() {
		return
	}
	log, _ := os.ReadFile(p.LogFile())
	p.t.Logf("the end of the log of %s:\n%s", p.Name, log[max(0, len(log)-logShown):])
}
