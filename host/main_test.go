//go:build unix

package host

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"scripthost.example/child"
	"scripthost.example/child/engine"
	"scripthost.example/js"
	"scripthost.example/lua"
	"scripthost.example/wire"
)

// beforeEnter are other parts that this program can play.
var beforeEnter []func()

// The test binary plays the child. Once all tests are done nothing of a worker
// may be left: no goroutine and no process.
func TestMain(m *testing.M) {
	for _, f := range beforeEnter {
		f()
	}
	child.Enter(lua.Engine(), js.Engine(), faultEngine{})
	flag.BoolVar(&callersRead, "callers-read", true, "let a call that is alone read its answer itself")
	flag.BoolVar(&look, "look", true, "look for what comes before waiting for it, at both ends")
	flag.Parse()
	status := m.Run()
	if left := leftGoroutines(); left != "" {
		fmt.Println("goroutines left over:\n" + left)
		status = 1
	}
	if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); !errors.Is(err, syscall.ECHILD) {
		fmt.Printf("a process is left over: wait4 returned %d, %v\n", pid, err)
		status = 1
	}
	os.Exit(status)
}

// leftGoroutines waits for the goroutines of workers to end, and returns the
// stacks of those that do not.
func leftGoroutines() string {
	var left []string
	for range 200 {
		buf := make([]byte, 1<<20)
		buf = buf[:runtime.Stack(buf, true)]
		left = nil
		for _, g := range strings.Split(string(buf), "\n\n") {
			if strings.Contains(g, "scripthost.example/host.") && !strings.Contains(g, "TestMain") {
				left = append(left, g)
			}
		}
		if len(left) == 0 {
			return ""
		}
		time.Sleep(10 * time.Millisecond) // they are about to end: nothing to wait on
	}
	return strings.Join(left, "\n\n")
}

// A faultEngine is a child that misbehaves as its script says: a word of the
// table in fault, and what belongs to it. It does what a script of a real
// language cannot do, such as writing to the socket.
type faultEngine struct{}

func (faultEngine) Language() string { return "fault" }

func (faultEngine) New(cfg engine.Config) (engine.VM, error) { return &faultVM{cfg: cfg}, nil }

type faultVM struct {
	cfg    engine.Config
	script string
}

func (vm *faultVM) Load(src engine.Source) error {
	vm.script = string(src.Text)
	if what, ok := strings.CutPrefix(vm.script, "load "); ok {
		return vm.fault(what, nil, nil)
	}
	return nil
}

func (vm *faultVM) Functions() []string { return []string{"run"} }

func (vm *faultVM) Lookup(name string) (engine.Function, error) { return name, nil }

func (vm *faultVM) Init(engine.Function, []byte) error { return nil }
func (vm *faultVM) Cancelled(*engine.Call)             {}
func (vm *faultVM) Interrupt(*engine.Error)            {}
func (vm *faultVM) ClearInterrupt()                    {}

func (vm *faultVM) Start(c *engine.Call, _ engine.Function, args []byte) {
	if err := vm.fault(vm.script, c, args); err != nil {
		vm.cfg.Services.Fail(c, err)
	}
}

func (vm *faultVM) fault(script string, c *engine.Call, args []byte) error {
	word, arg, _ := strings.Cut(script, " ")
	s := vm.cfg.Services
	switch word {
	case "echo":
		return s.Answer(c, append(s.Frame(), args...))
	case "raw": // write these bytes to the socket and stay
		b, err := hex.DecodeString(arg)
		if err != nil {
			return err
		}
		if _, err := os.NewFile(3, "socket").Write(b); err != nil {
			return err
		}
		select {}
	case "bigevent":
		os.NewFile(3, "socket").Write(wire.AppendFrame(nil, wire.ControlID(wire.KindCallEvent, c.ID), make([]byte, 2000)))
		select {}
	case "rawexit": // write these bytes to the socket and exit 0
		b, err := hex.DecodeString(arg)
		if err != nil {
			return err
		}
		os.NewFile(3, "socket").Write(b)
		os.Exit(0)
	case "ran": // tell the witness of it, and go on with the rest
		values, err := vm.cfg.Codec.Thaw(args)
		if err == nil {
			err = s.Wait(c, func(wake func()) { s.HostCall(c, "ran", values, func([]any, error) { wake() }) })
		}
		if err != nil {
			return err
		}
		return vm.fault(arg, c, args)
	case "mortal": // end with the argument "die", and answer others once the witness lets it
		if bytes.Contains(args, []byte("die")) {
			os.Exit(3)
		}
		return vm.fault("ran echo", c, args)
	case "rawkill": // write these bytes to the socket and be killed
		b, err := hex.DecodeString(arg)
		if err != nil {
			return err
		}
		os.NewFile(3, "socket").Write(b)
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "grandchild": // leave a process with the standard streams, tell its number, and exit
		files := []*os.File{nil, os.Stdout, os.Stderr}
		if arg == "with the socket" {
			files = append(files, os.NewFile(3, "socket"))
		}
		p, err := os.StartProcess("/bin/sleep", []string{"sleep", "1000"}, &os.ProcAttr{Files: files})
		if err != nil {
			return err
		}
		fmt.Println("grandchild", p.Pid)
		os.Exit(0)
	case "exit":
		var code int
		fmt.Sscan(arg, &code)
		os.Exit(code)
	case "kill":
		syscall.Kill(os.Getpid(), syscall.SIGSEGV)
		select {}
	case "close":
		syscall.Shutdown(3, syscall.SHUT_WR)
		select {}
	case "deaf":
		syscall.Shutdown(3, syscall.SHUT_RD)
		return s.Answer(c, append(s.Frame(), args...))
	case "panic":
		panic(arg)
	case "hang":
		if arg == "until cancelled" { // or until the worker ends
			return s.Wait(c, func(func()) {})
		}
		select {}
	case "lines": // write so many to the standard streams and exit
		var n int
		fmt.Sscan(arg, &n)
		for i := range n {
			fmt.Println("line", i)
		}
		os.Exit(0)
	case "noise": // write to the standard streams and answer
		fmt.Println("to stdout")
		fmt.Fprintln(os.Stderr, "to stderr")
		return s.Answer(c, append(s.Frame(), args...))
	case "files": // the names of the open files, but for the runtime's own
		var names []any
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			return err
		}
		for _, e := range entries {
			if name, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil {
				names = append(names, name)
			}
		}
		frame, err := vm.cfg.Codec.AppendFreeze(s.Frame(), names)
		if err != nil {
			return err
		}
		return s.Answer(c, frame)
	case "environment":
		frame, err := vm.cfg.Codec.AppendFreeze(s.Frame(), []any{len(os.Environ())})
		if err != nil {
			return err
		}
		return s.Answer(c, frame)
	}
	return errors.New("no such fault: " + script)
}
