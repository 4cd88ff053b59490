package instance

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"scripthost.example/fleet"
	"scripthost.example/fleet/jobs"
	"scripthost.example/fleet/registry"
	"scripthost.example/host"
)

// Options say how plugins are served. The zero value serves all there are.
type Options struct {
	// Plugins are those that are served. The default is all.
	Plugins []string
	// Workers is how many workers each track of a plugin has at most. The default is 4.
	Workers int
	// Slots is how many calls of each plugin's track are taken at a time, those of jobs
	// among them; one more is refused at once, and its caller tries another instance. The
	// default is as many as its workers can have: one for each, and 64 for each that is async.
	// More than that wait here for a worker, while another instance may have one that is idle.
	Slots int
	// JobSlots is how many of the slots jobs have at most. The default is as many as the
	// workers can have: while there are jobs enough, calls wait for them then.
	JobSlots int
	// Folder is where the relative paths of a plugin's grants are: in a folder of it
	// with the plugin's name, which is made. It has to be absolute. Without one a
	// plugin that has such a grant is not served.
	Folder string
	// Worker returns the executable that is started as the child of a script, as
	// Options.Worker of package host. The default is this program.
	Worker func(*host.Script) string
	// MaxPayload is the greatest size of arguments, results and events, in bytes; see
	// fleet.MaxPayload, whose default it has.
	MaxPayload int
	// Drain is how long calls have to end when their pool is replaced, or the instance
	// ends. The default is 30 s.
	Drain time.Duration
	// Retry is how long a version that does not load is left alone before it is tried
	// again. The default is 30 s.
	Retry time.Duration
	// Jobs is the queue whose jobs for what is served here are run, beside its calls. The
	// default is none.
	Jobs *jobs.Queue
	// Attempts is how often a job is tried; see jobs.WorkOptions.
	Attempts int
	// Observe is told of each call that has ended; see fleet.Observe.
	Observe func(fleet.CallRecord)
	// ObserveJob is told of each attempt at a job that has ended; see jobs.WorkOptions.
	ObserveJob func(jobs.Attempt)
	// OnService is told of each service that begins: one for each track of a plugin.
	// It has begun to take calls by then.
	OnService func(*fleet.Service)
	// OnMove is told when a track is served with the version that it is at, or is
	// served no more (its Version is empty), or cannot be (err says why). It is called
	// by several goroutines at a time.
	OnMove func(t registry.Track, err error)
	// Logger gets what there is to tell. The default is slog.Default().
	Logger *slog.Logger
}

// The defaults of Options.
const (
	defaultWorkers = host.DefaultPoolMax
	defaultDrain   = 30 * time.Second
	defaultRetry   = 30 * time.Second
)

func (o Options) check() (Options, error) {
	for _, name := range o.Plugins {
		if err := fleet.CheckName("plugin", name); err != nil {
			return o, err
		}
	}
	if o.Workers < 0 || o.Slots < 0 || o.JobSlots < 0 || o.Attempts < 0 || o.MaxPayload < 0 || o.Drain < 0 || o.Retry < 0 {
		return o, fmt.Errorf("numbers and times of an instance cannot be negative: %d workers, %d slots, %d for jobs, %d attempts, payloads of %d bytes, %v to drain, %v to retry", o.Workers, o.Slots, o.JobSlots, o.Attempts, o.MaxPayload, o.Drain, o.Retry)
	}
	if o.Folder != "" && !filepath.IsAbs(o.Folder) {
		return o, fmt.Errorf("the folder of an instance has to be absolute: %s", o.Folder)
	}
	if o.Workers == 0 {
		o.Workers = defaultWorkers
	}
	if o.Drain == 0 {
		o.Drain = defaultDrain
	}
	if o.Retry == 0 {
		o.Retry = defaultRetry
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Worker == nil {
		o.Worker = func(*host.Script) string { return "" }
	}
	if o.OnService == nil {
		o.OnService = func(*fleet.Service) {}
	}
	if o.OnMove == nil {
		o.OnMove = func(registry.Track, error) {}
	}
	return o, nil
}
