package fleet

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

// inNetns is the variable with which the test binary runs one test in a network of its own.
const inNetns = "FLEET_TEST_NETNS"

// The cable's two ends.
const (
	nearEnd, nearAddress = "near", "10.85.0.1"
	farEnd, farAddress   = "far", "10.85.0.2"
)

// inNetwork runs the test that calls it in a process with a network namespace of its own,
// which may be changed there and goes with it. It reports whether this is that process.
func inNetwork(t *testing.T) bool {
	t.Helper()
	if os.Getenv(inNetns) != "" {
		ip(t, "link", "set", "lo", "up")
		return true
	}
	if os.Getuid() != 0 {
		t.Skip("only root may make network namespaces")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("there is no ip command (iproute2), which connects network namespaces")
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), inNetns+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	runtime.LockOSThread() // whose end would be the process's
	defer runtime.UnlockOSThread()
	out, err := cmd.CombinedOutput()
	switch {
	case err != nil && strings.Contains(err.Error(), syscall.EPERM.Error()):
		t.Skipf("root may not make network namespaces here: %v", err)
	case err != nil:
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
	return false
}

// ip changes the network, of this process's namespace.
func ip(t testing.TB, args ...string) {
	t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// startFar starts an instance with a network namespace of its own, and a cable between that
// and this one.
func startFar(t *testing.T, url string, env ...string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	connect := fmt.Sprintf("ip link set lo up && ip addr add %s/24 dev %s && ip link set %[2]s up", farAddress, farEnd)
	startInstanceAs(t, url, cmd, func() {
		ip(t, "link", "add", nearEnd, "type", "veth", "peer", "name", farEnd, "netns", fmt.Sprint(cmd.Process.Pid))
		ip(t, "addr", "add", nearAddress+"/24", "dev", nearEnd)
		ip(t, "link", "set", nearEnd, "up")
	}, append(env, instanceNetwork+"="+connect)...)
}

// What an instance's machine sends and gets is lost for a while, and no connection is
// closed: its callers go to another one, or are told, until the broker has pinged it in vain
// and sends it nothing more. It serves again when its cable is back.
func TestCablePulled(t *testing.T) {
	t.Parallel()
	if !inNetwork(t) {
		return
	}
	b := brokertest.Start(t, func(o *server.Options) {
		o.Host = "0.0.0.0"
		o.PingInterval, o.MaxPingsOut = time.Second, 2
	})
	port := b.Addr().(*net.TCPAddr).Port
	in, out := brokertest.Connect(t, b), brokertest.Connect(t, b)
	serve(t, in, pool(t, host.Lua, echo[host.Lua], &host.PoolOptions{Load: 8}))
	here := instances(t, out, "tidy", 1)
	startFar(t, fmt.Sprintf("nats://%s:%d", nearAddress, port), instanceScript+"="+echo[host.Lua])
	c := Client(out, "tidy")
	once, again := newLoad(t, c, 4, 2*time.Minute), newLoad(t, host.Idempotent(c), 4, 2*time.Minute)
	far := callsBeside(t, out, here[0].ID)
	brokertest.Await(t, func() bool { return far() > 10 })
	ip(t, "link", "set", nearEnd, "down")
	more(t, &once.lost, 1)
	more(t, &once.answered, 5)
	more(t, &again.answered, 5)
	brokertest.Await(t, func() bool { // until the broker has found that it is gone
		lost := once.lost.Load() + again.lost.Load()
		more(t, &once.answered, 100)
		return once.lost.Load()+again.lost.Load() == lost
	})
	ip(t, "link", "set", nearEnd, "up")
	before := uint64(0)
	brokertest.Await(t, func() bool { before = far(); return before > 0 })
	brokertest.Await(t, func() bool { return far() > before+50 })
	once.end()
	again.end()
	if once.late.Load()+again.late.Load() > 0 {
		t.Error("calls have come to their deadlines")
	}
	t.Logf("once: %v; idempotent: %v", once, again)
}
