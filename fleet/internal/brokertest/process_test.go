package brokertest

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// store has a stream store a message; it returns its sequence number.
func store(t *testing.T, nc *nats.Conn, replicas int) uint64 {
	t.Helper()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), clusterTime)
	defer cancel()
	if _, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}, Replicas: replicas}); err != nil {
		t.Fatal(err)
	}
	ack, err := js.Publish(ctx, "s", []byte("kept"))
	if err != nil {
		t.Fatal(err)
	}
	return ack.Sequence
}

// kept is what the stream has as its first message, once it can be asked for.
func kept(t *testing.T, nc *nats.Conn) string {
	t.Helper()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(clusterTime); ; time.Sleep(20 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		var m *jetstream.RawStreamMsg
		s, err := js.Stream(ctx, "S")
		if err == nil {
			m, err = s.GetMsg(ctx, 1)
		}
		cancel()
		if err == nil {
			return string(m.Data)
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

func TestProcess(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*Process){
		"killed":                  (*Process).Kill,
		"shut down":               (*Process).Shutdown,
		"killed while it is held": func(p *Process) { p.Pause(); p.Kill() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := StartProcess(t, "max_payload: 65536")
			url, pid := p.URL(), p.Pid()
			nc := p.Connect(nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond))
			if nc.MaxPayload() != 65536 {
				t.Errorf("max_payload is %d", nc.MaxPayload())
			}
			store(t, nc, 1)
			end(p)
			if p.Pid() != 0 {
				t.Error("it still has a process")
			}
			if _, err := nats.Connect(url); err == nil {
				t.Error("there still is a broker")
			}
			p.Start()
			if p.URL() != url || p.Pid() == pid {
				t.Errorf("%s in process %d; it was %s in %d", p.URL(), p.Pid(), url, pid)
			}
			if m := kept(t, nc); m != "kept" {
				t.Errorf("%q is stored", m)
			}
		})
	}
}

func TestPause(t *testing.T) {
	t.Parallel()
	p := StartProcess(t, "")
	nc := p.Connect()
	p.Pause()
	if err := nc.FlushTimeout(100 * time.Millisecond); !errors.Is(err, nats.ErrTimeout) {
		t.Errorf("a broker that is held answers: %v", err)
	}
	p.Continue()
	if err := nc.FlushTimeout(readyTime); err != nil {
		t.Error(err)
	}
}

// TestNoOrphan starts this test binary again, which starts a broker, pauses it and is killed.
func TestNoOrphan(t *testing.T) {
	const variable = "BROKERTEST_ORPHAN"
	if os.Getenv(variable) != "" {
		p := StartProcess(t, "")
		if os.Getenv(variable) == "paused" {
			p.Pause()
		}
		os.Stdout.WriteString("pid " + strconv.Itoa(p.Pid()) + "\n")
		select {}
	}
	t.Parallel()
	for _, state := range orphans {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			executable, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(executable, "-test.run", "^TestNoOrphan$", "-test.v")
			// Its folder is this test's, since it cannot remove its own.
			cmd.Env = append(os.Environ(), variable+"="+state, "TMPDIR="+t.TempDir())
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			pid := 0
			for text, buf := "", make([]byte, 1024); pid == 0; {
				n, err := out.Read(buf)
				text += string(buf[:n])
				if _, after, ok := strings.Cut(text, "pid "); ok {
					if digits, _, ok := strings.Cut(after, "\n"); ok {
						pid, _ = strconv.Atoi(digits)
					}
				}
				if err != nil {
					t.Fatal(text, err)
				}
			}
			cmd.Process.Kill()
			cmd.Wait()
			for end := time.Now().Add(readyTime); alive(pid); time.Sleep(10 * time.Millisecond) {
				if time.Now().After(end) {
					t.Fatalf("the broker, process %d, outlived its test", pid)
				}
			}
		})
	}
}
