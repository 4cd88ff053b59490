// Command goplugin is the driver of hashicorp/go-plugin: with the argument "netrpc"
// or "grpc" over that protocol.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"

	"scripthost.example/bench/driver"
)

// childArg is the argument of a worker.
const childArg = "child"

// An echoer is what both protocols' clients are.
type echoer interface {
	Echo(payload string) (string, error)
}

func main() {
	protocols := map[string]plugin.Protocol{"netrpc": plugin.ProtocolNetRPC, "grpc": plugin.ProtocolGRPC}
	var arg string
	if len(os.Args) == 2 {
		arg = os.Args[1]
	}
	protocol, known := protocols[arg]
	switch {
	case arg == childArg:
		// Which of the protocols is served is what GRPCServer says: the client's
		// choice is in the environment.
		config := &plugin.ServeConfig{HandshakeConfig: handshake(), Plugins: plugins(), Logger: hclog.NewNullLogger()}
		if os.Getenv(grpcVariable) != "" {
			config.GRPCServer = plugin.DefaultGRPCServer
		}
		plugin.Serve(config)
	case known:
		os.Exit(driver.Serve(peer{protocol}))
	default:
		fmt.Fprintln(os.Stderr, "usage: goplugin netrpc|grpc")
		os.Exit(2)
	}
}

// grpcVariable is set in the environment of a worker that is to serve gRPC.
const grpcVariable = "BENCH_PLUGIN_GRPC"

func handshake() plugin.HandshakeConfig {
	return plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: "BENCH_PLUGIN", MagicCookieValue: "bench"}
}

func plugins() plugin.PluginSet {
	return plugin.PluginSet{"echo": &echoPlugin{}}
}

// echoPlugin is the plugin in both protocols; see netrpc.go and grpc.go.
type echoPlugin struct{}

type peer struct{ protocol plugin.Protocol }

func (p peer) Version() string {
	version := "(unknown)"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == "github.com/hashicorp/go-plugin" {
				version = m.Version
			}
		}
	}
	return fmt.Sprintf("go-plugin %s, %s", version, p.protocol)
}

func (p peer) Start() (driver.Worker, error) {
	w, err := p.start()
	if err != nil {
		return nil, err
	}
	if e, ok := w.echoer.(emitter); ok {
		return emittingWorker{w, e}, nil
	}
	return w, nil
}

// An emitter is a client of a protocol in which a plugin can send by itself. In net/rpc
// it only answers.
type emitter interface {
	Emit(n int) (sum int64, err error)
}

type emittingWorker struct {
	*worker
	emitter
}

func (p peer) start() (*worker, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, childArg)
	if p.protocol == plugin.ProtocolGRPC {
		cmd.Env = append(os.Environ(), grpcVariable+"=1")
	}
	w := &worker{client: plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  handshake(),
		Plugins:          plugins(),
		Cmd:              cmd,
		AllowedProtocols: []plugin.Protocol{p.protocol},
		Logger:           hclog.NewNullLogger(),
	})}
	protocol, err := w.client.Client()
	if err != nil {
		w.client.Kill()
		return nil, err
	}
	raw, err := protocol.Dispense("echo")
	if err != nil {
		w.client.Kill()
		return nil, err
	}
	w.echoer = raw.(echoer)
	return w, nil
}

type worker struct {
	client *plugin.Client
	echoer
}

func (w *worker) PID() int                            { return w.client.ReattachConfig().Pid }
func (w *worker) Call(payload string) (string, error) { return w.Echo(payload) }

func (w *worker) Close() error {
	w.client.Kill()
	return nil
}
