package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// nginx answers every request with one redirect.
func nginx(_ context.Context, _ options, dir string, port uint16) (*contender, error) {
	binary, err := exec.LookPath("nginx")
	if err != nil {
		if binary, err = exec.LookPath("/usr/sbin/nginx"); err != nil {
			return nil, fmt.Errorf("nginx: %w", err)
		}
	}
	file := filepath.Join(dir, "nginx.conf")
	content := fmt.Sprintf(`daemon off; pid %[1]s/nginx.pid; error_log %[1]s/nginx.log; worker_processes auto;
events { worker_connections 256; }
http {
	access_log off; keepalive_requests 1000000000;
	server { listen 127.0.0.1:%[2]d; add_header Cache-Control "private, no-store"; return 302 https://www.example.org/00000000000000000000000000000001; }
}
`, dir, port)
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		return nil, fmt.Errorf("write nginx.conf: %w", err)
	}
	return &contender{name: "nginx", args: []string{binary, "-p", dir, "-c", file, "-e", filepath.Join(dir, "nginx.log")}, env: os.Environ(), port: port}, nil
}

// golinkFill makes golink 1.0.0's table, which has to be filled before it
// starts: its own way in takes one link a request.
const golinkFill = `CREATE TABLE Links (ID TEXT PRIMARY KEY, Short TEXT NOT NULL DEFAULT "", Long TEXT NOT NULL DEFAULT "",
	Created INTEGER NOT NULL DEFAULT 0, LastEdit INTEGER NOT NULL DEFAULT 0, Owner TEXT NOT NULL DEFAULT "");
CREATE TABLE Stats (ID TEXT NOT NULL DEFAULT "", Created INTEGER NOT NULL DEFAULT 0, Clicks INTEGER);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
INSERT INTO Links (ID, Short, Long, Owner) SELECT lower(printf('demo%%06X', i)), printf('DEMO%%06X', i), printf('https://www.example.org/%%032x', i), 'bench@example.org' FROM n;
`

// golink is a short link server that counts, from the module in bench/peers.
func golink(ctx context.Context, o options, dir string, port uint16) (*contender, error) {
	binary, links := filepath.Join(dir, "golink"), filepath.Join(dir, "golink.db")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "github.com/tailscale/golink/cmd/golink")
	build.Dir = "bench/peers"
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("golink: %w\n%s", err, out)
	}
	fill := exec.CommandContext(ctx, "sqlite3", links, fmt.Sprintf(golinkFill, o.codes))
	if out, err := fill.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("golink: fill its database: %w\n%s", err, out)
	}
	return &contender{
		name: "golink", args: []string{binary, "-dev-listen", "127.0.0.1:" + strconv.Itoa(int(port)), "-sqlitedb", links},
		env: os.Environ(), port: port, path: "/%s",
	}, nil
}
