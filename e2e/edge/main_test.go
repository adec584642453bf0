package edge

import (
	"fmt"
	"os"
	"testing"

	"qrgen/e2e/rig"
)

const (
	patience = rig.Patience

	inside  = "127.0.0.1" // an address of ADMIN_ALLOW
	outside = "127.0.0.2" // none of it
)

var must, eventually = rig.Must, rig.Eventually

func TestMain(m *testing.M) {
	if os.Getenv("TRAEFIK_BIN") == "" {
		fmt.Println("edge: skipped, TRAEFIK_BIN is not set: make test-edge sets it")
		return
	}
	os.Exit(rig.Main("../..", m.Run))
}
