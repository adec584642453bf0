package archive_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"testing"
	"time"

	"qrgen/internal/archive"
)

func TestArchive(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := archive.New(&b, time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC))
	for _, name := range []string{"bench-7", "bench-7", "BENCH-7", "öffnung-8"} {
		if err := w.Add(name, "svg", []byte("<svg/>"), archive.Entry{Title: "=cmd()", Target: "@x", Grade: "A"}); err != nil {
			t.Fatal(err)
		}
	}
	w.LeaveOut(archive.Entry{Title: "Pale", Grade: "D", Note: "does not read"})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"bench-7.svg", "bench-7-2.svg", "BENCH-7-3.svg", "öffnung-8.svg", archive.Manifest}
	for i, f := range files.File {
		if i >= len(want) || f.Name != want[i] || f.NonUTF8 {
			t.Errorf("file %d is %q", i, f.Name)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r) // checks the sum
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		if f.Name == archive.Manifest {
			rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff")))).ReadAll()
			if err != nil || len(rows) != 6 || rows[1][0] != "'=cmd()" || rows[1][2] != "'@x" || rows[5][3] != "" || rows[5][6] != "does not read" {
				t.Errorf("the manifest is %q, %v", rows, err)
			}
		}
	}
	away := archive.New(broken{}, time.Time{})
	if err := away.Add("x", "svg", nil, archive.Entry{}); err == nil {
		t.Error("a writer that is away is not noticed")
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("away") }

// TestDefused: no cell is a formula, whichever of a comma and a semicolon a
// spreadsheet cuts cells at, and what was written reads back.
func TestDefused(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"":                     "",
		"Library":              "Library",
		"=1+1":                 "'=1+1",
		"+49 30 1234":          "'+49 30 1234",
		"@museum":              "'@museum",
		"x;=1+1;-2":            "x;'=1+1;'-2",
		"https://x/@47.6,-122": "https://x/@47.6,-122",
		"it's":                 "it's",
	} {
		if got := archive.Defused(cell); got != want {
			t.Errorf("%q is written as %q, want %q", cell, got, want)
		}
		if got := archive.Undefused(want); got != cell {
			t.Errorf("%q reads as %q, want %q", want, got, cell)
		}
	}
}
