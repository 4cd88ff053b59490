//go:build !linux

package main

import (
	"errors"
	"time"
)

type active struct {
	cpu      time.Duration
	switches int
}

func activityOf(int) (active, error) {
	return active{}, errors.New("what idle processes do is only known on Linux")
}
