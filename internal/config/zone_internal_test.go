package config

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The pages and the database have to cut days alike, so the machine's zone
// gets its name.
func TestLocalZoneHasAName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	database := filepath.Join(dir, "zoneinfo", "Europe", "Berlin")
	if err := os.MkdirAll(filepath.Dir(database), 0o755); err != nil {
		t.Fatal(err)
	}
	link, file, nothing := filepath.Join(dir, "localtime"), filepath.Join(dir, "timezone"), filepath.Join(dir, "none")
	for path, content := range map[string]string{database: "TZif", file: "Asia/Kolkata\n"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(database, link); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ link, file, want string }{
		{link, file, "Europe/Berlin"}, {nothing, file, "Asia/Kolkata"}, {database, nothing, "Europe/Berlin"}, {file, nothing, "UTC"}, {nothing, nothing, "UTC"},
	} {
		if got := localZone(tt.link, tt.file); got.String() != tt.want {
			t.Errorf("%s, %s: %s, want %s", tt.link, tt.file, got, tt.want)
		}
	}
	var z Zone
	if err := z.UnmarshalText([]byte("Local")); err != nil || z.Location == time.Local {
		t.Errorf("%v, %v", z.Location, err)
	}
}
