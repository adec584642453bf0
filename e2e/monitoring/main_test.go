package monitoring

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"testing"

	"qrgen/e2e/rig"
)

const patience = rig.Patience

var must, within = rig.Must, rig.Within

func TestMain(m *testing.M) { os.Exit(rig.Main(root, m.Run)) }

// spawn starts a program that leaves the user's own folder alone.
func spawn(t testing.TB, env []string, name string, args ...string) {
	t.Helper()
	rig.Spawn(t, append([]string{"HOME=" + t.TempDir()}, env...), name, args...)
}

func freePort(t testing.TB) string {
	t.Helper()
	return rig.FreePort(t, "127.0.0.1")
}

// get asks for a page and gives its body.
func get(address string) (string, error) {
	a, err := rig.Ask(context.Background(), http.DefaultClient, http.MethodGet, address, nil)
	if err == nil && a.Status != http.StatusOK {
		err = fmt.Errorf("%s: %d: %.300s", address, a.Status, a.Body)
	}
	return a.Body, err
}
