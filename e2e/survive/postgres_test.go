package survive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"qrgen/internal/embedpg"
)

// postgres is a server of the test's own: nobody restarts it but the test.
type postgres struct {
	dir, port string
	cmd       *exec.Cmd
	exited    chan struct{}
}

// account is whom the server runs as: it does not run as root.
func account() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setsid: true}
	if os.Geteuid() != 0 {
		return attr
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			uid, _ := strconv.ParseUint(u.Uid, 10, 32)
			gid, _ := strconv.ParseUint(u.Gid, 10, 32)
			attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
			return attr
		}
	}
	return attr
}

// cluster makes one cluster, which is copied for each test.
var cluster = sync.OnceValues(func() (string, error) {
	bin, err := binaries()
	if err != nil {
		return "", err
	}
	parent := filepath.Join(scratch, "cluster")
	if err := errors.Join(os.Mkdir(parent, 0o700), own(parent)); err != nil {
		return "", err
	}
	data := filepath.Join(parent, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = account(), "/"
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return data, nil
})

var binaries = sync.OnceValues(func() (string, error) {
	modules, err := filepath.Abs(filepath.Join(root, "node_modules"))
	if err != nil {
		return "", err
	}
	found, err := embedpg.FindBinaries(context.Background(), embedpg.SystemBinDirs(), []string{modules})
	return found.Dir, err
})

// own gives a file to the server's account.
func own(path string) error {
	if c := account().Credential; c != nil {
		return os.Chown(path, int(c.Uid), int(c.Gid))
	}
	return nil
}

// newPostgres makes a server and starts it.
func newPostgres(t testing.TB) *postgres {
	t.Helper()
	from, err := cluster()
	must(t, err)
	pg := &postgres{dir: filepath.Join(folder(t), "pg"), port: freePort(t)}
	if out, err := exec.Command("cp", "-a", from, pg.dir).CombinedOutput(); err != nil {
		t.Fatalf("copy the cluster: %v\n%s", err, out)
	}
	pg.start(t)
	t.Cleanup(pg.kill)
	return pg
}

// start starts the server and waits until it answers.
func (pg *postgres) start(t testing.TB) {
	t.Helper()
	eventually(t, "PostgreSQL", func() error {
		if err := pg.spawn(); err != nil {
			return err
		}
		for {
			err := pg.ping()
			if err == nil {
				return nil
			}
			select {
			case <-pg.exited: // such as while the killed one's memory is still held
				return fmt.Errorf("it ended: %s", pg.log())
			case <-t.Context().Done():
				return t.Context().Err()
			case <-time.After(poll):
			}
		}
	})
}

func (pg *postgres) spawn() error {
	bin, err := binaries()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(pg.dir+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(filepath.Join(bin, "postgres"), "-D", pg.dir, "-p", pg.port,
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=on", "-c", "synchronous_commit=on",
		"-c", "shared_buffers=32MB", "-c", "max_connections=60")
	cmd.SysProcAttr, cmd.Dir, cmd.Stdout, cmd.Stderr = account(), "/", log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	exited := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(exited)
	}()
	pg.cmd, pg.exited = cmd, exited
	return nil
}

func (pg *postgres) log() string {
	b, _ := os.ReadFile(pg.dir + ".log")
	return tail(string(b), 6)
}

func (pg *postgres) url() string { return pg.urlAt(pg.port) }

// urlAt is the server's address behind a proxy.
func (pg *postgres) urlAt(port string) string {
	return "postgres://postgres@127.0.0.1:" + port + "/postgres?sslmode=disable"
}

func (pg *postgres) ping() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, pg.url())
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// processes are the server and what it forked, the server first.
func (pg *postgres) processes() []int {
	pids := []int{pg.cmd.Process.Pid}
	entries, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, entry := range entries {
		stat, err := os.ReadFile(entry)
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 && fields[1] == strconv.Itoa(pids[0]) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(entry)))
			pids = append(pids, pid)
		}
	}
	return pids
}

func (pg *postgres) running() bool {
	select {
	case <-pg.exited:
		return false
	default:
		return true
	}
}

// kill is kill -9 of the server and its children.
func (pg *postgres) kill() {
	if !pg.running() {
		return
	}
	// The parent first: it would restart what is killed.
	_ = syscall.Kill(pg.cmd.Process.Pid, syscall.SIGSTOP)
	pids := pg.processes()
	for _, pid := range pids {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	<-pg.exited
}

// hang stops every process of the server; the function goes on with them.
func (pg *postgres) hang() (goOn func()) {
	_ = syscall.Kill(pg.cmd.Process.Pid, syscall.SIGSTOP)
	pids := pg.processes()
	for _, pid := range pids[1:] {
		_ = syscall.Kill(pid, syscall.SIGSTOP)
	}
	return func() {
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGCONT)
		}
	}
}

// shutdown is pg_ctl stop -m fast.
func (pg *postgres) shutdown(t testing.TB) {
	t.Helper()
	must(t, pg.cmd.Process.Signal(syscall.SIGINT))
	select {
	case <-pg.exited:
	case <-time.After(patience):
		t.Fatal("PostgreSQL does not stop")
	}
}

// query gives the one value that sql selects.
func query[T any](t testing.TB, pg *postgres, sql string, args ...any) (value T) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), pg.url())
	must(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	must(t, conn.QueryRow(t.Context(), sql, args...).Scan(&value))
	return value
}

// stored are the scans in the database by short ID.
func (pg *postgres) stored(t testing.TB) map[string]int64 {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), pg.url())
	must(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(t.Context(), "SELECT c.short_id, count(*) FROM scans s JOIN codes c ON c.id = s.code_id GROUP BY 1")
	must(t, err)
	counts := map[string]int64{}
	var id string
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&id, &n}, func() error { counts[id] = n; return nil })
	must(t, err)
	return counts
}
