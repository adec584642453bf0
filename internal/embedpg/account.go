package embedpg

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
)

// account is whom the server runs as. PostgreSQL refuses to run as root.
type account struct {
	name     string
	uid, gid uint32
	drop     bool // it is another account than this process's
}

// serverAccount chooses the account for the cluster in dir: this process's own,
// or for root the owner of the cluster if there is one, else "postgres", else
// "nobody".
func serverAccount(dir string) (account, error) {
	own := account{name: "this program's own", uid: uint32(os.Geteuid()), gid: uint32(os.Getegid())}
	owner, exists, err := ownerOf(dir)
	if err != nil {
		return own, err
	}
	if own.uid != 0 {
		if exists && owner.uid != own.uid {
			return own, fmt.Errorf("the data directory %s belongs to the account with uid %d and this program runs with uid %d: run it under that account, or change the owner (chown -R)", dir, owner.uid, own.uid)
		}
		return own, nil
	}
	if exists && owner.uid != 0 {
		return owner, nil
	}
	for _, name := range []string{"postgres", "_postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		// Parsed as signed: macOS writes nobody's number as -2.
		uid, err1 := strconv.ParseInt(u.Uid, 10, 64)
		gid, err2 := strconv.ParseInt(u.Gid, 10, 64)
		if err := errors.Join(err1, err2); err != nil {
			return own, fmt.Errorf("read the account %s: %w", name, err)
		}
		return account{name: name, uid: uint32(uid), gid: uint32(gid), drop: true}, nil
	}
	return own, errors.New(`PostgreSQL does not run as root and there is neither an account "postgres" nor "nobody" to run it under: run this program under an ordinary account`)
}

// ownerOf gives the account that owns path, if path exists.
func ownerOf(path string) (a account, exists bool, err error) {
	fi, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return a, false, nil
	}
	if err != nil {
		return a, false, fmt.Errorf("read the owner of %s: %w", path, err)
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return a, false, fmt.Errorf("read the owner of %s: not known on this system", path)
	}
	name := strconv.Itoa(int(st.Uid))
	if u, err := user.LookupId(name); err == nil {
		name = u.Username
	}
	return account{name: name, uid: st.Uid, gid: st.Gid, drop: true}, true, nil
}

// sysProcAttr runs a child under the account, in a session of its own: Ctrl-C
// in the terminal reaches this program alone, which then stops the server.
func (a account) sysProcAttr() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setsid: true}
	if a.drop {
		attr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return attr
}

// give makes the account the owner of path and of all below it.
func (a account) give(path string) error {
	if !a.drop {
		return nil
	}
	err := filepath.WalkDir(path, func(p string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(p, int(a.uid), int(a.gid))
	})
	if err != nil {
		return fmt.Errorf("give %s to the account %s: %w", path, a.name, err)
	}
	return nil
}

// reaches says whether the account can enter dir, by the permission bits of
// dir and all above it.
func (a account) reaches(dir string) bool {
	if !a.drop {
		return true
	}
	for {
		fi, err := os.Stat(dir)
		if err != nil {
			return false
		}
		st, ok := fi.Sys().(*syscall.Stat_t)
		if !ok {
			return false
		}
		bit := fs.FileMode(0o001)
		switch {
		case st.Uid == a.uid:
			bit = 0o100
		case st.Gid == a.gid:
			bit = 0o010
		}
		if fi.Mode()&bit == 0 {
			return false
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return true
		}
		dir = parent
	}
}

// dataArg is how a child under the account names the data directory dir, and
// the file it has to inherit for that, if any, as its descriptor 3.
//
// A clone in /root (mode 0700) is out of reach for any other account by path.
// On Linux the server is given the opened directory instead and named its
// entry under /proc, which leads there without walking the path. This is done
// for every start as root, reachable or not, so that there is one way only.
func (a account) dataArg(dir string) (arg string, inherit *os.File, err error) {
	if !a.drop {
		return dir, nil, nil
	}
	if runtime.GOOS != "linux" {
		if !a.reaches(filepath.Dir(dir)) {
			return "", nil, fmt.Errorf("the account %s, which PostgreSQL runs under for root, cannot enter %s: choose another DATA_DIR, or run this program under an ordinary account", a.name, filepath.Dir(dir))
		}
		return dir, nil, nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return "", nil, fmt.Errorf("open the data directory: %w", err)
	}
	return "/proc/self/fd/3", f, nil
}
