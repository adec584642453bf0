package handlers_test

import (
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"qrgen/db"
	"qrgen/db/dbtest"
)

const metricsDoc = "../docs/metrics.md"

const metricsIntro = `# Metrics

What ` + "`GET /metrics`" + ` of the office's listener answers. The list is written by the program's own registry
(` + "`go test ./handlers -run TestMetricsDoc -update`" + `) and a test holds it to that.

Labels come from closed sets: a route's template, never a path; a query's name, never its text; no code, no visitor. Answers to requests
from the office carry the request's ID as an exemplar, which leads from a slow one in Grafana to its log line.

| metric | type | labels | what it says |
|---|---|---|---|
`

const metricsOutro = `
` + "`go_*`" + ` and ` + "`process_*`" + ` are the standard figures of the [Go runtime](https://pkg.go.dev/runtime/metrics) and of the process.
The scans' account balances at every moment: ` + "`qrgen_scans_received_total` = `qrgen_scans_stored_total` + `qrgen_scans_journalled` + `qrgen_scans_refused_total`" + `.
`

// TestMetricsDoc holds docs/metrics.md to what the program exports.
func TestMetricsDoc(t *testing.T) {
	t.Parallel()
	s := scanned(t)
	s.Get("/codes")
	s.Create(dynamic())
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(s.Get("/metrics").Body))
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(families, queryTimes(t))
	var b strings.Builder
	b.WriteString(metricsIntro)
	for _, name := range slices.Sorted(maps.Keys(families)) {
		if strings.HasPrefix(name, "qrgen_") {
			f := families[name]
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", name, strings.ToLower(f.GetType().String()), labelsOf(f), f.GetHelp())
			conventions(t, f)
		}
	}
	b.WriteString(metricsOutro)
	if *updateGolden {
		if err := os.WriteFile(metricsDoc, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(metricsDoc)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != b.String() {
		t.Errorf("%s is not what the program exports: go test ./handlers -run TestMetricsDoc -update", metricsDoc)
	}
}

// queryTimes are the metrics of a store that was opened by its address: the
// other tests' are made of pools.
func queryTimes(t *testing.T) map[string]*dto.MetricFamily {
	t.Helper()
	store, err := db.Open(t.Context(), dbtest.URL(t), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	if _, err := store.CodeCounts(t.Context()); err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(store.QueryTimes())
	gathered, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	families := map[string]*dto.MetricFamily{}
	for _, f := range gathered {
		families[f.GetName()] = f
	}
	return families
}

// conventions are Prometheus' own: https://prometheus.io/docs/practices/naming/
func conventions(t *testing.T, f *dto.MetricFamily) {
	t.Helper()
	name := f.GetName()
	if counter := f.GetType() == dto.MetricType_COUNTER; counter != strings.HasSuffix(name, "_total") {
		t.Errorf("%s is a %s: counters, and they alone, end in _total", name, f.GetType())
	}
	if f.GetType() == dto.MetricType_HISTOGRAM && !strings.HasSuffix(name, "_seconds") {
		t.Errorf("%s: the unit is missing", name)
	}
	for _, unit := range []string{"_ms", "_milliseconds", "_percent", "_kb", "_mb"} {
		if strings.Contains(name+"_", unit+"_") {
			t.Errorf("%s is not in a base unit", name)
		}
	}
	if help := f.GetHelp(); !strings.HasSuffix(help, ".") || len(help) < 15 {
		t.Errorf("%s: help %q is no sentence", name, help)
	}
}

// labelsOf lists a family's labels; those of few values with them.
func labelsOf(f *dto.MetricFamily) string {
	const few = 12
	values := map[string]map[string]bool{}
	for _, m := range f.GetMetric() {
		for _, l := range m.GetLabel() {
			if values[l.GetName()] == nil {
				values[l.GetName()] = map[string]bool{}
			}
			values[l.GetName()][l.GetValue()] = true
		}
	}
	// These have more values than the test's few requests bring about, or ones
	// that differ from build to build.
	open := []string{"route", "query", "method", "status", "group", "kind", "state", "version", "goversion"}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if all := slices.Sorted(maps.Keys(values[name])); len(all) <= few && !slices.Contains(open, name) {
			list = append(list, fmt.Sprintf("%s (%s)", name, strings.Join(all, ", ")))
		} else {
			list = append(list, name)
		}
	}
	return strings.Join(list, "; ")
}
