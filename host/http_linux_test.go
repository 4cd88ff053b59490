package host

import (
	"os"
	"runtime"
	"testing"
)

// A worker that is killed with streams open leaves nothing in its parent. It is
// not parallel: it counts what the whole process has.
func TestAbandonedStreams(t *testing.T) {
	const streams = 50
	server, waiting := webServer(t)
	count := func() (descriptors, goroutines int) {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(entries), runtime.NumGoroutine()
	}
	script, err := Inline(JS, `
		const all = [];
		async function run(url, n) {
			for (let i = 0; i < n; i++) all.push((await fetch(url)).body.getReader());
			for (const r of all) await r.read();
			event('open');
			await all[0].read();
		}`)
	if err != nil {
		t.Fatal(err)
	}
	descriptors, goroutines := count()
	open := make(chan struct{})
	w := start(t, script, &Options{
		Serialiser: JSON, Grants: Grants{Net: []string{"127.0.0.1"}},
		OnEvent: func(Event) { close(open) },
	})
	failed := make(chan error)
	w.Go(func(_ []any, err error) { failed <- err }, server.URL+"/hang", streams)
	<-open
	if d, g := count(); d < descriptors+2*streams || g < goroutines+2*streams {
		t.Errorf("%d descriptors and %d goroutines with %d streams open", d, g, streams)
	}
	w.Kill()
	if err := <-failed; err == nil {
		t.Error("the call of a worker that was killed has a result")
	}
	await(t, func() bool { return waiting.Load() == 0 })
	await(t, func() bool {
		d, g := count()
		return d <= descriptors && g <= goroutines
	})
}
