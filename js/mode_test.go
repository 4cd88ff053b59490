package js

import "testing"

func TestFirstParameter(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ source, want string }{
		{"function run(done, x) {}", "done"},
		{"function (done) {}", "done"},
		{"async function run( done ) {}", "done"},
		{"function* run(\n\tdone,\n\tx,\n) {}", "done"},
		{"run(done = 1) {}", "done"},
		{"async run(done/* it */) {}", "done"},
		{"done => done(1)", "done"},
		{"async done => { done(1) }", "done"},
		{"async(done) => 1", "done"},
		{"(done, x) => done(x)", "done"},
		{"x => (done)", "x"},
		{"function run(x, done) {}", "x"},
		{"function run({done}) {}", "{done}"},
		{"function run(...done) {}", "...done"},
		{"function run() { done(1) }", ""},
		{"() => done", ""},
		{"donee => 1", "donee"},
		{"function () { [native code] }", ""},
		{"", ""},
	} {
		if got := firstParameter(tt.source); got != tt.want {
			t.Errorf("firstParameter(%q) = %q, not %q", tt.source, got, tt.want)
		}
	}
}
