package embedpg

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	dbName = "qrgen" // the database and the role that owns it

	// passwordFile lies in the data directory, so that the cluster and its
	// password come and go together.
	passwordFile = "qrgen.password"

	initSuffix = ".init-" // of directories in which a cluster is being made
)

// pgConf fits a desk machine and stays editable: what must hold in any case is
// given on the command line (see process.go).
const pgConf = `
# Added by qrgen. Edit as you like; listen_addresses, the socket's place, fsync,
# full_page_writes and synchronous_commit are set by the program.
shared_buffers = 128MB
max_connections = 50
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] '
`

// pgHBA asks for a password although the socket lies in a directory of mode
// 0700: run as root, the server shares its account ("nobody", say) with other
// services, which could enter that directory. Peer authentication is out, as
// the program then runs under another account than the server. The superuser
// "postgres" has no password and so cannot log in at all.
const pgHBA = `# Written by qrgen.
local all all scram-sha-256
`

// prepare brings the data directory into a state from which a server can be
// started, and gives the cluster's major version, 0 if there is none yet.
func (s *Server) prepare(ctx context.Context) (major int, err error) {
	dir := s.cfg.Dir
	if err := removeLeftovers(ctx, dir); err != nil {
		return 0, err
	}
	if s.acct, err = serverAccount(dir); err != nil {
		return 0, err
	}
	if major, err = clusterMajor(dir); err != nil || major == 0 {
		return 0, err
	}
	if err := s.stopOrphan(ctx); err != nil {
		return 0, err
	}
	if owner, exists, err := ownerOf(dir); err != nil || exists && owner.uid != s.acct.uid {
		// Only root gets here: a cluster that was copied as root, for example
		// out of a backup.
		if err := errors.Join(err, s.acct.give(dir)); err != nil {
			return 0, err
		}
	}
	if err := os.Chmod(dir, 0o700); err != nil { // PostgreSQL insists on it
		return 0, fmt.Errorf("close the data directory to others: %w", err)
	}
	return major, nil
}

// removeLeftovers clears what an interrupted initCluster left. Where the
// program alone was killed, its initdb may still be writing: it fails over the
// missing files, and the rest is removed then.
func removeLeftovers(ctx context.Context, dir string) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		leftovers, err := filepath.Glob(dir + initSuffix + "*")
		for _, l := range leftovers {
			err = errors.Join(err, os.RemoveAll(l))
		}
		if err == nil {
			return nil
		}
		if !errors.Is(err, syscall.ENOTEMPTY) {
			return fmt.Errorf("remove an interrupted initdb: %w", err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("remove an interrupted initdb: %w: %w", context.Cause(ctx), err)
		case <-tick.C:
		}
	}
}

// clusterMajor reads the major version of the cluster in dir, 0 if dir does
// not exist or is empty.
func clusterMajor(dir string) (int, error) {
	b, err := os.ReadFile(filepath.Join(dir, "PG_VERSION"))
	if err == nil {
		major, err := strconv.Atoi(strings.TrimSpace(string(b)))
		if err != nil {
			return 0, fmt.Errorf("%s is of an unknown PostgreSQL version: %w", dir, err)
		}
		return major, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("read the cluster's version: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("read the data directory: %w", err)
	}
	if len(entries) > 0 {
		return 0, fmt.Errorf("%s is not empty and is no PostgreSQL data directory (it has no PG_VERSION): move it away, or choose another DATA_DIR", dir)
	}
	return 0, nil
}

// binaries finds those to run a cluster of the major version, 0 meaning any.
func (s *Server) binaries(ctx context.Context, major int) (Binaries, error) {
	b, err := pickBinaries(ctx, s.cfg.BinDirs, s.cfg.NodeModules, major)
	if major != 0 && errors.Is(err, ErrNoBinaries) {
		if other, err2 := FindBinaries(ctx, s.cfg.BinDirs, s.cfg.NodeModules); err2 == nil {
			return b, otherMajor(s.cfg.Dir, major, other)
		}
	}
	if err != nil || s.acct.reaches(b.Dir) {
		return b, err
	}
	if !b.npm {
		return b, fmt.Errorf("the account %s, which PostgreSQL runs under for root, cannot enter %s: install PostgreSQL where every account can run it", s.acct.name, b.Dir)
	}
	s.log.InfoContext(ctx, "PostgreSQL's account cannot enter node_modules: its binaries are copied", "to", s.cfg.CacheDir)
	return copyForAccount(b, s.cfg.CacheDir)
}

// otherMajor refuses a cluster that only another major version can read.
func otherMajor(dir string, major int, have Binaries) error {
	return fmt.Errorf("the data in %s is of PostgreSQL %d, and only PostgreSQL %s (%s) is installed, which cannot read it; nothing was changed. "+
		"Either install PostgreSQL %d beside it (Debian, Ubuntu: apt-get install postgresql-%d; macOS: brew install postgresql@%d). "+
		"Or move over: with PostgreSQL %d installed make a dump (qrgen backup), move %s away, start with PostgreSQL %d and restore the dump (qrgen restore)",
		dir, major, have.Version, have.Dir, major, major, major, major, dir, have.Major)
}

// initCluster makes the cluster beside its place and moves it there when it is
// whole, so that an interrupted run leaves nothing that looks like one.
func (s *Server) initCluster(ctx context.Context) error {
	s.log.InfoContext(ctx, "making the database cluster", "dir", s.cfg.Dir, "version", s.bin.Version)
	parent := filepath.Dir(s.cfg.Dir)
	tmp, err := os.MkdirTemp(parent, filepath.Base(s.cfg.Dir)+initSuffix)
	if err != nil {
		return fmt.Errorf("make the cluster: %w", err)
	}
	defer os.RemoveAll(tmp)
	if err := s.initdb(ctx, tmp); err != nil {
		return err
	}
	password := rand.Text()
	err = errors.Join(
		appendFile(filepath.Join(tmp, "postgresql.conf"), pgConf),
		os.WriteFile(filepath.Join(tmp, "pg_hba.conf"), []byte(pgHBA), 0o600),
		os.WriteFile(filepath.Join(tmp, passwordFile), []byte(password+"\n"), 0o600),
		s.acct.give(tmp))
	if err != nil {
		return fmt.Errorf("configure the cluster: %w", err)
	}
	// The program's role can make databases (to try a backup) but is no
	// superuser: a superuser can run programs from SQL.
	err = s.singleUser(ctx, tmp,
		"CREATE ROLE "+dbName+" LOGIN CREATEDB IN ROLE pg_monitor PASSWORD '"+password+"'",
		"CREATE DATABASE "+dbName+" OWNER "+dbName)
	if err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	if err := os.Remove(s.cfg.Dir); err != nil && !errors.Is(err, fs.ErrNotExist) { // an empty one
		return fmt.Errorf("replace the empty data directory: %w", err)
	}
	if err := os.Rename(tmp, s.cfg.Dir); err != nil {
		return fmt.Errorf("move the new cluster to its place: %w", err)
	}
	return syncDir(parent)
}

// initdb runs the program of that name on the empty directory dir.
func (s *Server) initdb(ctx context.Context, dir string) error {
	args := []string{"--username=postgres", "--auth=trust", // pg_hba.conf is replaced before anyone can connect
		"--data-checksums", "--encoding=UTF8", "--locale=C"}
	if s.cfg.Settings["fsync"] == "off" {
		args = append(args, "--no-sync")
	}
	var errs []error
	for _, ctype := range ctypes(s.bin.Major) {
		if err := s.acct.give(dir); err != nil {
			return err
		}
		out, err := s.runIn(ctx, dir, "", "initdb", append(args, ctype...)...)
		if err == nil {
			return nil
		}
		errs = append(errs, fmt.Errorf("initdb %s: %w: %s", strings.Join(ctype, " "), err, lastLines(out, 10)))
		if ctx.Err() != nil {
			return fmt.Errorf("make the cluster: %w", context.Cause(ctx))
		}
		if !strings.Contains(string(out), "locale") {
			break
		}
		if err := emptyDir(dir); err != nil {
			return err
		}
	}
	return errors.Join(errs...)
}

// ctypes are the ways to tell the case of letters, best first. Text is sorted
// by code point in each of them, so that no update of the system's locales can
// break an index. Plain C, which knows ASCII letters alone, is the last resort:
// a search would not find "Übung" by "übung".
func ctypes(major int) [][]string {
	libc := [][]string{{"--lc-ctype=C.UTF-8"}, {"--lc-ctype=en_US.UTF-8"}, {}}
	if major >= 17 {
		return append([][]string{{"--locale-provider=builtin", "--builtin-locale=C.UTF-8"}}, libc...)
	}
	return libc
}

// singleUser runs SQL statements, none of which holds a newline, on the
// cluster in dir while no server runs on it.
func (s *Server) singleUser(ctx context.Context, dir string, statements ...string) error {
	out, err := s.runIn(ctx, dir, strings.Join(statements, "\n")+"\n",
		"postgres", "--single", "-c", "exit_on_error=on", "-c", "log_min_messages=error", "-c", "log_statement=none", "-c", "log_min_error_statement=panic")
	if err != nil {
		return fmt.Errorf("run single-user PostgreSQL: %w: %s", err, lastLines(out, 10))
	}
	return nil
}

// runIn runs one of the binaries to its end on the data directory dir, as the
// server's account, and gives what it printed.
func (s *Server) runIn(ctx context.Context, dir, stdin, name string, args ...string) ([]byte, error) {
	data, inherit, err := s.acct.dataArg(dir)
	if err != nil {
		return nil, err
	}
	if name == "postgres" {
		args = append(args, "-D", data, "postgres")
	} else {
		args = append(args, "-D", data)
	}
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin.Dir, name), args...)
	cmd.Dir = "/" // the account may not be able to enter the current one
	cmd.Env = childEnv()
	cmd.Stdin = strings.NewReader(stdin)
	cmd.SysProcAttr = s.acct.sysProcAttr()
	// initdb has children of its own, and all of them are in its group.
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	if inherit != nil {
		defer inherit.Close()
		cmd.ExtraFiles = []*os.File{inherit}
	}
	return cmd.CombinedOutput()
}

// childEnv holds nothing of the caller's: PGDATA, PGOPTIONS or a foreign
// locale would change what the binaries do.
func childEnv() []string {
	return []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
}

// password reads the role's password, and gives the role a new one if the file
// is lost.
func (s *Server) password(ctx context.Context) (string, error) {
	password, err := readPassword(s.cfg.Dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return password, err
	}
	password = rand.Text()
	if err := s.singleUser(ctx, s.cfg.Dir, "ALTER ROLE "+dbName+" PASSWORD '"+password+"'"); err != nil {
		return "", fmt.Errorf("set a new database password: %w", err)
	}
	path := filepath.Join(s.cfg.Dir, passwordFile)
	if err := os.WriteFile(path, []byte(password+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep the database password: %w", err)
	}
	return password, s.acct.give(path)
}

func readPassword(dir string) (string, error) {
	b, err := os.ReadFile(filepath.Join(dir, passwordFile))
	if err != nil {
		return "", fmt.Errorf("read the database password: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

func appendFile(path, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Sync(), f.Close())
}

func emptyDir(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	if err != nil {
		return fmt.Errorf("clear a failed initdb: %w", err)
	}
	return nil
}

// syncDir makes a rename within dir last through a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return nil
}

// lastLines gives at most n lines from the end of out.
func lastLines(out []byte, n int) string {
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	if len(lines) > n {
		lines = lines[len(lines)-n:]
	}
	return string(bytes.Join(lines, []byte("\n")))
}
