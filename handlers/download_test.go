package handlers_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestDownload(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.Create(dynamic("title", "Tür", "short_id", "open-day"))
	for format, want := range map[string]string{
		"svg": "image/svg+xml", "pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "webp": "image/webp", "eps": "application/postscript",
	} {
		r := s.Get(codePath(id, "/download?use=own&width=2,5&unit=cm&dpi=600&below=1&format="+format))
		if r.Header.Get("Content-Type") != want || !strings.Contains(r.Header.Get("Content-Disposition"), "open-day-2.5cm."+format) {
			t.Errorf("%s: %s, %s", format, r.Header.Get("Content-Type"), r.Header.Get("Content-Disposition"))
		}
		// The receipt names the file's bytes.
		sum := sha256.Sum256([]byte(r.Body))
		s.Get(codePath(id, "")).Has(strings.ToUpper(format)+", 2.5 cm, with text below, grade", hex.EncodeToString(sum[:]))
	}
	for query, field := range map[string]string{
		"use=own&width=100&unit=in&dpi=1200&format=png": "dots", "use=own&width=0": "width", "use=own&width=NaN": "number", "use=own&width=-5": "width",
		"use=own&width=1e99": "width", "use=own&width=16.5&unit=px": "pixels", "use=own&unit=furlong&width=5": "unit", "use=own&width=30&dpi=1": "dpi",
		"format=gif": "format", "use=stamp": "width",
	} {
		r := s.Request("GET", codePath(id, "/download?below=1&"+query), nil, http.StatusUnprocessableEntity)
		q, _ := url.ParseQuery(query)
		p := r.Page()
		if q.Get("width") != "" && p.Value("width") != q.Get("width") {
			t.Errorf("%s: the width came back as %q", query, p.Value("width"))
		}
		if verdict := p.ByID("verdict"); verdict == nil || textOf(verdict) == "" {
			t.Errorf("%s (%s): nothing is said", query, field)
		}
	}
	s.Get(codePath(id, "/download/verdict?use=card&format=pdf"), htmx).Has("Grade A", "20 mm wide: modules of 0.6 mm")
	s.Get(codePath(id, "/download/verdict?use=own&width=6&format=pdf"), htmx).Has("too small")
	s.Request("GET", "/codes/99/download", nil, http.StatusNotFound)
}

// TestDownloadScans has a decoder that is not ours read what was downloaded.
func TestDownloadScans(t *testing.T) {
	t.Parallel()
	zbar, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Skip("no zbarimg here")
	}
	s := newServer(t)
	s.Request("POST", "/logos", nil, http.StatusSeeOther, withFile(t, nil, "crest.png", crest(t, blue)))
	id := s.Create(dynamic("short_id", "open-day", "dark", "#003366", "modules", "rounded", "finders", "rounded", "logo", "1", "caption", "Scan me"))
	file := filepath.Join(t.TempDir(), "code.png")
	if err := os.WriteFile(file, []byte(s.Get(codePath(id, "/download?use=poster&format=png&below=1")).Body), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), zbar, "-q", "--raw", file).Output()
	if got := strings.TrimSpace(string(out)); err != nil || got != "HTTPS://QR.EXAMPLE.EDU/R/OPEN-DAY" {
		t.Errorf("zbarimg reads %q, %v", got, err)
	}
}

// TestMendACodeThatCannotBeDownloaded: such a code can only come from a
// database that somebody else wrote to.
func TestMendACodeThatCannotBeDownloaded(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.Create(dynamic("short_id", "open-day"))
	s.Exec("UPDATE codes SET dark = '#dddddd' WHERE id = $1", id)
	s.Get(codePath(id, "")).Has("contrast", "a darker dark colour", "Change it so that it scans")
	s.Request("GET", codePath(id, "/download?use=poster&format=pdf"), nil, http.StatusUnprocessableEntity).Has("contrast")
	s.Post(codePath(id, "/mend"), form("use", "poster", "format", "pdf"))
	if c := s.Code(id).Code; c.Dark == "#dddddd" || *c.ShortID != "open-day" || c.UpdatedBy != "staff" {
		t.Errorf("mended to %+v", c)
	}
	s.Get(codePath(id, "/download?use=poster&format=pdf"))
}

// TestReceipts: a file that was downloaded is known again, any other is not.
func TestReceipts(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.Create(dynamic("title", "Open day"))
	file := s.Get(codePath(id, "/download?use=poster&format=pdf"), header("X-Forwarded-User", "anna")).Body
	s.Get("/receipts")
	asked := func(data string) with { return withFileIn(t, "file", nil, "poster.pdf", []byte(data)) }
	s.Request("POST", "/receipts", nil, http.StatusOK, asked(file)).Has("Open day", "PDF, 80 mm, grade", "poster.pdf")
	s.Request("POST", "/receipts", nil, http.StatusOK, asked(file+" ")).Has("No download of this very file")
	s.Request("POST", "/receipts", form(), http.StatusUnprocessableEntity)
}
