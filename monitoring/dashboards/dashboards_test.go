package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

const committed = "../grafana/dashboards"

// TestFresh: the files that Grafana loads are what this program writes.
func TestFresh(t *testing.T) {
	t.Parallel()
	for _, d := range all() {
		want, err := encode(d)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(committed, d.file+".json"))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s.json is not fresh: make generate (%v)", d.file, err)
		}
	}
	files, err := filepath.Glob(committed + "/*.json")
	if err != nil || len(files) != len(all()) {
		t.Errorf("%d files for %d dashboards: %v", len(files), len(all()), err)
	}
}
