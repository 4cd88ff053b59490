package main

import (
	"errors"

	"scripthost.example/bench/driver"
)

// A codec is no worker: it is what a call with an object cannot do without, which is
// to write and to read it twice, once at either end.
type codec struct{}

func (codec) Version() string { return "serialisers of host" }

func (codec) Only() []string { return codec{}.Forms() }

func (codec) Start() (driver.Worker, error) { return nil, errors.New("there is no worker") }

func (codec) Forms() []string { return []string{driver.ObjectJSON, driver.ObjectBinary} }

func (codec) Object(kind string, objects []*driver.Object) (*driver.ObjectCaller, error) {
	trees, err := trees(objects)
	if err != nil {
		return nil, err
	}
	s := serialiser(kind)
	var buf []byte
	return &driver.ObjectCaller{
		Call: func(i int) (any, error) {
			values := trees[i : i+1]
			for range 2 {
				var err error
				if buf, err = s.AppendFreeze(buf[:0], values); err != nil {
					return nil, err
				}
				if values, err = s.Thaw(buf); err != nil {
					return nil, err
				}
			}
			return only(values, nil)
		},
		ID:    id,
		Whole: driver.FromTree,
		End:   func() error { return nil },
	}, nil
}
