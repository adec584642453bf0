package backup

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// tools are pg_dump and pg_restore of one version.
type tools struct {
	dir     string
	version string
	major   int
}

// findTools gives the oldest pair that can talk to a server of that version:
// an older one can't read it, and a newer one writes what older ones can't
// read back.
func findTools(ctx context.Context, binDirs []string, server int) (tools, error) {
	var dirs []string
	for _, g := range binDirs {
		matches, _ := filepath.Glob(g) // the one error is a malformed glob, which matches nothing
		dirs = append(dirs, matches...)
	}
	if path, err := exec.LookPath("pg_dump"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
	}
	var found []tools
	for _, dir := range dirs {
		if t, ok := inspect(ctx, dir); ok {
			found = append(found, t)
		}
	}
	slices.SortStableFunc(found, func(a, b tools) int { return a.major - b.major })
	for _, t := range found {
		if t.major >= server {
			return t, nil
		}
	}
	have := "are not installed"
	if len(found) > 0 {
		newest := found[len(found)-1]
		have = fmt.Sprintf("are of version %s (in %s), older than the server", newest.version, newest.dir)
	}
	return tools{}, fmt.Errorf("PostgreSQL's pg_dump and pg_restore %s: install those of version %d (Debian, Ubuntu: apt-get install postgresql-client-%d; macOS: brew install postgresql@%d) and have them on the PATH", have, server, server, server)
}

func inspect(ctx context.Context, dir string) (t tools, ok bool) {
	if _, err := os.Stat(filepath.Join(dir, "pg_restore")); err != nil {
		return t, false
	}
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "pg_dump"), "--version")
	cmd.Env = toolEnv()
	out, err := cmd.Output()
	m := regexp.MustCompile(`\(PostgreSQL\) ((\d+)\S*)`).FindSubmatch(out)
	if err != nil || m == nil {
		return t, false
	}
	major, err := strconv.Atoi(string(m[2]))
	return tools{dir: dir, version: string(m[1]), major: major}, err == nil
}

// toolEnv holds nothing of the caller's: PGOPTIONS or a foreign locale would
// change what the tools do.
func toolEnv() []string {
	env := []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C", "TZ=UTC", "PGAPPNAME=qrgen backup"}
	if home, err := os.UserHomeDir(); err == nil { // where libpq looks for certificates
		env = append(env, "HOME="+home)
	}
	return env
}

// connEnv leads the tools to a database by their environment: arguments are
// for every account to see.
func connEnv(connection, database string) ([]string, error) {
	cfg, err := pgxpool.ParseConfig(connection)
	if err != nil {
		return nil, fmt.Errorf("parse the database address: %w", err)
	}
	c := cfg.ConnConfig
	hosts, ports := []string{c.Host}, []string{strconv.Itoa(int(c.Port))}
	for _, f := range c.Fallbacks { // the other hosts, and each again without TLS
		port := strconv.Itoa(int(f.Port))
		if f.Host != hosts[len(hosts)-1] || port != ports[len(ports)-1] {
			hosts, ports = append(hosts, f.Host), append(ports, port)
		}
	}
	env := append(toolEnv(), "PGHOST="+strings.Join(hosts, ","), "PGPORT="+strings.Join(ports, ","),
		"PGUSER="+c.User, "PGPASSWORD="+c.Password, "PGDATABASE="+database)
	for _, s := range []struct{ name, env string }{
		{"sslmode", "PGSSLMODE"}, {"sslrootcert", "PGSSLROOTCERT"}, {"sslcert", "PGSSLCERT"}, {"sslkey", "PGSSLKEY"},
		{"target_session_attrs", "PGTARGETSESSIONATTRS"},
	} {
		if value := setting(connection, s.name); value != "" {
			env = append(env, s.env+"="+value)
		}
	}
	return env, nil
}

// setting reads one setting of a connection string in either form.
func setting(connection, name string) string {
	if u, err := url.Parse(connection); err == nil && u.Scheme != "" {
		return u.Query().Get(name)
	}
	m := regexp.MustCompile(`(?:^|\s)` + name + `\s*=\s*(?:'([^']*)'|(\S+))`).FindStringSubmatch(connection)
	if m == nil {
		return ""
	}
	return m[1] + m[2]
}

// run runs one of the tools. It hands every line of --verbose to said, and
// gives the other lines as the error's text.
func (t tools) run(ctx context.Context, env []string, stdout io.Writer, said func(line string), name string, args ...string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(t.dir, name), args...)
	cmd.Env = env
	cmd.Stdout = stdout
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}                    // Ctrl-C in the terminal reaches this program alone, which then stops the tool
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // it ends its own helpers, too
	cmd.WaitDelay = 5 * time.Second
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return fmt.Errorf("run %s: %w", name, err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("run %s: %w", name, err)
	}
	var problems []string
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		line := strings.TrimPrefix(lines.Text(), name+": ")
		if len(problems) == 0 && !strings.HasPrefix(line, "error:") {
			said(line)
			continue
		}
		if len(problems) < 5 {
			problems = append(problems, cut(line, 300))
		}
	}
	_, _ = io.Copy(io.Discard, stderr) // what the scanner gave up on
	err = cmd.Wait()
	if ctx.Err() != nil {
		return fmt.Errorf("%s was stopped: %w", name, context.Cause(ctx))
	}
	if err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, strings.Join(problems, "; "))
	}
	return nil
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
