package redirect_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"qrgen/internal/codes"
	"qrgen/internal/redirect"
)

const visitingCard = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Öz;Jana;;;\r\nFN:Jana Öz\r\nEND:VCARD\r\n"

const turnIntoFile = `UPDATE codes SET payload_type = 'contact', payload_fields = '{"given_name": "Jana"}', content = $2,
	target_url = 'https://file.invalid/', revision = revision + 1 WHERE short_id = $1`

func wantFile(t *testing.T, d *redirect.Directory, raw, want string) {
	t.Helper()
	if a := find(t, d, raw); a.Outcome != redirect.File || a.Location != want {
		t.Errorf("%s: %+v, want the file", raw, a)
	}
}

// TestFile: a code that answers with a file does so wherever it is held from,
// and follows its dates and state like any other.
func TestFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(t, "jana", "https://a.example/")
	cfg := w.config(t)
	cfg.SnapshotPath = filepath.Join(t.TempDir(), "directory.snap")
	d := open(t, cfg)
	stop := run(t, d, true)
	w.exec(t, turnIntoFile, "jana", visitingCard)
	within(t, "the file", func() bool { return find(t, d, "jana").Location == visitingCard })
	w.exec(t, "UPDATE codes SET content = $1, revision = revision + 1 WHERE short_id = 'jana'", visitingCard+visitingCard)
	within(t, "the new file", func() bool { return find(t, d, "JANA").Location == visitingCard+visitingCard })
	stop()
	wantFile(t, open(t, withoutDatabase(t, cfg.SnapshotPath)), "jana", visitingCard+visitingCard)

	soon, past := time.Now().Add(time.Hour), time.Now().Add(-time.Hour)
	for name, e := range map[string]redirect.Entry{
		"scheduled": {State: codes.Active, StartsAt: &soon}, "expired": {State: codes.Active, ExpiresAt: &past},
		"paused": {State: codes.Paused}, "retired": {State: codes.Retired}, "active": {State: codes.Active},
	} {
		e.CodeID, e.ShortID, e.Target, e.File, e.Fallback = 1, "jana", "https://file.invalid/", visitingCard, "https://a.example/else"
		d := redirect.Of(redirect.Config{}, func(yield func(redirect.Entry) bool) { yield(e) })
		a := find(t, d, "jana")
		if name == "active" {
			wantFile(t, d, "jana", visitingCard)
		} else if a.Outcome.String() != name || a.Location != e.Fallback {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

// TestSnapshotOfAnOlderProgram: one that knew no files took their codes for
// links. Its snapshot answers, and is read anew as soon as the database does.
// One of a version yet to come is ignored, with a warning.
func TestSnapshotOfAnOlderProgram(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(t, "link", "https://a.example/")
	w.add(t, "jana", "https://file.invalid/")
	cfg := w.config(t)
	cfg.SnapshotPath = filepath.Join(t.TempDir(), "directory.snap")
	run(t, open(t, cfg), true)() // writes the snapshot
	w.exec(t, "ALTER TABLE codes DISABLE TRIGGER codes_changed_in_update")
	w.exec(t, turnIntoFile, "jana", visitingCard) // as it was when the snapshot was taken

	setVersion(t, cfg.SnapshotPath, 1)
	d := open(t, withoutDatabase(t, cfg.SnapshotPath))
	wantTarget(t, d, "link", "https://a.example/")
	wantFile(t, open(t, cfg), "jana", visitingCard)

	setVersion(t, cfg.SnapshotPath, 3)
	var said bytes.Buffer
	later := withoutDatabase(t, cfg.SnapshotPath)
	later.Log = slog.New(slog.NewTextHandler(&said, nil))
	wantOutcome(t, open(t, later), "link", redirect.Unavailable)
	if !strings.Contains(said.String(), "level=WARN") || !strings.Contains(said.String(), "version 3") {
		t.Errorf("the log says %s", said.String())
	}
}

// setVersion makes a snapshot one of another version of the format.
func setVersion(t *testing.T, path string, version uint32) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	binary.LittleEndian.PutUint32(b[8:], version)
	sum := crc32.Checksum(b[:len(b)-4], crc32.MakeTable(crc32.Castagnoli))
	binary.LittleEndian.PutUint32(b[len(b)-4:], sum)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
