//go:build !linux

package embedpg

import (
	"os/exec"
	"strconv"
	"strings"
)

// isPostmaster says whether the living process pid is a PostgreSQL server on
// dir, by its command line: launch gives it "-D dir".
func isPostmaster(pid int, dir string) bool {
	out, err := exec.Command("ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	line := string(out)
	return err == nil && strings.Contains(line, "postgres") && strings.Contains(line, "-D "+dir+" ")
}
