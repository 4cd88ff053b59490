//go:build unix

// Command netrpc is the driver of net/rpc, with its own codec gob, on a socket pair.
package main

import (
	"fmt"
	"net"
	"net/rpc"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"scripthost.example/bench/driver"
)

// childArg is the argument of a worker.
const childArg = "child"

func main() {
	if len(os.Args) == 2 && os.Args[1] == childArg {
		if err := serve(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(driver.Serve(peer{}))
}

// Service is what the worker does.
type Service struct{}

// Echo answers with what it is given.
func (Service) Echo(payload string, answer *string) error {
	*answer = payload
	return nil
}

// Object does so with an object.
func (Service) Object(o *driver.Object, answer *driver.Object) error {
	*answer = *o
	return nil
}

// serve serves descriptor 3 until that ends.
func serve() error {
	conn, err := connection(os.NewFile(3, "socket"))
	if err != nil {
		return err
	}
	server := rpc.NewServer()
	if err := server.RegisterName("Service", Service{}); err != nil {
		return err
	}
	server.ServeConn(conn)
	return nil
}

// connection makes a network connection of a socket, and closes f.
func connection(f *os.File) (net.Conn, error) {
	defer f.Close()
	return net.FileConn(f)
}

type peer struct{}

func (peer) Version() string { return "net/rpc, gob, " + runtime.Version() }

func (peer) Start() (driver.Worker, error) { return start() }

func start() (*worker, error) {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return nil, os.NewSyscallError("socketpair", err)
	}
	syscall.CloseOnExec(fds[0])
	theirs := os.NewFile(uintptr(fds[1]), "socket")
	defer theirs.Close()
	conn, err := connection(os.NewFile(uintptr(fds[0]), "socket"))
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, childArg)
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		conn.Close()
		return nil, err
	}
	return &worker{cmd, rpc.NewClient(conn)}, nil
}

type worker struct {
	cmd    *exec.Cmd
	client *rpc.Client
}

func (w *worker) PID() int { return w.cmd.Process.Pid }

func (w *worker) Call(payload string) (answer string, err error) {
	err = w.client.Call("Service.Echo", payload, &answer)
	return answer, err
}

// Stream has the answers come in one channel, as net/rpc wants it for calls that
// nobody waits for, and one goroutine take them from there.
func (w *worker) Stream(n int, fn func(answer string, err error)) (send func(payload string)) {
	done := make(chan *rpc.Call, n) // net/rpc drops an answer that does not fit
	go func() {
		for range n {
			c := <-done
			fn(*c.Reply.(*string), c.Error)
		}
	}()
	return func(payload string) { w.client.Go("Service.Echo", payload, new(string), done) }
}

func (w *worker) Close() error {
	w.client.Close()
	return w.cmd.Wait()
}

// Forms: gob is net/rpc's own.
func (peer) Forms() []string { return []string{driver.ObjectBinary} }

func (peer) Object(_ string, objects []*driver.Object) (*driver.ObjectCaller, error) {
	w, err := start()
	if err != nil {
		return nil, err
	}
	return &driver.ObjectCaller{
		Call: func(i int) (any, error) {
			answer := new(driver.Object)
			return answer, w.client.Call("Service.Object", objects[i], answer)
		},
		ID:    func(answer any) int64 { return answer.(*driver.Object).ID },
		Whole: func(answer any) (*driver.Object, error) { return answer.(*driver.Object), nil },
		End:   w.Close,
	}, nil
}
