package rig

import (
	"context"
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

// Postgres is a server of the test's own: nobody restarts it but the test.
type Postgres struct {
	*Process
	Port     string
	dir      string
	settings []string
}

// NewPostgres makes a server with its settings, such as "fsync=on", and starts
// it. It ends with the test.
func NewPostgres(t testing.TB, settings ...string) *Postgres {
	t.Helper()
	from, err := cluster()
	Must(t, err)
	pg := &Postgres{Port: FreePort(t, "127.0.0.1"), dir: filepath.Join(Folder(t), "pg"), settings: settings}
	if out, err := exec.Command("cp", "-a", from, pg.dir).CombinedOutput(); err != nil {
		t.Fatalf("copy the cluster: %v\n%s", err, out)
	}
	t.Cleanup(pg.Kill)
	pg.Start(t)
	return pg
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
	if err := os.Mkdir(parent, 0o700); err != nil {
		return "", err
	}
	if c := account().Credential; c != nil {
		if err := os.Chown(parent, int(c.Uid), int(c.Gid)); err != nil {
			return "", err
		}
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

// Start starts the server and waits until it answers.
func (pg *Postgres) Start(t testing.TB) {
	t.Helper()
	Eventually(t, "PostgreSQL", func() error {
		if !pg.up() { // it may end at once, such as while the killed one's memory is still held
			if err := pg.spawn(); err != nil {
				return err
			}
		}
		if err := pg.ping(); err != nil {
			return fmt.Errorf("%w\n%s", err, Tail(pg.Stderr.String(), 6))
		}
		return nil
	})
}

func (pg *Postgres) spawn() error {
	bin, err := binaries()
	if err != nil {
		return err
	}
	cmd := exec.Command(filepath.Join(bin, "postgres"), "-D", pg.dir, "-p", pg.Port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=")
	for _, s := range pg.settings {
		cmd.Args = append(cmd.Args, "-c", s)
	}
	cmd.SysProcAttr, cmd.Dir = account(), "/"
	p, err := start(cmd)
	if err == nil {
		pg.Process = p
	}
	return err
}

func (pg *Postgres) up() bool { return pg.Process != nil && pg.Running() }

// URL is the connection string.
func (pg *Postgres) URL() string {
	return "postgres://postgres@127.0.0.1:" + pg.Port + "/postgres?sslmode=disable"
}

func (pg *Postgres) ping() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, pg.URL())
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// Processes are the server and what it forked, the server first.
func (pg *Postgres) Processes() []int {
	pids := []int{pg.Pid()}
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

// Kill is kill -9 of the server and its children.
func (pg *Postgres) Kill() {
	if !pg.up() {
		return
	}
	// The parent first: it would restart what is killed.
	_ = pg.Signal(syscall.SIGSTOP)
	for _, pid := range pg.Processes() {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	<-pg.Exited
}

// Shutdown is pg_ctl stop -m fast.
func (pg *Postgres) Shutdown(t testing.TB) {
	t.Helper()
	Must(t, pg.Signal(syscall.SIGINT))
	if !pg.Ends() {
		t.Fatalf("PostgreSQL does not stop\n%s", Tail(pg.Stderr.String(), 6))
	}
}
