// Command dashboards writes Grafana's dashboards as JSON, one file each:
//
//	go run ./monitoring/dashboards monitoring/grafana/dashboards
//
// A dashboard is a list of panels in a file of its own here; what they all
// share, where they lie and how they are numbered is grafana.go's business. The
// JSON is committed, because it is what Grafana loads.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:forbidigo // this is main
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: dashboards FOLDER")
	}
	for _, d := range all() {
		content, err := encode(d)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(args[0], d.file+".json"), content, 0o644); err != nil { //nolint:gosec // Grafana reads it under another name
			return err
		}
	}
	return nil
}

// all lists the dashboards in the order of their numbers.
func all() []dashboard {
	return []dashboard{overview(), redirects(), staff(), rendering(), application(), database(), edge(), logs()}
}

func encode(d dashboard) ([]byte, error) {
	b, err := json.MarshalIndent(d.grafana(), "", " ")
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", d.file, err)
	}
	return append(b, '\n'), nil
}
