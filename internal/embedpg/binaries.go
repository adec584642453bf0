package embedpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// Binaries is one installed PostgreSQL.
type Binaries struct {
	Dir     string // holds postgres and initdb
	Version string // such as "15.18"
	Major   int    // such as 15

	npm bool // from the npm package: Dir/.. is a tree that can be copied
}

// ErrNoBinaries is wrapped by the errors that say that no usable PostgreSQL is
// installed.
var ErrNoBinaries = errors.New("no PostgreSQL binaries")

const installHint = "install it (Debian, Ubuntu: apt-get install postgresql; macOS: brew install postgresql; anywhere: npm install in the repository) or set DATABASE_URL"

// SystemBinDirs are the directories, as globs, in which installed PostgreSQL
// binaries lie: the one on the PATH, Debian's and Homebrew's.
func SystemBinDirs() []string {
	dirs := []string{
		"/usr/lib/postgresql/*/bin",
		"/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin",
		"/usr/pgsql-*/bin",
	}
	if p, err := exec.LookPath("postgres"); err == nil {
		dirs = append([]string{filepath.Dir(p)}, dirs...)
	}
	return dirs
}

// FindBinaries gives the newest PostgreSQL of at least version 15 in binDirs
// (globs); where there is none, the one of the npm package in nodeModules.
func FindBinaries(ctx context.Context, binDirs, nodeModules []string) (Binaries, error) {
	return pickBinaries(ctx, binDirs, nodeModules, 0)
}

// pickBinaries is FindBinaries restricted to one major version, unless that is
// 0: a cluster is only readable to its own version.
func pickBinaries(ctx context.Context, binDirs, nodeModules []string, major int) (Binaries, error) {
	var found []Binaries
	var unusable []error
	add := func(dir string, npm bool) {
		b, err := inspectBinaries(ctx, dir)
		if err != nil {
			unusable = append(unusable, err)
			return
		}
		b.npm = npm
		found = append(found, b)
	}
	for _, dir := range expand(binDirs) {
		add(dir, false)
	}
	slices.SortStableFunc(found, func(a, b Binaries) int { return compareVersions(b.Version, a.Version) })
	for _, dir := range npmBinDirs(nodeModules) {
		if err := hydrate(filepath.Dir(filepath.Dir(dir))); err != nil {
			unusable = append(unusable, err)
		}
		add(dir, true)
	}
	for _, b := range found {
		if major == b.Major || major == 0 && b.Major >= minMajor {
			return b, nil
		}
	}
	return Binaries{}, noBinaries(found, unusable, major)
}

// noBinaries says in one line what is missing and what to do.
func noBinaries(found []Binaries, unusable []error, major int) error {
	want := fmt.Sprintf("PostgreSQL %d or newer", minMajor)
	if major != 0 {
		want = fmt.Sprintf("PostgreSQL %d", major)
	}
	var there strings.Builder
	for _, b := range found {
		fmt.Fprintf(&there, ", only %s in %s", b.Version, b.Dir)
	}
	err := fmt.Errorf("%w: %s is not installed%s: %s", ErrNoBinaries, want, there.String(), installHint)
	for _, u := range unusable {
		err = fmt.Errorf("%w; not usable: %w", err, u)
	}
	return err
}

// expand gives the directories that match the globs and hold both binaries,
// each once.
func expand(globs []string) []string {
	var dirs []string
	seen := map[string]bool{}
	for _, g := range globs {
		matches, _ := filepath.Glob(g) // the one error is a malformed glob, which matches nothing
		for _, dir := range matches {
			target, err := filepath.EvalSymlinks(dir)
			if err != nil || seen[target] || !isFile(filepath.Join(dir, "postgres")) || !isFile(filepath.Join(dir, "initdb")) {
				continue
			}
			seen[target] = true
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

func isFile(path string) bool {
	fi, err := os.Stat(path)
	return err == nil && fi.Mode().IsRegular()
}

var versionPattern = regexp.MustCompile(`\(PostgreSQL\) (\d+)(\.\d+)?`)

// inspectBinaries asks the server binary in dir for its version, which also
// shows that it runs here at all.
func inspectBinaries(ctx context.Context, dir string) (Binaries, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version")
	cmd.Env = childEnv()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return Binaries{}, fmt.Errorf("run %s --version: %w: %s", cmd.Path, err, firstLine(out))
	}
	m := versionPattern.FindStringSubmatch(string(out))
	if m == nil {
		return Binaries{}, fmt.Errorf("run %s --version: unknown answer %q", cmd.Path, firstLine(out))
	}
	major, err := strconv.Atoi(m[1])
	if err != nil {
		return Binaries{}, fmt.Errorf("run %s --version: %w", cmd.Path, err)
	}
	return Binaries{Dir: dir, Version: m[1] + m[2], Major: major}, nil
}

func firstLine(out []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return line
}

// compareVersions compares "15.18" with "15.9" by number. A missing minor
// number, as in a beta, counts as the oldest.
func compareVersions(a, b string) int {
	return slices.Compare(versionNumbers(a), versionNumbers(b))
}

func versionNumbers(v string) []int {
	var ns []int
	for part := range strings.SplitSeq(v, ".") {
		n, _ := strconv.Atoi(part)
		ns = append(ns, n)
	}
	return ns
}

// npmPlatform is what npm calls this machine.
func npmPlatform() string {
	arch := runtime.GOARCH
	if arch == "amd64" {
		arch = "x64"
	}
	return runtime.GOOS + "-" + arch
}
