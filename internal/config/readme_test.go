package config_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"qrgen/internal/config"
)

var update = flag.Bool("update", false, "write the configuration table into README.md")

const (
	tableBegin = "<!-- config:begin -->"
	tableEnd   = "<!-- config:end -->"
)

// TestReadme holds the README's configuration table to the tags of Config:
// names, defaults and words, in the struct's order. After a change,
//
//	go test ./internal/config -run TestReadme -update
//
// writes the table anew.
func TestReadme(t *testing.T) {
	t.Parallel()
	file := filepath.Join("..", "..", "README.md")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(content), tableBegin)
	got, after, closed := strings.Cut(rest, tableEnd)
	if !found || !closed {
		t.Fatalf("README.md lacks the marks %s and %s", tableBegin, tableEnd)
	}
	want := configTable(t)
	if *update {
		readme := before + tableBegin + want + tableEnd + after
		if err := os.WriteFile(file, []byte(readme), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("README.md has another table than Config's tags (-Config +README); run this test with -update:\n%s", diff)
	}
}

// configTable draws the table that the README must hold.
func configTable(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("\n| Variable | Default | What it does |\n|---|---|---|\n")
	for field := range reflect.TypeFor[config.Config]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("env"), ",")
		description := field.Tag.Get("desc")
		if name == "" || description == "" {
			t.Errorf("Config.%s needs the tags env and desc", field.Name)
		}
		if strings.ContainsAny(description, "|\n") {
			t.Errorf("Config.%s: its words do not fit a table's cell", field.Name)
		}
		byDefault := "–"
		if v := field.Tag.Get("envDefault"); v != "" {
			byDefault = "`" + strings.ReplaceAll(v, ",", "`, `") + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, byDefault, description)
	}
	return b.String()
}
