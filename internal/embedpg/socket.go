package embedpg

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
)

const (
	port = "5432" // a part of the socket's name only: nothing listens on TCP

	socketName = ".s.PGSQL." + port

	// maxSocketPath is what fits into sockaddr_un on macOS (104 with the final
	// zero); Linux takes 107.
	maxSocketPath = 103
)

// makeSocketDir makes the directory of the socket, which only the server's
// account (and root) may enter: beside the data directory where the path is
// short enough and within the account's reach, else under the temporary
// directory with a name made of the data directory's.
func (s *Server) makeSocketDir() (string, error) {
	h := fnv.New64a()
	h.Write([]byte(s.cfg.Dir))
	name := fmt.Sprintf("qrgen-%x", h.Sum64())
	candidates := []string{s.cfg.Dir + ".sock", filepath.Join(os.TempDir(), name), filepath.Join("/tmp", name)}
	for _, dir := range candidates {
		if len(filepath.Join(dir, socketName)) > maxSocketPath || !s.acct.reaches(filepath.Dir(dir)) {
			continue
		}
		if err := s.acct.ownDir(dir); err != nil {
			return "", err
		}
		return dir, clearSocketDir(dir)
	}
	return "", fmt.Errorf("no place for PostgreSQL's socket: its path must be at most %d bytes long and open to the account %s, and none of %q is", maxSocketPath, s.acct.name, candidates)
}

// clearSocketDir removes what a killed server left: its lock file would keep a
// new one from starting if its number were another process's by now.
func clearSocketDir(dir string) error {
	for _, name := range []string{socketName, socketName + ".lock"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("clear the socket directory: %w", err)
		}
	}
	return nil
}

// ownDir makes dir a private directory of the account's. In the temporary
// directory somebody else may have taken the name: that is refused, since they
// could put a socket of their own there.
func (a account) ownDir(dir string) error {
	err := os.Mkdir(dir, 0o700)
	if err == nil {
		return a.give(dir)
	}
	if !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make the socket directory: %w", err)
	}
	fi, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("make the socket directory: %w", err)
	}
	owner, _, err := ownerOf(dir)
	if err != nil {
		return err
	}
	if !fi.IsDir() || owner.uid != a.uid {
		return fmt.Errorf("the socket directory %s is not a directory of the account %s (uid %d): remove it", dir, a.name, a.uid)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return fmt.Errorf("close the socket directory to others: %w", err)
	}
	return nil
}

// connURL is understood by pgx and libpq.
func connURL(sockDir, password string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(dbName, password), Path: "/" + dbName,
		RawQuery: url.Values{"host": {sockDir}, "port": {port}, "sslmode": {"disable"}}.Encode()}
	return u.String()
}
