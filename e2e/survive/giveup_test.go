package survive

import (
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestGivesUp: where nothing is known and no database comes, a start says that
// it waits and gives up after STARTUP_TIMEOUT.
func TestGivesUp(t *testing.T) {
	t.Parallel()
	const nowhere = "postgres://qrgen@127.0.0.1:1/qrgen"
	p := start(t, folder(t), nowhere, "STARTUP_TIMEOUT=2s")
	select {
	case <-p.exited:
	case <-time.After(patience):
		t.Fatal("it does not give up")
	}
	if p.err == nil || !strings.Contains(p.stderr.String(), "did not answer within 2s (STARTUP_TIMEOUT)") {
		t.Errorf("%v: %s", p.err, p.stderr.String())
	}
	if !strings.Contains(p.stdout.String(), "the database does not answer") {
		t.Errorf("it does not say that it waits: %s", p.stdout.String())
	}

	path, err := binary()
	must(t, err)
	began := time.Now()
	cmd := exec.CommandContext(t.Context(), path, "migrate")
	cmd.Env = []string{"DATABASE_URL=" + nowhere, "STARTUP_TIMEOUT=2s", "DATA_DIR=" + folder(t)}
	out, err := cmd.CombinedOutput()
	for _, words := range []string{"waiting for the database", "within 2s (STARTUP_TIMEOUT)"} {
		if err == nil || !strings.Contains(string(out), words) {
			t.Errorf("migrate does not say %q: %v, %s", words, err, out)
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
	pg.shutdown(t)
	path, err := binary()
	must(t, err)
	cmd := exec.CommandContext(t.Context(), path, "migrate")
	cmd.Env = []string{"DATABASE_URL=" + pg.url(), "DATA_DIR=" + folder(t)}
	var out, log lockedBuffer
	cmd.Stdout, cmd.Stderr = &out, &log
	must(t, cmd.Start())
	eventually(t, "that it waits", func() error {
		if !strings.Contains(log.String(), "waiting for the database") {
			return errNothing
		}
		return nil
	})
	pg.start(t)
	if err := cmd.Wait(); err != nil || !strings.HasSuffix(out.String(), " migrations applied\n") {
		t.Errorf("%v: %s%s", err, out.String(), log.String())
	}
}
