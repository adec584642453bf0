package e2e

import (
	"archive/zip"
	"fmt"
	"testing"
)

// TestArchive takes the files of several codes as a ZIP, with and without
// JavaScript.
func TestArchive(t *testing.T) {
	t.Parallel()
	p := office(t)
	for i := range 3 {
		p.create(t, fmt.Sprintf("Quayside %d", i))
	}
	b := open(t, p)
	b.visit("/codes?q=quayside")
	b.click("[data-bulk-page]")
	b.follow(".bulk [formaction='/archive']")
	b.wholePage()
	b.awaitText("main", "3 codes chosen")
	for _, width := range widths {
		b.look(width, "dark")
		b.accessible(fmt.Sprintf("%d px", width))
		if over := b.overflow(width); over != "" {
			t.Errorf("wider than %d px: %s", width, over)
		}
	}
	checkArchive(t, b.download("[data-archive] .btn-primary"), 7)
	b.awaitText("[data-archive-words]", "Done: 6 files and the list.")

	plain := open(t, p)
	plain.scripts(false)
	plain.visit("/archive?all=1&q=quayside")
	plain.click("[value=svg]")
	checkArchive(t, plain.download("[data-archive] .btn-primary"), 4)
}

func checkArchive(t *testing.T, file string, want int) {
	t.Helper()
	r, err := zip.OpenReader(file)
	must(t, err)
	defer func() { _ = r.Close() }()
	if len(r.File) != want {
		t.Errorf("%d files, want %d", len(r.File), want)
	}
}
