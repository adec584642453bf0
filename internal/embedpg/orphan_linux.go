package embedpg

import (
	"fmt"
	"os"
	"strings"
)

// isPostmaster says whether the living process pid is a PostgreSQL server on
// dir: it is called so, and a server's working directory is its data directory.
func isPostmaster(pid int, dir string) bool {
	comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil || strings.TrimSpace(string(comm)) != "postgres" {
		return false
	}
	cwd, err := os.Stat(fmt.Sprintf("/proc/%d/cwd", pid))
	if err != nil {
		return false
	}
	data, err := os.Stat(dir)
	return err == nil && os.SameFile(cwd, data)
}
