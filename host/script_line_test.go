package host

import "testing"

func TestScriptLine(t *testing.T) {
	t.Parallel()
	s, err := Inline(Lua, "one\r\n\nthree")
	if err != nil {
		t.Fatal(err)
	}
	for number, want := range map[int]string{1: "one", 2: "", 3: "three"} {
		if got, ok := s.Line(number); !ok || got != want {
			t.Errorf("%d: %q, %v", number, got, ok)
		}
	}
	for _, number := range []int{-1, 0, 4, 1 << 40} {
		if got, ok := s.Line(number); ok || got != "" {
			t.Errorf("%d: %q", number, got)
		}
	}
}
