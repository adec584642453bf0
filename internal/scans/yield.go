package scans

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// While every core of the machine is busy, storing scans takes time from the
// people who scan, who wait, for the sake of those who look at counts, who can
// wait. The recorder then rests restShare times as long as it worked, but no
// longer than restMax, until a quarter of the journal is in use.
const (
	busyIdle   = 0.12 // of the machine's time, unused: a busy machine has less
	restShare  = 12
	restMax    = 700 * time.Millisecond
	restFilled = 0.25
)

// yield decides how long the recorder rests after a piece of work. Only the
// recorder's goroutine uses it.
type yield struct {
	total, idle uint64 // as last read
	readAt      time.Time
	busy        bool
}

// rest is how long to rest after work that took so long, with the journal
// filled so far (0 to 1).
func (y *yield) rest(worked time.Duration, filled float64) time.Duration {
	if now := time.Now(); now.Sub(y.readAt) >= 100*time.Millisecond {
		y.look(now)
	}
	if !y.busy || filled > restFilled {
		return 0
	}
	return min(worked*restShare, restMax)
}

// look reads how busy the machine has been since the last look. Where there is
// no /proc/stat it never is.
func (y *yield) look(now time.Time) {
	content, err := os.ReadFile("/proc/stat")
	if err != nil {
		return
	}
	total, idle := cpuTime(string(content))
	if spent := total - y.total; !y.readAt.IsZero() && spent > 0 {
		y.busy = float64(idle-y.idle) < busyIdle*float64(spent)
	}
	y.total, y.idle, y.readAt = total, idle, now
}

// cpuTime sums up the first line of /proc/stat (proc_stat(5)): all time, and
// what of it was idle or waited for the disk, in ticks.
func cpuTime(stat string) (total, idle uint64) {
	line, _, _ := strings.Cut(stat, "\n")
	for i, field := range strings.Fields(line) {
		n, err := strconv.ParseUint(field, 10, 64)
		if err != nil || i > 8 { // its name; guests' time is part of user's
			continue
		}
		total += n
		if i == 4 || i == 5 {
			idle += n
		}
	}
	return total, idle
}
