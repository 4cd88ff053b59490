package js

import (
	"slices"
	"testing"

	"scripthost.example/child/engine"
)

func TestOwnGlobalsAreThoseOfANewVM(t *testing.T) {
	t.Parallel()
	v, err := newVM(engine.Config{})
	if err != nil {
		t.Fatal(err)
	}
	want := append(v.rt.GlobalObject().GetOwnPropertyNames(), "module", "exports", "__filename", "__dirname")
	slices.Sort(want)
	names := append(v.globalNames(), "module", "exports", "__filename", "__dirname")
	slices.Sort(names)
	equal(t, names, want)
	equal(t, ownGlobals[:], want)
}
