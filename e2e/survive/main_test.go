package survive

import (
	"flag"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"qrgen/e2e/rig"
)

var (
	outage = flag.Duration("outage", 10*time.Second, "how long PostgreSQL hangs")
	seed   = flag.Uint64("seed", 20261120, "of the random moments")
)

const (
	root     = "../.." // the repository, from here
	patience = rig.Patience
)

var must, eventually, within, folder = rig.Must, rig.Eventually, rig.Within, rig.Folder

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(rig.Main(root, m.Run))
}

// moments gives the test's random numbers: the same in every run.
func moments(t testing.TB) *rand.Rand {
	t.Helper()
	t.Logf("seed %d", *seed)
	return rand.New(rand.NewPCG(*seed, uint64(len(t.Name()))))
}

// pass lets the load go on for a while.
func pass(t testing.TB, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
		t.Fatal("the test ended")
	}
}
