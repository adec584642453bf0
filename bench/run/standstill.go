package main

import (
	"runtime"
	"slices"
	"sync"
	"time"
)

// standstillFor is how long the machine alone is looked at, once a round.
const standstillFor = 10 * time.Second

// standstill has every core do nothing but read the clock, and gives how long
// each of so many requests a second would have waited for its core to run:
// what no server on this machine can be quicker than. A host that takes cores
// away leaves gaps between two readings.
func standstill(rate float64) (waits []time.Duration) {
	var mu sync.Mutex
	var group sync.WaitGroup
	cores := runtime.NumCPU()
	interval := time.Duration(float64(time.Second) * float64(cores) / rate)
	for range cores {
		group.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			list := clockGaps(interval)
			mu.Lock()
			defer mu.Unlock()
			waits = append(waits, list...)
		})
	}
	group.Wait()
	slices.Sort(waits)
	return waits
}

// clockGaps reads the clock without a pause. What is due every interval waits
// for the next reading.
func clockGaps(interval time.Duration) (waits []time.Duration) {
	begin := time.Now()
	for now, due := time.Duration(0), interval; now < standstillFor; {
		now = time.Since(begin)
		for ; due <= now; due += interval {
			waits = append(waits, now-due)
		}
	}
	return waits
}

// quantile of a sorted list; 0 where it is empty.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}
