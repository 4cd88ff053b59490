package host

import (
	"bytes"
	"os"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"scripthost.example/wire"
)

// processAttacks are about what the kernel leaves to a child in a strict sandbox.
func processAttacks() []takeover {
	inCall := func(attack func(p *puppet, call uint32)) func(*puppet) {
		return func(p *puppet) { attack(p, p.await()) }
	}
	output := func(name string, fd int, text []byte) takeover {
		return takeover{name: "flood of " + name, want: tooLate, peak: 96, attack: inCall(func(*puppet, uint32) {
			p := text
			for len(p) < 64<<10 {
				p = append(p, p...)
			}
			for {
				syscall.Write(fd, p)
			}
		})}
	}
	held := func(a takeover) takeover {
		a.name += ", not taken"
		a.held = true
		return a
	}
	lines := output("standard output", 1, []byte("line\n"))
	short := output("empty lines", 2, []byte("\n"))
	long := output("a line without end", 2, bytes.Repeat([]byte{'x'}, 4096))
	return []takeover{
		lines, held(lines), short, held(short), long, held(long),
		output("terminal escapes and NULs", 1, []byte("\x1b[2J\x00\x07\r\xff\n")),
		{name: "stopped by itself", want: tooLate, attack: inCall(func(*puppet, uint32) {
			unix.Tgkill(os.Getpid(), unix.Gettid(), unix.SIGSTOP)
			select {}
		})},
		{name: "killed by itself", want: exited("killed"), attack: inCall(func(*puppet, uint32) {
			unix.Tgkill(os.Getpid(), unix.Gettid(), unix.SIGKILL)
			select {}
		})},
		{name: "crashed in a frame", want: oneOf(brokenBecause("of 10 bytes"), exited("status 2")), attack: inCall(func(p *puppet, call uint32) {
			p.write(wire.AppendHeader(nil, call, 10))
			panic("crash")
		})},
		{name: "threads that spin", want: tooLate, attack: inCall(func(*puppet, uint32) { spin() })},
		{name: "threads that spin, with a limit", want: overLimit("cpu"), attack: inCall(func(*puppet, uint32) { spin() }), opts: func(o *Options) {
			o.Limits.CPU = 200 * time.Millisecond
			o.Limits.CallTime = 10 * time.Second
		}},
		{name: "memory", want: one("what the kernel left it", func(err error) bool {
			return raceDetector || err.Error() == "the call returned refused in time"
		}), opts: func(o *Options) { o.Limits.Memory = 64 << 20; o.Limits.CallTime = 10 * time.Second }, attack: inCall(func(p *puppet, call uint32) {
			// More than the limit and what lies above it, but not without end: a
			// build with the race detector has no such limit.
			const step, most = 1 << 20, 256 << 20
			text := "not refused"
			for got := 0; got < most; got += step {
				if _, err := unix.Mmap(-1, 0, step, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_POPULATE); err != nil {
					text = "refused in time"
					break
				}
			}
			for {
				p.frame(call, string(wire.AppendOctets(nil, text)))
				call = p.nextCall()
			}
		})},
		{name: "another process", want: allServed, attack: inCall(func(p *puppet, call uint32) {
			if pid, _, errno := unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0); errno == 0 {
				if pid == 0 {
					for {
						unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
					}
				}
				panic("it forked")
			}
			p.frame(call, served())
			p.serve()
		})},
		{name: "files passed to the parent, in the sandbox", want: allServed, attack: inCall(func(p *puppet, call uint32) {
			for _, fd := range []int{3, 4} {
				if err := unix.Sendmsg(fd, []byte{0}, unix.UnixRights(1, 2), nil, 0); err != unix.EPERM {
					panic(err)
				}
			}
			p.frame(call, served())
			p.serve()
		})},
		// The octets that the descriptors come with are a frame's, so that the
		// parent reads them.
		{name: "files passed to the parent, without a sandbox", want: allServed, opts: func(o *Options) { o.Sandbox = SandboxOff }, attack: inCall(func(p *puppet, call uint32) {
			rights := unix.UnixRights(0, 1, 2, 0, 1, 2)
			for range 200 {
				// The second stays in the socket, which may be full.
				unix.Sendmsg(4, []byte{0}, rights, nil, unix.MSG_DONTWAIT)
				if err := unix.Sendmsg(3, wire.AppendFrame(nil, 0, []byte(served())), rights, nil, 0); err != nil {
					panic(err)
				}
			}
			p.frame(call, served())
			p.serve()
		})},
		{name: "the other socket filled", want: allServed, attack: inCall(func(p *puppet, call uint32) {
			unix.SetNonblock(4, true)
			for b := make([]byte, 64<<10); ; {
				if _, err := unix.Write(4, b); err != nil {
					break
				}
			}
			p.frame(call, served())
			p.serve()
		})},
		{name: "no DRAIN, and no end", want: allServed, attack: inCall(func(p *puppet, call uint32) {
			for {
				p.frame(call, served())
				call = p.nextCall()
			}
		})},
	}
}

// spin uses what processors there are, for ever.
func spin() {
	for range runtime.NumCPU() {
		go func() {
			runtime.LockOSThread()
			for n := uint(1); n != 0; n |= 1 {
			}
		}()
	}
	select {}
}
