package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"qrgen/db/dbtest"
)

// TestSignals: the real program ends with 0 when it is asked to, and with 1
// and one line of why when it cannot do what it was told.
func TestSignals(t *testing.T) {
	t.Parallel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	database, data := dbtest.URL(t), t.TempDir()
	command := func(args ...string) *exec.Cmd {
		c := exec.CommandContext(t.Context(), exe, args...)
		c.Env = append(os.Environ(), mainEnv+"=1", "DATABASE_URL="+database, "PORT=0", "BASE_URL=https://qr.example.edu", "DATA_DIR="+data)
		return c
	}
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		c := command("serve")
		stderr, err := c.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewReader(stderr)
		if line, err := lines.ReadString('\n'); err != nil || !strings.Contains(line, "runs at http://127.0.0.1:") {
			t.Errorf("%q, %v", line, err)
		}
		if err := c.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		rest, _ := io.ReadAll(lines)
		if err := c.Wait(); err != nil || len(rest) > 0 {
			t.Errorf("%s: %v, %s", signal, err, rest)
		}
	}
	out, err := command("nothing").CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 1 || !strings.Contains(string(out), "qrgen: use one of these commands") {
		t.Errorf("%v: %s", err, out)
	}
}
