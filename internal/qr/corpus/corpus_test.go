package corpus

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"qrgen/internal/qr"
)

// A small part of `make corpus`: what has grade A or B is read by everybody.
func TestSamplesAreRead(t *testing.T) {
	t.Parallel()
	var missing []string
	for _, name := range Tools() {
		if _, err := exec.LookPath(name); err != nil {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		message := strings.Join(missing, ", ") + " not found: scripts/need.sh decoders (or set QRGEN_SKIP_TOOLS=1)"
		if os.Getenv("QRGEN_SKIP_TOOLS") == "1" {
			t.Skip(message)
		}
		t.Fatal(message)
	}
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	files := 120
	if testing.Short() {
		files = 24
	}
	results, err := Check(t.Context(), root, t.TempDir(), 1_000_000, files, nil)
	if err != nil {
		t.Fatal(err)
	}
	made := 0
	for _, r := range results {
		if r.Refused == "" {
			made++
		}
		if len(r.Missed) > 0 && r.Grade >= qr.GradeB {
			t.Errorf("sample %d, grade %v, is missed by %v: %v %+v %q", r.Number, r.Grade, r.Missed, r.Request.Format, r.Request.Style, r.Request.Content)
		}
	}
	if made < files*3/4 {
		t.Errorf("%d of %d files were made", made, files)
	}
}

func TestSamplesAreTheSame(t *testing.T) {
	t.Parallel()
	for n := range 50 {
		a, b := Sample(n), Sample(n)
		a.Style.Logo, b.Style.Logo = nil, nil
		if a.Content != b.Content || a.Style != b.Style || a.Size != b.Size || a.Format != b.Format {
			t.Errorf("sample %d changes", n)
		}
	}
}
