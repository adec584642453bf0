package embedpg

import (
	"os"
	"path/filepath"
	"testing"
)

// fakePackage makes a package of this platform as npm unpacks it, without
// links, whose postgres tells a version if its library is found.
func fakePackage(t *testing.T, modules, links string) (native string) {
	t.Helper()
	native = filepath.Join(modules, "@embedded-postgres", npmPlatform(), "native")
	for name, content := range map[string]string{
		"bin/postgres":      "#!/bin/sh\ncat \"${0%/*}/../lib/libpq.so.5\"\n",
		"bin/initdb":        "#!/bin/sh\n",
		"lib/libpq.so.5.18": "postgres (PostgreSQL) 18.4\n",
		"pg-symlinks.json":  links,
	} {
		path := filepath.Join(native, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return native
}

const libpqLink = `[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"}]`

func TestPackageIsLinked(t *testing.T) {
	t.Parallel()
	modules := t.TempDir()
	native := fakePackage(t, modules, libpqLink)
	for range 2 { // the second time the link is there
		b, err := FindBinaries(t.Context(), nil, []string{t.TempDir(), modules})
		if err != nil || b.Version != "18.4" || b.Major != 18 || !b.npm {
			t.Fatalf("found %+v, %v", b, err)
		}
	}
	if link, err := os.Readlink(filepath.Join(native, "lib", "libpq.so.5")); err != nil || link != "libpq.so.5.18" {
		t.Errorf("the library links to %q, %v", link, err)
	}
}

func TestPackageLinksStayInside(t *testing.T) {
	t.Parallel()
	modules := t.TempDir()
	native := fakePackage(t, modules, `[{"source":"native/lib/libpq.so.5.18","target":"../../outside"}]`)
	if err := hydrate(filepath.Dir(native)); err == nil {
		t.Error("a link was made outside the package")
	}
	if _, err := os.Lstat(filepath.Join(modules, "outside")); !os.IsNotExist(err) {
		t.Errorf("outside: %v", err)
	}
	native = fakePackage(t, t.TempDir(), "no list")
	if err := hydrate(filepath.Dir(native)); err == nil {
		t.Error("a broken list passes")
	}
}

func TestCopyForAccount(t *testing.T) {
	t.Parallel()
	modules, cache := t.TempDir(), filepath.Join(t.TempDir(), "cache")
	native := fakePackage(t, modules, libpqLink)
	b, err := FindBinaries(t.Context(), nil, []string{modules})
	if err != nil {
		t.Fatal(err)
	}
	var dirs []string
	for range 2 {
		c, err := copyForAccount(b, cache)
		if err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, c.Dir)
	}
	if dirs[0] != dirs[1] || dirs[0] == filepath.Join(native, "bin") {
		t.Errorf("copied to %v", dirs)
	}
	found, err := FindBinaries(t.Context(), dirs[:1], nil)
	if err != nil || found.Version != "18.4" {
		t.Errorf("the copy: %+v, %v", found, err)
	}
	for _, name := range []string{".", "postgres", "../lib", "../lib/libpq.so.5"} {
		fi, err := os.Stat(filepath.Join(dirs[0], name))
		if err != nil || fi.Mode().Perm()&0o044 != 0o044 {
			t.Errorf("%s is not readable to all: %v, %v", name, fi.Mode(), err)
		}
	}
	if left, err := filepath.Glob(cache + "/.copy-*"); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestLogIsMovedAside(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "postgres.log")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, maxLogSize+1); err != nil {
		t.Fatal(err)
	}
	f, from, err := openLog(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if fi, err := os.Stat(path + ".1"); from != 0 || err != nil || fi.Size() != maxLogSize+1 {
		t.Errorf("the new log begins at %d; the old one: %v, %v", from, fi, err)
	}
}

func TestOwnDir(t *testing.T) {
	t.Parallel()
	own := account{name: "own", uid: uint32(os.Geteuid()), gid: uint32(os.Getegid())}
	dir := filepath.Join(t.TempDir(), "sock")
	for range 2 {
		if err := own.ownDir(dir); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := own.ownDir(dir); err != nil {
		t.Fatal(err)
	}
	if fi, err := os.Stat(dir); err != nil || fi.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v", fi.Mode(), err)
	}
	other := account{name: "other", uid: own.uid + 1}
	if err := other.ownDir(dir); err == nil {
		t.Error("another account's directory was taken")
	}
	link := dir + ".link"
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	if err := own.ownDir(link); err == nil {
		t.Error("a link was taken for a directory")
	}
}
