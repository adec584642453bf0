package survive

import (
	"strings"
	"testing"
	"time"

	"qrgen/e2e/rig"
)

// TestGivesUp: where nothing is known and no database comes, a start says that
// it waits and gives up after STARTUP_TIMEOUT.
func TestGivesUp(t *testing.T) {
	t.Parallel()
	const nowhere = "postgres://qrgen@127.0.0.1:1/qrgen"
	p := start(t, folder(t), nowhere, "STARTUP_TIMEOUT=2s")
	if !p.Ends() {
		t.Fatal("it does not give up")
	}
	if p.Err == nil || !strings.Contains(p.Stderr.String(), "did not answer within 2s (STARTUP_TIMEOUT)") {
		t.Errorf("%v: %s", p.Err, p.Stderr.String())
	}
	if !strings.Contains(p.Stdout.String(), "the database does not answer") {
		t.Errorf("it does not say that it waits: %s", p.Stdout.String())
	}

	path := rig.Binary(t)
	began := time.Now()
	_, err := rig.Command(t, []string{"DATABASE_URL=" + nowhere, "STARTUP_TIMEOUT=2s", "DATA_DIR=" + folder(t)}, path, "migrate")
	for _, words := range []string{"waiting for the database", "within 2s (STARTUP_TIMEOUT)"} {
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("migrate does not say %q: %v", words, err)
		}
	}
	if took := time.Since(began); took < 2*time.Second {
		t.Errorf("migrate gave up after %s", took)
	}
}

// TestMigrateWaits: the database comes a moment later, as it does when a stack
// starts.
func TestMigrateWaits(t *testing.T) {
	t.Parallel()
	pg := newPostgres(t)
	pg.Shutdown(t)
	p := rig.Spawn(t, []string{"DATABASE_URL=" + pg.URL(), "DATA_DIR=" + folder(t)}, rig.Binary(t), "migrate")
	rig.Await(t, "that it waits", func() bool { return strings.Contains(p.Stderr.String(), "waiting for the database") })
	pg.Start(t)
	if !p.Ends() || p.Err != nil || !strings.HasSuffix(p.Stdout.String(), " migrations applied\n") {
		t.Errorf("%v: %s", p.Err, p.Said())
	}
}
