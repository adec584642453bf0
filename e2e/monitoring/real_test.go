package monitoring

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	startLimit = 4 * time.Minute // until Prometheus has enough to calculate with, on a busy machine
	alertLimit = 2 * time.Minute // how soon staff must know
)

// TestReal runs the installation and holds the monitoring's files to it, in
// health and then in trouble. make test-monitoring runs it.
func TestReal(t *testing.T) {
	if os.Getenv("MONITORING_BIN") == "" {
		t.Skip("MONITORING_BIN is not set: make test-monitoring sets it")
	}
	promtool(t, "check", "config", "--syntax-only", home+"/prometheus/prometheus.yml")
	promtool(t, append([]string{"check", "rules"}, glob(t, home+"/prometheus/rules/*.yml")...)...)
	promtool(t, append([]string{"test", "rules"}, glob(t, home+"/prometheus/tests/*.yml")...)...)
	expressions := parsed(t)

	s := newStage(t)
	s.traffic(t)
	t.Run("cardinality", s.cardinality)
	// Rates need two scrapes with something between them, the promise's rules
	// two rounds.
	within(t, startLimit, "recorded rules", func() error {
		s.traffic(t)
		samples, err := s.query(`qrgen:redirect_slow:ratio_rate3d`)
		if err == nil && len(samples) == 0 {
			answering, _ := s.query(`up`)
			err = fmt.Errorf("nothing recorded yet; targets that answer: %v", answering)
		}
		return err
	})
	within(t, startLimit, "four scrapes", func() error {
		samples, err := s.query(`min(count_over_time(up[5m])) >= 4`)
		if err == nil && len(samples) == 0 {
			err = errors.New("fewer so far")
		}
		return err
	})
	t.Run("data", func(t *testing.T) { s.returnData(t, expressions) })
	t.Run("coverage", func(t *testing.T) { s.covered(t, expressions) })
	t.Run("quiet", s.quiet)
	t.Run("alerts", s.alerts)
}

func promtool(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("promtool", args...).CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	must(t, err)
	return files
}

// expression is what a panel or a rule asks.
type expression struct {
	where    string
	language string
	text     string
	alert    bool     // empty in health
	metrics  []string // that it asks for
}

// parsed collects every expression and has each parsed by its own language's
// parser (tools/queries).
func parsed(t *testing.T) []expression {
	t.Helper()
	var all []expression
	for file, d := range dashboards(t) {
		for _, p := range d.Panels {
			for _, target := range p.Targets {
				language := map[string]string{"prometheus": "promql", "loki": "logql"}[target.Datasource.Type]
				all = append(all, expression{where: file + ", " + p.Title, language: language, text: filled(target.Expr)})
			}
		}
	}
	for file, list := range rules(t) {
		for _, r := range list {
			all = append(all, expression{where: file + ", " + r.Alert + r.Record, language: "promql", text: r.Expr, alert: r.Alert != "" && r.Labels["severity"] != "none"})
		}
	}
	questions := []map[string]string{{"language": "alloy", "text": string(read(t, home+"/alloy/config.alloy"))}}
	for _, e := range all {
		questions = append(questions, map[string]string{"language": e.language, "text": e.text})
	}
	asked, err := json.Marshal(questions)
	must(t, err)
	cmd := exec.Command(filepath.Join(os.Getenv("MONITORING_BIN"), "queries"))
	cmd.Stdin, cmd.Stderr = bytes.NewReader(asked), os.Stderr
	out, err := cmd.Output()
	must(t, err)
	var answers []struct {
		Error   string
		Metrics []string
	}
	must(t, json.Unmarshal(out, &answers))
	if answers[0].Error != "" {
		t.Errorf("config.alloy: %s", answers[0].Error)
	}
	languages := map[string]int{}
	for i, answer := range answers[1:] {
		if answer.Error != "" {
			t.Errorf("%s: %s\n%s", all[i].where, answer.Error, all[i].text)
		}
		all[i].metrics = answer.Metrics
		languages[all[i].language]++
	}
	t.Logf("parsed: %v, and Alloy's configuration", languages)
	return all
}

// filled puts values in the place of Grafana's variables.
func filled(expr string) string {
	return strings.NewReplacer("$__rate_interval", "1m", "$__auto", "1m", "$__range", "1h", "$instance", ".*", "$host", ".*",
		"$slow_ms", "500", "$request_id", "6QK2M8ZT4R0V").Replace(expr)
}

// silent are the queries that rightly give nothing in a healthy installation,
// or in this one, with the reason. A reason that is not needed is an error.
func silent(edge bool) map[string]string {
	reasons := map[string]string{
		`traefik_service_server_up`:          "Traefik looks after replicas where there are several",
		`traefik_service_retries_total`:      "counted once something was asked twice",
		`loki_write_dropped_entries_total`:   "Alloy is to be had as a container only",
		`status="5xx"}[1m])) / sum by (gro`:  "no page failed",
		`service_requests_total{code=~"5.."`: "no answer of the edge was 5xx",
	}
	if !edge {
		reasons = map[string]string{
			`traefik`: "no Traefik here: make test-edge builds it", `loki_write_dropped_entries_total`: reasons[`loki_write_dropped_entries_total`],
			`status="5xx"}[1m])) / sum by (gro`: reasons[`status="5xx"}[1m])) / sum by (gro`],
		}
	}
	return reasons
}

// returnData runs every expression. An alert's gives nothing in health, so each
// of its metrics is asked for instead.
func (s *stage) returnData(t *testing.T, expressions []expression) {
	t.Helper()
	reasons, used := silent(s.edge != ""), map[string]bool{}
	ran := 0
	for _, e := range expressions {
		if e.language != "promql" {
			continue
		}
		asked := []string{e.text}
		if e.alert {
			asked = e.metrics
		}
		for _, expr := range asked {
			samples, err := s.query(expr)
			if err != nil {
				t.Errorf("%s: %v", e.where, err)
				continue
			}
			ran++
			maps.DeleteFunc(samples, func(_, value string) bool { return value == "NaN" })
			reason := ""
			for part := range reasons {
				if strings.Contains(expr, part) {
					reason = part
				}
			}
			switch {
			case len(samples) == 0 && reason == "":
				t.Errorf("%s gives no data:\n%s", e.where, expr)
			case len(samples) == 0:
				used[reason] = true
			}
		}
	}
	for part := range reasons {
		if !used[part] {
			t.Errorf("there is data for %q: it needs no reason any more", part)
		}
	}
	t.Logf("%d queries ran; empty for a reason: %v", ran, reasons)
}

// unwatched are metrics that no panel and no rule asks for, with the reason.
var unwatched = map[string]string{
	`^go_memstats_`:       "the runtime's own; the heap and the allocation rate have panels, the rest is for a close look",
	`^go_gc_|^go_sched_`:  "settings of the runtime, the same from start to end",
	`^go_info$`:           "the version is in qrgen_build_info",
	`^process_virtual_`:   "says nothing about a Go program",
	`^process_network_`:   "the host's panels have it",
	`^promhttp_|^scrape_`: "the exporter's and Prometheus' own",
}

// covered: no metric of the program's is exported for nobody.
func (s *stage) covered(t *testing.T, expressions []expression) {
	t.Helper()
	watched := map[string]bool{}
	for _, e := range expressions {
		for _, name := range e.metrics {
			watched[strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_count"), "_sum")] = true
			watched[name] = true
		}
	}
	body, err := get(s.admin + "/metrics")
	must(t, err)
	needed := map[string]bool{}
	families := regexp.MustCompile(`(?m)^# TYPE (\w+)`).FindAllStringSubmatch(body, -1)
	for _, m := range families {
		if watched[m[1]] {
			continue
		}
		found := false
		for pattern := range unwatched {
			if regexp.MustCompile(pattern).MatchString(m[1]) {
				found, needed[pattern] = true, true
			}
		}
		if !found {
			t.Errorf("nothing shows or watches %s, and no reason is given", m[1])
		}
	}
	t.Logf("%d metrics, watched or with a reason (%d reasons)", len(families), len(needed))
}

// cardinality: 10,000 different short IDs make no new series. The queries' own
// appear when something is asked for the first time, such as by a job of the
// hour; their names are those of queries/.
func (s *stage) cardinality(t *testing.T) {
	known := map[string]bool{"other": true}
	for _, file := range glob(t, root+"/queries/*.sql") {
		for _, m := range regexp.MustCompile(`-- name: (\w+)`).FindAllStringSubmatch(string(read(t, file)), -1) {
			known[m[1]] = true
		}
	}
	series := func() []string {
		body, err := get(s.admin + "/metrics")
		must(t, err)
		var names []string
		for line := range strings.Lines(body) {
			name, _, ok := strings.Cut(line, " ")
			query := regexp.MustCompile(`query="([^"]*)"`).FindStringSubmatch(name)
			switch {
			case !ok || strings.HasPrefix(line, "#"):
			case query == nil:
				names = append(names, name)
			case !known[query[1]]:
				t.Errorf("%s: there is no such query", name)
			}
		}
		slices.Sort(names)
		return names
	}
	series() // what it counts of itself is there by the second time
	before := series()
	answers := s.scanAll(t, 10000, func(i int) string { return fmt.Sprintf("/r/strange-%05d", i) })
	if after := series(); !slices.Equal(before, after) {
		t.Errorf("%d series before, %d after 10,000 short IDs", len(before), len(after))
	}
	t.Logf("%d series before and after, the queries' aside; answers %v", len(before), answers)
}

// quiet: in health nothing of the program's fires, and the dead man's switch
// arrives.
func (s *stage) quiet(t *testing.T) {
	// The machine that the tests run on may be short of disk or memory.
	samples, err := s.query(`ALERTS{alertstate="firing", severity!="none", alertname!~"Disk.*|Memory.*|OutOfMemoryKill"}`)
	if err != nil || len(samples) > 0 {
		t.Errorf("alerts fire in health: %v %v", samples, err)
	}
	within(t, patience, "the dead man's switch", func() error {
		s.inbox.mu.Lock()
		defer s.inbox.mu.Unlock()
		if s.inbox.deadman == 0 {
			return errors.New("it has not arrived")
		}
		return nil
	})
}

// alerts kills the database and fills the journal: each is known within two
// minutes, by the rules as they are shipped.
func (s *stage) alerts(t *testing.T) {
	s.postgres.Kill()
	killed := time.Now()
	const more = 2 * journalMax / 56 // than the journal has room for; a scan by a known phone takes 56 bytes
	answers := s.scanAll(t, more, func(int) string { return "/R/ONE" })
	body, err := get(s.admin + "/metrics")
	must(t, err)
	if answers[302] != more || !strings.Contains(body, "qrgen_journal_refusing 1") {
		t.Errorf("answers %v; the journal is not full:\n%s", answers, regexp.MustCompile(`(?m)^qrgen_(journal|scans)_.*$`).FindAllString(body, -1))
	}
	blocked := time.Now()
	for name, since := range map[string]time.Time{"DatabaseDown": killed, "ScansRefused": blocked} {
		within(t, alertLimit, name, func() error {
			at, err := s.inbox.arrived(name)
			if err == nil {
				t.Logf("%s arrived after %s", name, at.Sub(since).Round(time.Second))
				if at.Sub(since) > alertLimit {
					t.Errorf("%s took more than %s", name, alertLimit)
				}
			}
			return err
		})
	}
}
