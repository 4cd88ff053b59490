package host

import "testing"

// What a script does not need any more is given back once its worker is idle.
func TestIdleWorkerGivesMemoryBack(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector keeps what it knows of memory that was given back")
	}
	t.Parallel()
	for language, source := range map[Language]string{
		Lua: `function run() local t = {} for i = 1, 400000 do t[i] = "number " .. i end return #t end`,
		JS:  `function run() { const a = []; for (let i = 0; i < 400000; i++) a.push('number ' + i); return a.length }`,
	} {
		t.Run(string(language), func(t *testing.T) {
			t.Parallel()
			w := start(t, inline(t, language, source), nil)
			before, _ := resident(w.PID())
			mustCall(t, w)
			// Half of what it took, for the runtime keeps some.
			peak, ok := resident(w.PID())
			if !ok || peak < before+16<<20 {
				t.Fatalf("%d bytes were resident before the call, %d behind it", before, peak)
			}
			await(t, func() bool {
				now, _ := resident(w.PID())
				return now < (before+peak)/2
			})
		})
	}
}
