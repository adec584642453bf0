package monitoring

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const (
	root = "../.."
	home = root + "/monitoring"
)

// grafanaPanel is what a dashboard's JSON says of a panel, as far as it is held
// to something.
type grafanaPanel struct {
	ID          int    `json:"id"`
	Type        string `json:"type"`
	Title       string `json:"title"`
	Description string `json:"description"`
	GridPos     struct{ H, W, X, Y int }
	FieldConfig struct {
		Defaults struct{ Unit string }
	}
	Targets []struct {
		RefID      string `json:"refId"`
		Expr       string `json:"expr"`
		Instant    bool   `json:"instant"`
		Datasource struct{ Type, UID string }
	}
}

type grafanaDashboard struct {
	UID, Title, Description string
	Links                   []struct{ Title string }
	Panels                  []grafanaPanel
	Templating              struct {
		List []struct{ Name, Type, Definition string }
	}
}

func dashboards(t testing.TB) map[string]grafanaDashboard {
	t.Helper()
	files, err := filepath.Glob(home + "/grafana/dashboards/*.json")
	must(t, err)
	all := map[string]grafanaDashboard{}
	for _, file := range files {
		var d grafanaDashboard
		must(t, json.Unmarshal(read(t, file), &d))
		all[filepath.Base(file)] = d
	}
	return all
}

// rule is an alert or a recording.
type rule struct {
	Alert, Record, Expr, For string
	Labels, Annotations      map[string]string
}

func rules(t testing.TB) map[string][]rule {
	t.Helper()
	files, err := filepath.Glob(home + "/prometheus/rules/*.yml")
	must(t, err)
	all := map[string][]rule{}
	for _, file := range files {
		var content struct {
			Groups []struct{ Rules []rule }
		}
		must(t, yaml.Unmarshal(read(t, file), &content))
		for _, group := range content.Groups {
			all[filepath.Base(file)] = append(all[filepath.Base(file)], group.Rules...)
		}
	}
	return all
}

// TestDashboards: what Grafana would show without a word and wrongly.
func TestDashboards(t *testing.T) {
	t.Parallel()
	var provisioned struct {
		Datasources []struct{ UID, Type string }
	}
	must(t, yaml.Unmarshal(read(t, home+"/grafana/provisioning/datasources/sources.yml"), &provisioned))
	sources := map[string]string{}
	for _, source := range provisioned.Datasources {
		sources[source.UID] = source.Type
	}
	all := dashboards(t)
	if len(all) != 8 {
		t.Errorf("%d dashboards, want 8", len(all))
	}
	uids, titles := map[string]bool{}, map[string]bool{}
	for file, d := range all {
		if d.UID != "qrgen-"+strings.TrimSuffix(file, ".json") || uids[d.UID] || titles[d.Title] || d.Description == "" {
			t.Errorf("%s: UID %q or title %q is wrong or taken, or it has no description", file, d.UID, d.Title)
		}
		uids[d.UID], titles[d.Title] = true, true
		if len(d.Links) == 0 {
			t.Errorf("%s leads to no other dashboard", file)
		}
		ids := map[int]bool{}
		for i, p := range d.Panels {
			if ids[p.ID] {
				t.Errorf("%s: two panels have the ID %d", file, p.ID)
			}
			ids[p.ID] = true
			if p.GridPos.W < 1 || p.GridPos.H < 1 || p.GridPos.X < 0 || p.GridPos.X+p.GridPos.W > 24 {
				t.Errorf("%s, %s: lies outside the grid: %+v", file, p.Title, p.GridPos)
			}
			for _, other := range d.Panels[:i] {
				a, b := p.GridPos, other.GridPos
				if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
					t.Errorf("%s: %q and %q lie on each other", file, p.Title, other.Title)
				}
			}
			if p.Type != "row" {
				checkPanel(t, file, d, p, sources)
			}
		}
	}
}

func checkPanel(t *testing.T, file string, d grafanaDashboard, p grafanaPanel, sources map[string]string) {
	t.Helper()
	if p.Title == "" || len(p.Description) < 15 || p.FieldConfig.Defaults.Unit == "" || len(p.Targets) == 0 {
		t.Errorf("%s, %q: a title, a description, a unit or a query is missing", file, p.Title)
	}
	// Grafana's own, https://grafana.com/docs/grafana/latest/dashboards/variables/add-template-variables/
	known := []string{"__rate_interval", "__interval", "__range", "__auto"}
	for _, v := range d.Templating.List {
		known = append(known, v.Name)
	}
	refs := map[string]bool{}
	for _, target := range p.Targets {
		if target.Expr == "" || refs[target.RefID] {
			t.Errorf("%s, %q: query %s is empty or has another's name", file, p.Title, target.RefID)
		}
		refs[target.RefID] = true
		if sources[target.Datasource.UID] != target.Datasource.Type || target.Datasource.Type == "" {
			t.Errorf("%s, %q: no data source %q of type %q is provisioned", file, p.Title, target.Datasource.UID, target.Datasource.Type)
		}
		for _, m := range regexp.MustCompile(`\$\{?(\w+)`).FindAllStringSubmatch(target.Expr, -1) {
			if !slices.Contains(known, m[1]) {
				t.Errorf("%s, %q: there is no variable %s", file, p.Title, m[1])
			}
		}
	}
}

// TestAlertsHaveRunbooks and runbooks have alerts; each alert says how urgent it
// is, in words, and is tested firing and silent.
func TestAlertsHaveRunbooks(t *testing.T) {
	t.Parallel()
	sections := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^### (\w+)$`).FindAllStringSubmatch(string(read(t, root+"/docs/runbooks.md")), -1) {
		sections[m[1]] = true
	}
	tested := testedAlerts(t)
	seen := map[string]bool{}
	for file, list := range rules(t) {
		for _, r := range list {
			if r.Record != "" {
				continue
			}
			if seen[r.Alert] {
				t.Errorf("%s: there are two alerts %s", file, r.Alert)
			}
			seen[r.Alert] = true
			if !slices.Contains([]string{"critical", "warning", "none"}, r.Labels["severity"]) {
				t.Errorf("%s: severity %q has no route", r.Alert, r.Labels["severity"])
			}
			if r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
				t.Errorf("%s says nothing", r.Alert)
			}
			if want := "docs/runbooks.md#" + strings.ToLower(r.Alert); r.Annotations["runbook"] != want || !sections[r.Alert] {
				t.Errorf("%s: runbook %q, want %s, and a section of its own", r.Alert, r.Annotations["runbook"], want)
			}
			if got := tested[r.Alert]; got != "silent firing" && r.Labels["severity"] != "none" || !strings.Contains(got, "firing") {
				t.Errorf("%s is tested %q by promtool, want silent and then firing", r.Alert, got)
			}
		}
	}
	for name := range sections {
		if !seen[name] {
			t.Errorf("docs/runbooks.md: there is no alert %s", name)
		}
	}
}

// testedAlerts says how promtool's tests want each alert, in order.
func testedAlerts(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(home + "/prometheus/tests/*.yml")
	must(t, err)
	tested := map[string]string{}
	for _, file := range files {
		var content struct {
			Tests []struct {
				Tests []struct {
					Expr    string `yaml:"expr"`
					Samples []any  `yaml:"exp_samples"`
				} `yaml:"promql_expr_test"`
			}
		}
		must(t, yaml.Unmarshal(read(t, file), &content))
		for _, one := range content.Tests {
			for _, try := range one.Tests {
				name := regexp.MustCompile(`alertname="(\w+)"`).FindStringSubmatch(try.Expr)
				want := "silent"
				if len(try.Samples) > 0 {
					want = "firing"
				}
				tested[name[1]] = strings.TrimSpace(tested[name[1]] + " " + want)
			}
		}
	}
	return tested
}

// TestConfigurationsAreYAML: what is read by programs that no test can start.
func TestConfigurationsAreYAML(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"loki/loki.yml", "grafana/provisioning/dashboards/dashboards.yml", "grafana/provisioning/datasources/sources.yml", "prometheus/prometheus.yml"} {
		var content map[string]any
		if err := yaml.Unmarshal(read(t, filepath.Join(home, file)), &content); err != nil || len(content) == 0 {
			t.Errorf("%s: %v", file, err)
		}
	}
	var lokiConfig struct {
		Limits struct {
			Retention string `yaml:"retention_period"`
		} `yaml:"limits_config"`
		Compactor struct {
			Retention bool `yaml:"retention_enabled"`
		}
	}
	must(t, yaml.Unmarshal(read(t, home+"/loki/loki.yml"), &lokiConfig))
	if lokiConfig.Limits.Retention != "336h" || !lokiConfig.Compactor.Retention {
		t.Errorf("logs are not kept for 14 days: %+v", lokiConfig)
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return b
}
