package sandbox_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"scripthost.example/child/sandbox"
)

// What a Go program does that only computes and talks to its parent it still can
// when all layers are in force, up to a crash with a traceback.
func TestWorkload(t *testing.T) {
	t.Parallel()
	needAll(t)
	for _, user := range []string{"me", "nobody"} {
		t.Run(user, func(t *testing.T) {
			t.Parallel()
			ours, theirs := socketPair(t)
			o := options{Config: full}
			o.Config.Keep = []int{3, 4, 5}
			cmd := child(t, "workload", o)
			if user == "nobody" {
				asNobody(t, cmd)
			}
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			cmd.ExtraFiles = []*os.File{theirs, r, w}
			go io.Copy(ours, ours)
			defer ours.Close()
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			err = cmd.Run()
			for _, f := range cmd.ExtraFiles {
				f.Close()
			}
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 2 {
				t.Errorf("the child's end is %v, want a panic", err)
			}
			if stdout.String() != "done\n" {
				t.Errorf("it printed %q", &stdout)
			}
			for _, want := range []string{"panic: the end", "goroutine ", "workload_linux_test.go:"} {
				if !strings.Contains(stderr.String(), want) {
					t.Errorf("the traceback lacks %q:\n%s", want, &stderr)
				}
			}
		})
	}
}

func socketPair(t *testing.T) (ours net.Conn, theirs *os.File) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fds[0]), "socket")
	defer f.Close()
	ours, err = net.FileConn(f)
	if err != nil {
		t.Fatal(err)
	}
	return ours, os.NewFile(uintptr(fds[1]), "socket")
}

func roleWorkload(o *options) {
	if err := unix.SetNonblock(3, true); err != nil {
		panic(err)
	}
	o.apply()
	for _, part := range []struct {
		name string
		work func() error
	}{
		{"threads", manyThreads},
		{"goroutines", manyGoroutines},
		{"garbage", muchGarbage},
		{"stack", deepStack},
		{"faults", faults},
		{"sockets", sockets},
		{"clocks", clocks},
		{"chance", chance},
	} {
		if err := part.work(); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", part.name, err)
			os.Exit(exitBroken)
		}
	}
	fmt.Println("done")
	panic("the end")
}

// manyThreads has as many goroutines read a pipe that blocks, each of which
// takes a thread, and then some locked ones end, which ends theirs.
func manyThreads() error {
	const n = 40
	var wg sync.WaitGroup
	errs := make(chan error, n)
	for range n {
		wg.Go(func() {
			runtime.LockOSThread()
			if got, err := unix.Read(4, make([]byte, 1)); got != 1 || err != nil {
				errs <- fmt.Errorf("read: %d, %w", got, err)
			}
		})
	}
	for range n {
		if _, err := unix.Write(5, []byte{1}); err != nil {
			return err
		}
	}
	wg.Wait()
	close(errs)
	return <-errs
}

func manyGoroutines() error {
	const n = 2000
	var wg sync.WaitGroup
	ch := make(chan int)
	for i := range n {
		wg.Go(func() {
			time.Sleep(time.Duration(i%10) * time.Millisecond)
			ch <- i
		})
	}
	for range n {
		<-ch
	}
	wg.Wait()
	// One that never yields has to be preempted, by a signal.
	stop := make(chan bool)
	go func() {
		for {
			select {
			case <-stop:
				return
			default:
				for i := range 1 << 30 {
					sink = i
				}
			}
		}
	}()
	runtime.GC()
	close(stop)
	return nil
}

var sink any

func muchGarbage() error {
	for range 200 {
		b := make([][]byte, 0, 100)
		for i := range 100 {
			b = append(b, make([]byte, i<<8))
		}
		sink = b
	}
	sink = make([]byte, 64<<20)
	sink = nil
	runtime.GC()
	debug.FreeOSMemory()
	return nil
}

func deepStack() error {
	ch := make(chan int)
	go func() { ch <- depth(200_000) }()
	if got := <-ch; got != 200_000 {
		return fmt.Errorf("the depth is %d", got)
	}
	return nil
}

func depth(n int) int {
	if n == 0 {
		return 0
	}
	return depth(n-1) + 1
}

// faults recovers from a fault that the processor reports, by a signal.
func faults() (err error) {
	defer func() {
		if v := recover(); !strings.Contains(fmt.Sprint(v), "nil pointer") {
			err = fmt.Errorf("recovered %v", v)
		}
	}()
	var p *options
	sink = p.Dir
	return errors.New("no panic")
}

func sockets() error {
	conn := os.NewFile(3, "socket")
	defer conn.Close()
	buf := make([]byte, 4)
	if err := conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
		return err
	}
	if _, err := conn.Read(buf); !errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("read at the deadline: %w", err)
	}
	if err := conn.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	if _, err := conn.WriteString("ping"); err != nil {
		return err
	}
	if _, err := io.ReadFull(conn, buf); err != nil || string(buf) != "ping" {
		return fmt.Errorf("read %q, %w", buf, err)
	}
	return nil
}

// clocks needs the time zone, whose file was read before.
func clocks() error {
	if zone, _ := time.Date(2026, 7, 1, 0, 0, 0, 0, time.Local).Zone(); zone != "CEST" {
		return fmt.Errorf("the time zone is %q", zone)
	}
	if time.Since(time.Now()) < 0 {
		return errors.New("time goes backwards")
	}
	return nil
}

func chance() error {
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			runtime.LockOSThread()
			rand.Read(make([]byte, 100)) // a failure ends the process
		})
	}
	wg.Wait()
	return nil
}

// What never ends by itself ends with a traceback, or a signal.
func TestFatal(t *testing.T) {
	t.Parallel()
	needAll(t)
	t.Run("stack", func(t *testing.T) {
		t.Parallel()
		o := options{Config: full}
		o.Config.Stack = 1 << 20
		out, err := child(t, "recursion", o).CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 2 || !bytes.Contains(out, []byte("goroutine stack exceeds 1048576-byte limit")) {
			t.Errorf("the child's end is %v\n%.2000s", err, out)
		}
	})
	t.Run("CPU time", func(t *testing.T) {
		t.Parallel()
		o := options{Config: sandbox.Config{Mode: sandbox.Strict, CPU: 1}}
		_, err := child(t, "spin", o).CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Errorf("the child's end is %v, want SIGKILL", err)
		}
	})
}

func roleRecursion(o *options) {
	o.apply()
	sink = depth(1 << 40)
}

func roleSpin(o *options) {
	o.apply()
	for {
		for i := range 1 << 20 {
			sink = i
		}
	}
}

func roleReady(o *options) {
	report(o.apply())
}

// How much later a child is ready that is in a sandbox: compare the two.
func BenchmarkStart(b *testing.B) {
	needAll(b)
	for _, bare := range []bool{true, false} {
		name := "sandboxed"
		if bare {
			name = "bare"
		}
		b.Run(name, func(b *testing.B) {
			o := options{Bare: bare, Config: full}
			for b.Loop() {
				if err := child(b, "ready", o).Run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
