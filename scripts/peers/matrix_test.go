//go:build unix

package peers_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"

	"scripthost.example/host"
)

// A cell of the matrix is one way to join package host to a worker.
type cell struct {
	transport string // one of transports
	wire      host.Wire
	async     bool
	worker    peer
}

var transports = []string{"fd 3", "stdio", "ssh"}

// scripts are the workers of the extended dialect: the parent ships the script.
var scripts = []peer{
	{name: "lua", command: extendedChild},
	{name: "js", command: extendedChild},
}

// matrix returns all cells.
func matrix() (cells []cell) {
	for _, transport := range transports {
		for _, wire := range []host.Wire{host.Extended, host.Classic} {
			workers := scripts
			if wire == host.Classic {
				workers = children
			}
			for _, async := range []bool{false, true} {
				for _, worker := range workers {
					cells = append(cells, cell{transport, wire, async, worker})
				}
			}
		}
	}
	return cells
}

func (c cell) mode() mode { return mode{async: c.async, stdio: c.transport != "fd 3"} }

func (c cell) String() string {
	return strings.Join([]string{c.transport, string(c.wire), mode{async: c.async}.String(), c.worker.name}, "/")
}

// extendedChild is the command of a worker whose parent tells it the mode.
func extendedChild(t *testing.T, m mode) []string {
	return mode{stdio: m.stdio}.flags(runner(t), "child")
}

// script is what the host ships: nothing to a worker of the classic dialect.
func (c cell) script(t *testing.T) *host.Script {
	if c.wire == host.Classic {
		return nil
	}
	s, err := host.Open(scriptFor(c.worker.name, c.mode()))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// command is the worker's command. With ssh, pidFile gets the number of its
// process.
func (c cell) command(t *testing.T, pidFile string) []string {
	argv := c.worker.command(t, c.mode())
	if c.transport == "ssh" {
		return sshd(t).over(t, argv, "echo $$ >"+quote(pidFile))
	}
	return argv
}

// A matrixWorker is a worker of a cell.
type matrixWorker struct {
	*host.Worker
	cell    cell
	pidFile string
}

// start starts a worker of the cell. A test has to have it end.
func (c cell) start(t *testing.T, opts host.Options) *matrixWorker {
	t.Helper()
	w := &matrixWorker{cell: c, pidFile: filepath.Join(t.TempDir(), "pid")}
	opts.Command, opts.Stdio = c.command(t, w.pidFile), c.mode().stdio
	opts.Wire, opts.Async = c.wire, c.async
	var err error
	if w.Worker, err = host.Start(t.Context(), c.script(t), &opts); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Kill) // for a test that has failed
	return w
}

// pid is the number of the process at the other end, perhaps of ssh. The worker
// has answered a call before.
func (w *matrixWorker) pid(t *testing.T) int {
	t.Helper()
	if w.cell.transport != "ssh" {
		return w.PID()
	}
	text, err := os.ReadFile(w.pidFile)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// A check is one property that every cell has.
type check struct {
	name string
	test func(*testing.T, cell)
}

var checks = []check{
	{"echo", checkEcho},
	{"order", checkOrder},
	{"many", checkMany},
	{"drain", checkDrain},
	{"death", checkDeath},
	{"kill", checkKill},
	{"runner", checkRunner},
}

// Package host has the same worker behave the same, however it is joined to it,
// and whatever that is written in. "go test -v -run TestMatrix" prints a table.
func TestMatrix(t *testing.T) {
	t.Parallel()
	outcomes := newOutcomes()
	t.Cleanup(func() { t.Log(outcomes.table()) })
	for _, c := range matrix() {
		for _, check := range checks {
			t.Run(c.String()+"/"+check.name, func(t *testing.T) {
				t.Parallel()
				t.Cleanup(func() { outcomes.set(c, check, t) })
				check.test(t, c)
			})
		}
	}
}

// outcomes are what came of each check of each cell.
type outcomes struct {
	mu sync.Mutex
	of map[string]string // by the names of the cell and of the check
}

func newOutcomes() *outcomes { return &outcomes{of: make(map[string]string)} }

func (o *outcomes) set(c cell, check check, t *testing.T) {
	outcome := "ok"
	switch {
	case t.Failed():
		outcome = "FAIL"
	case t.Skipped():
		outcome = "skipped"
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.of[c.String()+check.name] = outcome
}

func (o *outcomes) table() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var b strings.Builder
	tab := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(tab, "\ntransport\tdialect\tmode\tworker")
	for _, check := range checks {
		fmt.Fprint(tab, "\t", check.name)
	}
	for _, c := range matrix() {
		fmt.Fprint(tab, "\n", strings.ReplaceAll(c.String(), "/", "\t"))
		for _, check := range checks {
			outcome := o.of[c.String()+check.name]
			if outcome == "" {
				outcome = "-" // not run
			}
			fmt.Fprint(tab, "\t", outcome)
		}
	}
	fmt.Fprintln(tab)
	tab.Flush()
	return b.String()
}
