package backup

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	namePrefix = "qrgen_"
	nameTime   = "20060102_150405"
	nameSuffix = ".dump"

	// The names of what is no whole, verified backup: one in the making, and
	// one that could not be verified.
	makingSuffix     = ".making"
	unverifiedSuffix = ".unverified"
	noteSuffix       = ".sha256"
)

func fileName(at time.Time) string { return namePrefix + at.Format(nameTime) + nameSuffix }

// fileTime reads a backup's time from its name.
func fileTime(name string, location *time.Location) (time.Time, bool) {
	middle, ok := strings.CutPrefix(name, namePrefix)
	middle, isDump := strings.CutSuffix(middle, nameSuffix)
	at, err := time.ParseInLocation(nameTime, middle, location)
	return at, ok && isDump && err == nil
}

// note is what the file beside a backup says of it. sha256sum -c reads its
// first line and passes over the rest.
type note struct {
	sha256 string
	tables []Table // as the dump's snapshot saw them; none in a file that somebody else made
}

func (n note) encode(name, about string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n# %s\n", n.sha256, name, about)
	for _, t := range n.tables {
		fmt.Fprintf(&b, "# table %s %d %s\n", t.Name, t.Rows, t.Sum)
	}
	return b.String()
}

// errNoNote is wrapped by the error for a backup without a .sha256 file.
var errNoNote = errors.New("there is no .sha256 file beside it")

func readNote(dump string) (n note, err error) {
	path := dump + noteSuffix
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return n, errNoNote
	}
	if err != nil {
		return n, fmt.Errorf("read the backup's .sha256 file: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if err := n.addLine(lines.Text()); err != nil {
			return n, fmt.Errorf("%s is damaged: %w", path, err)
		}
	}
	if err := lines.Err(); err != nil {
		return n, fmt.Errorf("%s is damaged: %w", path, err)
	}
	if n.sha256 == "" {
		return n, fmt.Errorf("%s is damaged: it holds no SHA-256", path)
	}
	return n, nil
}

func (n *note) addLine(line string) error {
	if rest, ok := strings.CutPrefix(line, "# table "); ok {
		parts := strings.Fields(rest)
		if len(parts) != 3 {
			return fmt.Errorf("%q names no table", line)
		}
		rows, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil || rows < 0 {
			return fmt.Errorf("%q counts no rows", line)
		}
		n.tables = append(n.tables, Table{Name: parts[0], Rows: rows, Sum: parts[2]})
		return nil
	}
	if strings.HasPrefix(line, "#") || n.sha256 != "" || strings.TrimSpace(line) == "" {
		return nil
	}
	sum, _, _ := strings.Cut(line, " ")
	if b, err := hex.DecodeString(sum); err != nil || len(b) != sha256.Size {
		return fmt.Errorf("%q is no SHA-256", cut(sum, 80))
	}
	n.sha256 = strings.ToLower(sum)
	return nil
}

func cut(s string, n int) string { return s[:min(len(s), n)] }

// hashFile gives a file's SHA-256 and size.
func hashFile(path string) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	if size, err = io.Copy(h, f); err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(h.Sum(nil)), size, nil
}

// syncPath makes what was written to a file, or the names in a folder, last
// through a power cut.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// writeSynced writes a file that is on the disk, or not there, when it returns.
func writeSynced(path, content string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		_ = os.Remove(path)
	}
	return err
}

// put moves a finished dump to its name, the note first: a dump is never
// without it.
func put(making, dir, name, content string) error {
	path := filepath.Join(dir, name)
	if err := writeSynced(path+noteSuffix, content); err != nil {
		return fmt.Errorf("write the backup's .sha256 file: %w", err)
	}
	if err := os.Rename(making, path); err != nil {
		_ = os.Remove(path + noteSuffix)
		return fmt.Errorf("move the backup to its place: %w", err)
	}
	if err := syncPath(dir); err != nil {
		return fmt.Errorf("sync the backup's folder: %w", err)
	}
	return nil
}
