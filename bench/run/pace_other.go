//go:build !linux

package main

import (
	"context"
	"errors"
	"time"
)

type paced struct{ sent, failed int }

func (p paced) rate() float64 { return 0 }

func (p paced) quantile(float64) time.Duration { return 0 }

func pace(context.Context, uint16, func(n int) string, options, float64, time.Duration) (paced, error) {
	return paced{}, errors.ErrUnsupported
}
