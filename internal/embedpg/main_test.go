package embedpg_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"qrgen/internal/embedpg"
)

// helperEnv makes the test binary act as a program with an embedded PostgreSQL
// on the data directory it names.
const helperEnv = "EMBEDPG_HELPER_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(helperEnv); dir != "" {
		if err := helper(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// helper prints the URL once the server is up and stops it when its standard
// input ends.
func helper(dir string) error {
	s, err := embedpg.Start(context.Background(), config(dir))
	if err != nil {
		return err
	}
	fmt.Println(s.URL())
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	return s.Stop(context.Background())
}

// program is a running helper.
type program struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *bufio.Reader
	errs  strings.Builder
}

// startProgram runs a helper; prepare may change its command first.
func startProgram(t *testing.T, dir string, prepare func(*exec.Cmd)) *program {
	t.Helper()
	exe, err := os.Executable()
	ok(t, err)
	p := &program{cmd: exec.Command(exe)}
	p.cmd.Env = append(os.Environ(), helperEnv+"="+dir)
	p.cmd.Stderr = &p.errs
	p.stdin, err = p.cmd.StdinPipe()
	ok(t, err)
	out, err := p.cmd.StdoutPipe()
	ok(t, err)
	p.out = bufio.NewReader(out)
	if prepare != nil {
		prepare(p.cmd)
	}
	ok(t, p.cmd.Start())
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

// url waits until the helper's server is up.
func (p *program) url(t *testing.T) string {
	t.Helper()
	line, err := p.out.ReadString('\n')
	if err != nil {
		_ = p.cmd.Wait()
		t.Fatalf("the program did not start: %s", p.errs.String())
	}
	return strings.TrimSpace(line)
}

// kill ends the helper as a crash would.
func (p *program) kill(t *testing.T) {
	t.Helper()
	ok(t, p.cmd.Process.Kill())
	_ = p.cmd.Wait()
}

// config is for clusters of which nothing needs to survive the machine.
func config(dir string) embedpg.Config {
	return embedpg.Config{Dir: dir, Settings: map[string]string{"fsync": "off", "shared_buffers": "16MB"}}
}

func start(t *testing.T, cfg embedpg.Config) *embedpg.Server {
	t.Helper()
	s, err := embedpg.Start(t.Context(), cfg)
	ok(t, err)
	t.Cleanup(func() { ok(t, s.Stop(context.Background())) })
	return s
}

func stop(t *testing.T, s *embedpg.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	ok(t, s.Stop(ctx))
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// query runs SQL on a connection of its own and gives the first column of the
// only row as text, "" if there is none.
func query(t *testing.T, url, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	ok(t, err)
	defer conn.Close(context.Background())
	results, err := conn.PgConn().Exec(t.Context(), sql).ReadAll()
	ok(t, err)
	last := results[len(results)-1]
	if len(last.Rows) == 0 {
		return ""
	}
	return string(last.Rows[0][0])
}

// postmasters counts the servers on dir by looking at every process.
func postmasters(t *testing.T, dir string) (pids []int) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("counts processes in /proc")
	}
	data, err := os.Stat(dir)
	if err != nil {
		return nil
	}
	procs, err := filepath.Glob("/proc/[0-9]*")
	ok(t, err)
	parents := map[int]int{}
	for _, p := range procs {
		cmdline, _ := os.ReadFile(p + "/cmdline") // children have a title instead of arguments, but not at once
		cwd, err := os.Stat(p + "/cwd")
		if err == nil && os.SameFile(cwd, data) && strings.Contains(string(cmdline), "/postgres\x00-D\x00") {
			stat, err := os.ReadFile(p + "/stat")
			if err != nil {
				continue // it has just ended
			}
			var pid, parent int
			_, err = fmt.Sscanf(string(stat), "%d (postgres) %1s %d", &pid, new(string), &parent)
			ok(t, err)
			parents[pid] = parent
		}
	}
	for pid, parent := range parents {
		if _, isChild := parents[parent]; !isChild {
			pids = append(pids, pid)
		}
	}
	return pids
}

// one wants a single server; see none for why it waits.
func one(t *testing.T, dir string) (pid int) {
	t.Helper()
	eventually(t, "there is one server on "+dir, func() bool {
		pids := postmasters(t, dir)
		if len(pids) == 1 {
			pid = pids[0]
		}
		return len(pids) == 1
	})
	return pid
}

// none wants no server to be left. The children of a killed one, which end by
// themselves, look like it until they have given themselves a title.
func none(t *testing.T, dir string) {
	t.Helper()
	eventually(t, "no server is left on "+dir, func() bool { return len(postmasters(t, dir)) == 0 })
}

// eventually polls until is holds.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for !is() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("not within 30 s: " + what)
		}
	}
}

// says checks that err is there and holds all the words.
func says(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", words)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q lacks %q", err, w)
		}
	}
}

func killHard(t *testing.T, pid int) {
	t.Helper()
	ok(t, syscall.Kill(pid, syscall.SIGKILL))
}
