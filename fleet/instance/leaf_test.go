package instance

import (
	"testing"

	"scripthost.example/fleet"
	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/fleet/jobs"
	"scripthost.example/fleet/registry"
)

// An instance in a region whose broker stores nothing serves what is pushed where it is
// stored, and runs the jobs that are submitted there.
func TestLeafNode(t *testing.T) {
	t.Parallel()
	hub, leaf, _ := brokertest.StartLeaf(t)
	s := &stage{t: t, caller: brokertest.Connect(t, hub), url: leaf.ClientURL(), moves: make(chan move, 1000)}
	var err error
	if s.reg, err = registry.Open(t.Context(), s.caller, registry.Options{Create: true, Trust: trust}); err != nil {
		t.Fatal(err)
	}
	submit, err := jobs.Open(t.Context(), s.caller, jobs.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	work, err := jobs.Open(t.Context(), brokertest.Connect(t, leaf), jobs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.push(`function run(x) return x .. "!" end`, "", "1", fleet.Stable)
	s.start(Options{Jobs: work})
	if err := s.moved("1", fleet.Stable); err != nil {
		t.Fatal(err)
	}
	if out, err := s.call("here"); err != nil || out != "here!" {
		t.Errorf("%q, %v", out, err)
	}
	s.push(`function run(x) return x .. "?" end`, "", "2", fleet.Stable)
	if err := s.moved("2", fleet.Stable); err != nil {
		t.Fatal(err)
	}
	id, _, err := submit.Submit(t.Context(), jobs.Job{Plugin: "tidy", Args: []any{"job"}})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := submit.Result(t.Context(), id, true); err != nil || len(r.Results) != 1 || r.Results[0] != "job?" {
		t.Errorf("%+v, %v", r, err)
	}
}
