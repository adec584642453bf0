package monitoring

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"qrgen/e2e/rig"
)

// stage is a whole installation, as far as there are programs for it here: the
// application, PostgreSQL, Traefik, the exporters, Prometheus and the alert
// manager, with the project's own files.
type stage struct {
	tools      string // folder of the exporters and of queries
	data       string
	admin      string // http://host:port
	public     string
	edge       string // host:port of https; empty without TRAEFIK_BIN
	prometheus string
	database   string
	postgres   *rig.Postgres
	inbox      *inbox
}

// journalMax is the least that the program takes, so that the journal is full
// soon.
const journalMax = 1 << 20

// inbox is where the alert manager sends its messages.
type inbox struct {
	mu      sync.Mutex
	firing  map[string]time.Time // when an alert first arrived
	deadman int
}

func (i *inbox) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var message struct {
		Alerts []struct {
			Status string
			Labels map[string]string
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&message); err != nil {
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if r.URL.Path == "/deadman" {
		i.deadman++
		return
	}
	for _, alert := range message.Alerts {
		if name := alert.Labels["alertname"]; alert.Status == "firing" && i.firing[name].IsZero() {
			i.firing[name] = time.Now()
		}
	}
}

// arrived says when an alert first came.
func (i *inbox) arrived(name string) (time.Time, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.firing[name].IsZero() {
		return time.Time{}, fmt.Errorf("%s has not arrived; what has: %v", name, i.firing)
	}
	return i.firing[name], nil
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{tools: os.Getenv("MONITORING_BIN"), data: t.TempDir(), inbox: &inbox{firing: map[string]time.Time{}}}
	s.postgres = rig.NewPostgres(t, "fsync=off")
	s.database = s.postgres.URL()
	s.startProgram(t)
	targets := map[string]string{"qrgen": strings.TrimPrefix(s.admin, "http://")}
	targets["postgres"], targets["node"] = "127.0.0.1:"+freePort(t), "127.0.0.1:"+freePort(t)
	spawn(t, []string{"DATA_SOURCE_NAME=" + s.database}, filepath.Join(s.tools, "postgres_exporter"), "--web.listen-address="+targets["postgres"])
	spawn(t, nil, filepath.Join(s.tools, "node_exporter"), "--web.listen-address="+targets["node"])
	if edge := os.Getenv("TRAEFIK_BIN"); edge != "" {
		targets["traefik"] = s.startEdge(t, edge)
	}
	web := httptest.NewServer(s.inbox)
	t.Cleanup(web.Close)
	targets["alertmanager"] = "127.0.0.1:" + freePort(t)
	spawn(t, []string{
		"ALERT_WEBHOOK_URL=" + web.URL + "/staff", "ALERT_DEADMAN_URL=" + web.URL + "/deadman", "ALERTMANAGER_BIN=prometheus-alertmanager",
		"ALERTMANAGER_STATE=" + filepath.Join(s.data, "alertmanager"), "ALERTMANAGER_LISTEN=" + targets["alertmanager"],
	}, "sh", "monitoring/alertmanager/start.sh")
	s.startPrometheus(t, targets)
	return s
}

func (s *stage) startProgram(t *testing.T) {
	t.Helper()
	admin, public := freePort(t), freePort(t)
	s.admin, s.public = "http://127.0.0.1:"+admin, "http://127.0.0.1:"+public
	env := []string{
		"HOST=127.0.0.1", "PORT=" + admin, "PUBLIC_ADDR=127.0.0.1:" + public, "BASE_URL=https://" + host, "DATABASE_URL=" + s.database,
		"DATA_DIR=" + filepath.Join(s.data, "qrgen"), "BACKUP_DIR=" + filepath.Join(s.data, "backups"), "JOURNAL_MAX=" + strconv.Itoa(journalMax),
		"TRUSTED_PROXIES=127.0.0.1", "TZ=Europe/Berlin",
	}
	spawn(t, env, rig.Binary(t), "serve")
	within(t, patience, "the program", func() error {
		_, err := get(s.admin + "/health")
		return err
	})
	_, err := rig.Command(t, env, rig.Binary(t), "backup")
	must(t, err)
}

const (
	host     = "qr.test"
	signsIn  = "anna"
	password = "correct horse"
)

// startEdge runs Traefik with the project's own files and gives the address of
// its metrics.
func (s *stage) startEdge(t *testing.T, binary string) string {
	t.Helper()
	hash, err := exec.Command("openssl", "passwd", "-apr1", password).Output()
	must(t, err)
	// Grafana is to be had as a container only; that requests would reach it is not.
	grafana := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "Grafana "+r.URL.Path) }))
	t.Cleanup(grafana.Close)
	metrics := "127.0.0.1:" + freePort(t)
	s.edge = "127.0.0.1:" + freePort(t)
	state := filepath.Join(s.data, "edge")
	must(t, os.MkdirAll(filepath.Join(state, "own"), 0o700))
	if out, err := exec.Command("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "90", "-subj", "/CN="+host, "-addext", "subjectAltName=DNS:"+host,
		"-keyout", filepath.Join(state, "own/key.pem"), "-out", filepath.Join(state, "own/cert.pem")).CombinedOutput(); err != nil {
		t.Fatalf("make a certificate: %v\n%s", err, out)
	}
	spawn(t, []string{
		"ENVIRONMENT=production", "PUBLIC_HOST=" + host, "ADMIN_USERS=" + signsIn + ":" + strings.TrimSpace(string(hash)), "TRAEFIK_BIN=" + binary,
		"RATE_PUBLIC=60000", "RATE_PUBLIC_BURST=1000", "RATE_ADMIN=60000", "RATE_ADMIN_BURST=1000",
		"COMPOSE_PROFILES=monitoring", "GRAFANA_ADDRESS=" + strings.TrimPrefix(grafana.URL, "http://"),
		"APP_HOSTS=127.0.0.1", "APP_ADMIN_PORT=" + port(s.admin), "APP_PUBLIC_PORT=" + port(s.public),
		"EDGE_WEB=127.0.0.1:" + freePort(t), "EDGE_WEBSECURE=" + s.edge, "EDGE_DASHBOARD=127.0.0.1:" + freePort(t), "EDGE_METRICS=" + metrics,
		"EDGE_STATE=" + state, "EDGE_OWN=" + filepath.Join(state, "own"), "EDGE_CERTIFICATES=" + filepath.Join(state, "acme"),
	}, "sh", "traefik/start.sh")
	within(t, patience, "the edge", func() error {
		_, status, err := s.ask(http.MethodGet, s.edgeURL("/health/live"), nil)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("status %d", status)
		}
		return err
	})
	return metrics
}

func port(address string) string { return address[strings.LastIndexByte(address, ':')+1:] }

func (s *stage) edgeURL(path string) string { return "https://" + s.edge + path }

var client = &http.Client{
	Transport:     &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, ServerName: host}, MaxIdleConnsPerHost: 64},
	CheckRedirect: rig.NoRedirects,
}

// ask sends one request, a form where one is given.
func (s *stage) ask(method, address string, form url.Values, headers ...string) (string, int, error) {
	a, err := rig.Ask(context.Background(), client, method, address, form, rig.Headers(headers...), func(r *http.Request) {
		if s.edge != "" && strings.Contains(address, s.edge) {
			r.Host = host
		}
	})
	return a.Body, a.Status, err
}

// absent are the jobs whose programs are to be had as containers only.
var absent = map[string]bool{"loki": true, "alloy": true, "grafana": true}

// startPrometheus runs Prometheus with the project's configuration, in which
// nothing is changed but where things are.
func (s *stage) startPrometheus(t *testing.T, targets map[string]string) {
	t.Helper()
	var config map[string]any
	must(t, yaml.Unmarshal(read(t, home+"/prometheus/prometheus.yml"), &config))
	listen := "127.0.0.1:" + freePort(t)
	targets["prometheus"] = listen
	rules, err := filepath.Abs(home + "/prometheus/rules/*.yml")
	must(t, err)
	config["rule_files"] = []string{rules}
	at := func(address string) []any { return []any{map[string]any{"targets": []string{address}}} }
	config["alerting"] = map[string]any{"alertmanagers": []any{map[string]any{"static_configs": at(targets["alertmanager"])}}}
	var jobs []any
	for _, job := range config["scrape_configs"].([]any) {
		job := job.(map[string]any)
		name := job["job_name"].(string)
		if absent[name] || targets[name] == "" {
			continue
		}
		delete(job, "dns_sd_configs")
		job["static_configs"] = at(targets[name])
		jobs = append(jobs, job)
	}
	config["scrape_configs"] = jobs
	content, err := yaml.Marshal(config)
	must(t, err)
	file := filepath.Join(s.data, "prometheus.yml")
	must(t, os.WriteFile(file, content, 0o600))
	s.prometheus = "http://" + listen
	spawn(t, nil, "prometheus", "--config.file="+file, "--storage.tsdb.path="+filepath.Join(s.data, "tsdb"), "--web.listen-address="+listen,
		"--enable-feature=exemplar-storage", "--log.level=warn")
	within(t, patience, "Prometheus", func() error {
		_, err := get(s.prometheus + "/-/ready")
		return err
	})
}

// query runs an expression now and gives its samples by their labels.
func (s *stage) query(expr string) (map[string]string, error) {
	body, err := get(s.prometheus + "/api/v1/query?query=" + url.QueryEscape(expr))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", expr, err)
	}
	var answer struct {
		Data struct {
			ResultType string
			Result     json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		return nil, err
	}
	samples := map[string]string{}
	if answer.Data.ResultType == "scalar" {
		samples["scalar"] = string(answer.Data.Result)
		return samples, nil
	}
	var vector []struct {
		Metric map[string]string
		Value  [2]any
	}
	if err := json.Unmarshal(answer.Data.Result, &vector); err != nil {
		return nil, err
	}
	for _, sample := range vector {
		samples[fmt.Sprint(sample.Metric)] = fmt.Sprint(sample.Value[1])
	}
	return samples, nil
}
