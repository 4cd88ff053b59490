package bundle

import (
	"net"
	"path/filepath"
	"testing"

	"scripthost.example/child"
	"scripthost.example/host"
	"scripthost.example/js"
)

// A worker that is elsewhere gets the bundled text: bundling is done here.
func TestAttached(t *testing.T) {
	t.Parallel()
	dir := tree{"main.ts": "import { x } from './x'\nexport const run = () => x", "x.ts": "export const x: string = 'there'"}.write(t)
	script, err := host.Open(filepath.Join(dir, "main.ts"))
	if err != nil {
		t.Fatal(err)
	}
	near, far := net.Pipe()
	served := make(chan error, 1)
	go func() { served <- child.Serve(far, js.Engine()) }()
	w, err := host.Attach(testContext(t), near, script, &host.Options{Serialiser: host.JSON})
	if out := run(t, w, err); out[0] != "there" {
		t.Errorf("%v", out)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	near, far = net.Pipe()
	go func() { served <- child.Serve(far, js.Engine()) }()
	script, err = host.Inline(host.TS, "let let")
	if err != nil {
		t.Fatal(err)
	}
	_, err = host.Attach(testContext(t), near, script, nil)
	if _, at := position(t, err); at != "inline.ts:1:5" {
		t.Errorf("%v", err)
	}
	<-served // without a script it ends, too
}

// What is within a folder is below it, whatever the folder is called.
func TestWithin(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		folder, path string
		want         bool
	}{
		{".", "a", true}, {".", "../a", false}, {".", "/a", false},
		{"src", "src/a", true}, {"src", "srca", false}, {"src", "src", false},
		{"..", "../a", true}, {"..", "../../a", false}, {"..", "../..", false}, {"..", "a", false},
		{"../shared", "../shared/a", true}, {"../..", "../../a", true}, {"../..", "../../../a", false},
		{"/", "/a", true}, {"/lib", "/lib/a", true},
	} {
		if got := within(tt.folder, tt.path); got != tt.want {
			t.Errorf("within(%q, %q) = %v", tt.folder, tt.path, got)
		}
	}
}
