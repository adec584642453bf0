package handlers_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestArchiveDownload(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, title := range []string{"../../x", "CON", "Feier 🎉", "مرحبا", strings.Repeat("a", 100), "=cmd()"} {
		s.Create(dynamic("title", title))
	}
	fixed := s.Create(static("title", "=cmd()"))
	pale := s.Create(dynamic("title", "Pale"))
	s.Exec("UPDATE codes SET dark = '#f8f8f8' WHERE id = $1", pale)
	s.Get("/archive?all=1").Has("8 codes chosen", "SVG", "WebP")

	r := s.Request("POST", "/archive?format=svg&format=png&mm=30", form("all", "1", "sort", "created"), http.StatusOK)
	if got := r.Header.Get("Content-Disposition"); got != "attachment; filename=qr-codes-8.zip" {
		t.Errorf("content disposition %q", got)
	}
	files, err := zip.NewReader(strings.NewReader(r.Body), int64(len(r.Body)))
	if err != nil {
		t.Fatal(err)
	}
	sums, seen := map[string]string{}, map[string]bool{}
	var manifest []byte
	for _, f := range files.File {
		if strings.ContainsAny(f.Name, `/\:*?"<>|`) || strings.HasPrefix(f.Name, ".") || len(f.Name) > 200 || seen[strings.ToLower(f.Name)] {
			t.Errorf("the name %q is not safe everywhere", f.Name)
		}
		seen[strings.ToLower(f.Name)] = true
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(data)
		sums[f.Name] = hex.EncodeToString(sum[:])
		if f.Name == "manifest.csv" {
			manifest = data
		}
	}
	if len(files.File) != 7*2+1 {
		t.Errorf("%d files, want 15", len(files.File))
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(manifest, []byte("\ufeff")))).ReadAll()
	if err != nil || len(rows) != 17 {
		t.Fatalf("the manifest has %d lines, %v", len(rows), err)
	}
	for _, row := range rows[1:] {
		if strings.HasPrefix(row[0], "=") {
			t.Errorf("a formula: %q", row[0])
		}
		if row[3] == "" && (row[0] != "Pale" || !strings.HasPrefix(row[6], "left out: ")) || row[3] != "" && (sums[row[3]] != row[4] || row[5] == "") {
			t.Errorf("the line %q does not match the files", row)
		}
	}
	s.Get(codePath(fixed, "")).Has("ZIP: SVG, 30 mm", "ZIP: PNG, 30 mm")
	if n := s.Count("SELECT count(*) FROM code_events WHERE action = 'downloaded'"); n != 7 {
		t.Errorf("%d downloads in the histories, want 7", n)
	}

	for bad, words := range map[string]string{"mm=x&format=svg": "a number of millimetres", "mm=30&size=40&format=svg": "not both", "mm=30": "Choose at least one format", "format=bmp": "Choose the format"} {
		s.Request("POST", "/archive?id=1&"+bad, form(), http.StatusUnprocessableEntity).Has(words)
	}
	s.Request("POST", "/archive", form(), http.StatusUnprocessableEntity)
}

// A stream that fails half way must not look whole.
func TestBrokenOffStreamsAreNoticed(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.seed(60)
	web := s.Listen()
	s.Exec(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.code_id = 41 THEN RAISE EXCEPTION 'no'; END IF; RETURN NEW; END $$`)
	s.Exec(`CREATE TRIGGER refuse BEFORE INSERT ON code_events FOR EACH ROW EXECUTE FUNCTION refuse()`)
	answer, err := web.Client().PostForm(web.URL+"/archive", form("id", "1-60", "format", "svg", "mm", "30"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("status %d", answer.StatusCode)
	}
	if n, err := io.Copy(io.Discard, answer.Body); err == nil {
		t.Errorf("%d bytes came to an end as if they were whole", n)
	}
	if n := s.Count("SELECT count(*) FROM code_events WHERE action = 'downloaded'"); n != 40 {
		t.Errorf("%d downloads in the histories, want the 40 that were sent", n)
	}
}
