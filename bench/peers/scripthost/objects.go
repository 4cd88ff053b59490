package main

import (
	"context"
	"fmt"

	"scripthost.example/bench/driver"
	"scripthost.example/host"
)

// serialiser returns the one for a kind of job.
func serialiser(kind string) host.Serialiser {
	if kind == driver.ObjectJSON {
		return host.JSON
	}
	return host.CBOR
}

func (peer) Forms() []string { return []string{driver.ObjectJSON, driver.ObjectBinary} }

func (p peer) Object(kind string, objects []*driver.Object) (*driver.ObjectCaller, error) {
	script, err := host.Inline(p.language, p.source)
	if err != nil {
		return nil, err
	}
	trees, err := trees(objects)
	if err != nil {
		return nil, err
	}
	opts := p.options()
	opts.Serialiser = serialiser(kind)
	ctx := context.Background()
	w, err := host.Start(ctx, script, &opts)
	if err != nil {
		return nil, err
	}
	return &driver.ObjectCaller{
		Call:  func(i int) (any, error) { return only(w.Call(ctx, trees[i])) },
		ID:    id,
		Whole: driver.FromTree,
		End:   w.Close,
	}, nil
}

func trees(objects []*driver.Object) ([]any, error) {
	trees := make([]any, len(objects))
	for i, o := range objects {
		var err error
		if trees[i], err = o.Tree(); err != nil {
			return nil, err
		}
	}
	return trees, nil
}

// only is the one result of a call.
func only(results []any, err error) (any, error) {
	if err == nil && len(results) != 1 {
		err = fmt.Errorf("there are %d results instead of one", len(results))
	}
	if err != nil {
		return nil, err
	}
	return results[0], nil
}

// id is the id of an object that came back; -1 if it has none.
func id(answer any) int64 {
	tree, ok := answer.(map[string]any)
	if !ok {
		return -1
	}
	switch id := tree["id"].(type) {
	case int64:
		return id
	case float64:
		return int64(id)
	}
	return -1
}
