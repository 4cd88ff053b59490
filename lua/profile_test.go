package lua

import (
	"testing"
	"time"
)

// A script of short calls, with long waits between and within them, is profiled by what its
// lines take: a clock goes on by a millisecond for each instruction.
func TestProfileOfShortCalls(t *testing.T) {
	t.Parallel()
	f := script(t, `
function run()
  local n = 0
  for i = 1, 3 do
    n = n + i
  end
  sleep(0)
  return n
end`)
	v := f.vm.(*vm)
	if err := v.StartProfile(); err != nil {
		t.Fatal(err)
	}
	var clock time.Duration
	looked := 0
	v.sampler.now = func() time.Duration {
		clock += time.Millisecond
		looked++
		return clock
	}
	const calls = 100
	for range calls {
		clock += time.Hour
		f.run()
	}
	p, err := v.StopProfile()
	if err != nil {
		t.Fatal(err)
	}
	after := looked
	f.run()
	if looked != after {
		t.Error("the clock is looked at without a profile")
	}
	byLine := make(map[int]int64)
	var all int64
	for _, s := range p.Samples {
		if s.Stack[0].File != "test.lua" || s.Stack[0].Function != "run" {
			t.Errorf("a sample of %+v", s.Stack)
		}
		byLine[s.Stack[0].Line] += s.Count
		all += s.Count
	}
	// An hour is not counted, and what is was that of the lines: most of them the loop's.
	if most := int64(looked) / 10; all == 0 || all > most {
		t.Errorf("%d samples of at most %d", all, most)
	}
	if loop := byLine[4] + byLine[5]; loop < all/3 || byLine[3] > all/3 {
		t.Errorf("samples by line: %v", byLine)
	}
}
