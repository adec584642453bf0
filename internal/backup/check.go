package backup

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"qrgen/db"
)

// file is what is known of a backup before anything is restored.
type file struct {
	path    string
	entries int // of its table of contents
	schema  int64
	note    note
	noted   bool // whether there was one
}

// inspectFile says what a file is, and refuses it where it is damaged, none of
// ours, or of a newer program.
func (b *Backups) inspectFile(ctx context.Context, t tools, path string) (f file, err error) {
	f.path = path
	if err := checkHead(path); err != nil {
		return f, err
	}
	f.note, err = readNote(path)
	switch {
	case errors.Is(err, errNoNote):
		b.cfg.Tell("there is no " + noteSuffix + " file beside it: much of what may be wrong shows when it is restored, but not a bit that flipped")
	case err != nil:
		return f, err
	default:
		f.noted = true
		b.cfg.Tell("comparing the file with its SHA-256")
		sum, _, err := hashFile(path)
		if err != nil {
			return f, fmt.Errorf("read the backup: %w", err)
		}
		if sum != f.note.sha256 {
			return f, fmt.Errorf("%s is damaged: its SHA-256 is %s and not %s, which %s says", path, sum, f.note.sha256, path+noteSuffix)
		}
	}
	if f.entries, err = countEntries(ctx, t, path); err != nil {
		return f, err
	}
	if f.schema, err = schemaOf(ctx, t, path); err != nil {
		return f, err
	}
	if f.schema > db.SchemaVersion() {
		return f, fmt.Errorf("%s was made by a newer version of this program (its schema is %d, this version knows %d): install that version and restore with it", path, f.schema, db.SchemaVersion())
	}
	return f, nil
}

// customHead is what files of pg_dump's custom format begin with.
const customHead = "PGDMP"

func checkHead(path string) error {
	custom, err := isCustom(path)
	if err != nil {
		return err
	}
	if !custom {
		return fmt.Errorf("%s is no backup of this program: it is no file of pg_dump's custom format", path)
	}
	return nil
}

func countEntries(ctx context.Context, t tools, path string) (int, error) {
	var list bytes.Buffer
	if err := t.run(ctx, toolEnv(), &list, func(string) {}, "pg_restore", "--list", path); err != nil {
		return 0, fmt.Errorf("%s is damaged, or was made by a pg_dump newer than %s: %w", path, t.version, err)
	}
	n := 0
	for line := range strings.Lines(list.String()) {
		if !strings.HasPrefix(line, ";") {
			n++
		}
	}
	return n, nil
}

// schemaOf reads the number of the last migration that the saved database had.
func schemaOf(ctx context.Context, t tools, path string) (int64, error) {
	var out bytes.Buffer
	err := t.run(ctx, toolEnv(), &out, func(string) {}, "pg_restore", "--data-only", "--table=goose_db_version", "--file=-", path)
	if err != nil {
		return 0, fmt.Errorf("%s is damaged: %w", path, err)
	}
	schema := int64(-1)
	column := -1
	lines := bufio.NewScanner(&out)
	for lines.Scan() {
		if head, ok := strings.CutPrefix(lines.Text(), "COPY public.goose_db_version ("); ok {
			names, _, _ := strings.Cut(head, ")")
			column = slices.Index(strings.Split(names, ", "), "version_id")
			continue
		}
		values := strings.Split(lines.Text(), "\t")
		if column < 0 || column >= len(values) {
			continue
		}
		if version, err := strconv.ParseInt(values[column], 10, 64); err == nil {
			schema = max(schema, version)
		}
	}
	if schema < 0 {
		return 0, fmt.Errorf("%s is no backup of this program: it holds none of its tables", path)
	}
	return schema, nil
}

// Verify tries a backup out: it is restored into a scratch database and
// compared with what was saved. Nothing else is touched.
func (b *Backups) Verify(ctx context.Context, path string) ([]Table, error) {
	c, err := openCluster(ctx, b.cfg.URL)
	if err != nil {
		return nil, err
	}
	defer c.close(ctx)
	t, err := findTools(ctx, b.cfg.BinDirs, c.major)
	if err != nil {
		return nil, err
	}
	f, err := b.inspectFile(ctx, t, path)
	if err != nil {
		return nil, err
	}
	return f.note.tables, b.tryOut(ctx, c, t, path, f.note.tables)
}

// tryOut restores a dump into a database that is dropped again.
func (b *Backups) tryOut(ctx context.Context, c *cluster, t tools, path string, saved []Table) error {
	scratch := c.name + "_check"
	defer c.clean(ctx, scratch)
	entries, err := countEntries(ctx, t, path)
	if err != nil {
		return err
	}
	return b.restoreInto(ctx, c, t, file{path: path, entries: entries, note: note{tables: saved}}, scratch)
}

// restoreInto makes a database out of a dump and compares it with what was
// saved, if that is known.
func (b *Backups) restoreInto(ctx context.Context, c *cluster, t tools, f file, name string) error {
	if err := c.make(ctx, name); err != nil {
		return err
	}
	env, err := connEnv(b.cfg.URL, name)
	if err != nil {
		return err
	}
	b.cfg.Tell("restoring into the new database " + name)
	err = t.run(ctx, env, nil, b.progress("restoring", "creating |processing data for |launching item", f.entries), "pg_restore",
		"--dbname="+name, "--no-password", "--no-owner", "--no-privileges", "--exit-on-error", "--verbose",
		"--jobs="+strconv.Itoa(min(runtime.NumCPU(), 4)), f.path)
	if err != nil {
		return fmt.Errorf("restore %s: %w", f.path, err)
	}
	if len(f.note.tables) == 0 {
		return nil
	}
	b.cfg.Tell("comparing every table with what was saved")
	conn, err := connect(ctx, b.cfg.URL, name)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	restored, err := contents(ctx, conn)
	if err != nil {
		return err
	}
	return compare(f.note.tables, restored)
}

// tellEvery is the least time between two lines of progress.
const tellEvery = 2 * time.Second

// progress tells, now and then, which of so many entries a tool is at; marks
// are what its lines about an entry begin with.
func (b *Backups) progress(what, marks string, entries int) func(line string) {
	n, told := 0, time.Now()
	return func(line string) {
		for mark := range strings.SplitSeq(marks, "|") {
			rest, ok := strings.CutPrefix(line, mark)
			if !ok {
				continue
			}
			n++
			if time.Since(told) < tellEvery {
				return
			}
			told = time.Now()
			text := what + strings.TrimRight(" "+strings.TrimLeft(rest, " 0123456789"), " ") // without the entry's number
			if entries > 0 {
				text += fmt.Sprintf(" (%d %%)", min(99, 100*n/entries))
			}
			b.cfg.Tell(text)
			return
		}
	}
}
