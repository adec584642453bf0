package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestImport makes codes from a spreadsheet's file: one row is mended on the
// page, then all are created, and one is scanned. It is the same without
// JavaScript.
func TestImport(t *testing.T) {
	t.Parallel()
	p := office(t)
	for _, scripts := range []bool{true, false} {
		b := open(t, p)
		b.scripts(scripts)
		id := map[bool]string{true: "pier-1", false: "pier-2"}[scripts]
		file := filepath.Join(t.TempDir(), "piers.csv")
		must(t, os.WriteFile(file, []byte("\ufefftitle;target_url;short_id\r\nPier, north;https://www.example.edu/north;"+id+"\r\nPier, south;south;\r\n"), 0o600))

		b.visit("/import")
		b.do(chromedp.SetUploadFiles("#f-file", []string{file}))
		b.expect("status of 422")
		b.follow("#import .btn-primary")
		b.awaitText("main", "1 of 2 rows needs a correction")
		b.paste("#f-table", "title;target_url;short_id\nPier, north;https://www.example.edu/north;"+id+"\nPier, south;https://www.example.edu/south;")
		b.follow("#import .btn-primary")
		b.awaitText("main", "All 2 rows can become codes")
		b.follow("[name=do][value=create]")
		b.awaitText("main", "2 codes were created")
		b.follow("main a[href^='/sheet?id=']")
		b.awaitText("main", "Pier, south")
		p.scan(t, "/R/"+id, "https://www.example.edu/north")
	}
}
