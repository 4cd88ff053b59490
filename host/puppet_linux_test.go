package host

import (
	"os"
	"strings"
	"syscall"
	"time"

	"scripthost.example/child"
	"scripthost.example/child/sandbox"
	"scripthost.example/wire"
)

// puppetName starts the names of scripts whose child is a puppet.
const puppetName = "puppet: "

// A puppet is a child that has been taken over before it has read BOOT: nothing
// of package child runs in it. It can send and take any octets, and make any
// system call that its sandbox leaves it.
type puppet struct {
	in   *wire.Reader
	boot wire.Boot
}

func init() { beforeEnter = append(beforeEnter, enterPuppet) }

// enterPuppet makes this process a puppet if its script's name says so, and then
// does not return.
func enterPuppet() {
	if !child.IsChild() {
		return
	}
	name, ok := strings.CutPrefix(os.Args[0], "worker "+puppetName)
	if !ok {
		return
	}
	p := &puppet{in: wire.NewReader(descriptor(3), 1<<30)}
	for _, a := range takeovers() {
		if a.name == name {
			a.attack(p)
			os.Exit(0)
		}
	}
	panic("there is no attack " + name)
}

// A descriptor is one, without what package os adds.
type descriptor int

func (fd descriptor) Read(b []byte) (int, error) {
	for {
		n, err := syscall.Read(int(fd), b)
		switch {
		case err == syscall.EINTR:
		case err == nil && n == 0:
			os.Exit(0) // the parent has gone
		default:
			return max(n, 0), err
		}
	}
}

// write writes all of b to the parent.
func (p *puppet) write(b []byte) {
	for len(b) > 0 {
		n, err := syscall.Write(3, b)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			os.Exit(0) // the parent has gone
		}
		b = b[n:]
	}
}

// frame writes one, whose header may lie.
func (p *puppet) frame(id uint32, payload string) {
	p.write(wire.AppendFrame(nil, id, []byte(payload)))
}

// send writes a control frame.
func (p *puppet) send(k wire.Kind, id uint32, payload string) {
	p.frame(wire.ControlID(k, id), payload)
}

// hostCall calls a function of the parent's with frozen arguments.
func (p *puppet) hostCall(call, hostID uint32, list string) {
	p.send(wire.KindHostCall, call, string(wire.AppendHostID(nil, hostID))+list)
}

// next is the next frame from the parent.
func (p *puppet) next() wire.Frame {
	f, err := p.in.Next()
	if err != nil {
		panic(err)
	}
	return f
}

// readBoot reads BOOT, and goes under the sandbox that it asks for.
func (p *puppet) readBoot() {
	if err := wire.ParseMessage(p.next().Payload, &p.boot); err != nil {
		panic(err)
	}
	if _, err := sandbox.Apply(sandbox.Config{
		Mode:   sandbox.Mode(p.boot.Sandbox),
		Memory: p.boot.Limits.Memory,
		CPU:    time.Duration(p.boot.Limits.CPUMS) * time.Millisecond,
		Keep:   []int{3, 4},
	}); err != nil {
		panic(err)
	}
}

func (p *puppet) ready() { p.send(wire.KindReady, 0, `{"version":1}`) }

// await becomes ready, and returns the id of the first call.
func (p *puppet) await() (call uint32) {
	p.readBoot()
	p.ready()
	return p.nextCall()
}

// nextCall waits for a plain call, whatever else comes.
func (p *puppet) nextCall() uint32 {
	for {
		if control, _, id := wire.Split(p.next().ID); !control {
			return id
		}
	}
}

// takeAll reads for ever and does nothing.
func (p *puppet) takeAll() {
	for {
		p.next()
	}
}

// serve answers the calls to come with the text "served".
func (p *puppet) serve() {
	for {
		control, kind, id := wire.Split(p.next().ID)
		switch {
		case !control:
			p.frame(id, served())
		case kind == wire.KindDrain:
			os.Exit(0)
		}
	}
}

// hang does nothing, whatever comes.
func (p *puppet) hang() { select {} }

// flood writes b for ever.
func (p *puppet) flood(b []byte) {
	for len(b) < 256<<10 {
		b = append(b, b...)
	}
	for {
		p.write(b)
	}
}

// drop reads for ever on another thread.
func (p *puppet) drop() {
	go func() {
		b := make([]byte, 64<<10)
		for {
			descriptor(3).Read(b)
		}
	}()
}

func served() string { return string(wire.AppendOctets(nil, "served")) }

// hostList is a list of frozen values that starts with a name, as HOSTCALL has it.
func hostList(values ...any) string {
	b, err := wire.CBOR().AppendFreeze(nil, values)
	if err != nil {
		panic(err)
	}
	return string(b)
}
