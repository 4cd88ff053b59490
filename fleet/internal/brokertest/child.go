package brokertest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// childVariable tells a test binary that it is to be a broker; its value is a childConfig.
const childVariable = "BROKERTEST_CHILD"

// A childConfig says what broker a process is to be.
type childConfig struct {
	// Conf is the file with the broker's configuration.
	Conf string
	// Port is the one to listen on for clients; -1 takes one that is free.
	Port int
	// Log is the file that the broker's log goes to.
	Log string
}

// A childReport is what a broker tells once it is up: its ports.
type childReport struct {
	Port, RoutePort int
	Err             string
}

// A test binary that is started as a broker is nothing else: so no package that uses
// brokers needs a TestMain for them.
func init() {
	value := os.Getenv(childVariable)
	if value == "" {
		return
	}
	s, report, err := serveChild(value)
	if err != nil {
		report.Err = err.Error()
	}
	line, _ := json.Marshal(report)
	os.Stdout.Write(append(line, '\n'))
	if err != nil {
		os.Exit(1)
	}
	// The test has the other end: it is closed to end the broker, and by the test's own end.
	io.Copy(io.Discard, os.Stdin)
	s.Shutdown()
	s.WaitForShutdown()
	os.Exit(0)
}

// serveChild starts the broker that the test asked for.
func serveChild(value string) (*server.Server, childReport, error) {
	var config childConfig
	if err := json.Unmarshal([]byte(value), &config); err != nil {
		return nil, childReport{}, err
	}
	opts, err := server.ProcessConfigFile(config.Conf)
	if err != nil {
		return nil, childReport{}, err
	}
	opts.Port, opts.LogFile, opts.NoSigs, opts.Logtime = config.Port, config.Log, true, true
	opts.AuthTimeout, opts.DisableShortFirstPing = readyTime.Seconds(), true // the machine may be busy
	if opts.Host == "" {
		opts.Host = "127.0.0.1"
	}
	if err := waitPort(opts.Host, opts.Port); err != nil {
		return nil, childReport{}, err
	}
	s, err := server.NewServer(opts)
	if err != nil {
		return nil, childReport{}, err
	}
	s.ConfigureLogger()
	s.Start()
	if !s.ReadyForConnections(readyTime) {
		return nil, childReport{}, fmt.Errorf("the broker was not ready within %v", readyTime)
	}
	report := childReport{Port: s.Addr().(*net.TCPAddr).Port}
	if a := s.ClusterAddr(); a != nil {
		report.RoutePort = a.Port
	}
	return s, report, nil
}

// waitPort waits until a broker that is started anew can have the port that it had: a
// connection from elsewhere may have it by chance.
func waitPort(host string, port int) error {
	if port == server.RANDOM_PORT {
		return nil
	}
	for end := time.Now().Add(readyTime); ; time.Sleep(20 * time.Millisecond) {
		l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err == nil {
			return l.Close()
		}
		if !errors.Is(err, syscall.EADDRINUSE) || time.Now().After(end) {
			return err
		}
	}
}
