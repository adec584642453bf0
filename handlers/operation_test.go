package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"qrgen/db"
)

// any sends a request whatever its answer's status.
func (s *server) any(method, uri string, changes ...with) *reply {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), method, uri, http.NoBody)
	r.RemoteAddr = office
	for _, change := range changes {
		change(r)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return &reply{t: s.t, Code: w.Code, Header: w.Result().Header, Body: w.Body.String()}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, path := range []string{"/health", "/health/ready"} {
		r := s.Get(path)
		var got map[string]any
		if err := json.Unmarshal([]byte(r.Body), &got); err != nil || got["status"] != "ok" || got["directory"] != "ok" {
			t.Errorf("%s: %s", path, r.Body)
		}
		if r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be cached", path)
		}
	}
	s.Get("/health/live", from(outside)).Has(`"status":"ok"`)
	for _, path := range []string{"/health", "/health/ready", "/health/live"} {
		s.Request("HEAD", path, nil, http.StatusOK)
	}

	dead := newServerOn(t, deadPool(t))
	for _, path := range []string{"/health", "/health/ready"} {
		r := dead.Request("GET", path, nil, http.StatusServiceUnavailable).Has(`"status":"unavailable"`, `"directory":"unavailable"`)
		if strings.Contains(r.Body, "127.0.0.1") {
			t.Errorf("the answer tells about the inside: %s", r.Body)
		}
	}
	dead.Get("/health/live")
}

func TestErrorPages(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Create(dynamic())
	for _, test := range []struct {
		method, path string
		code         int
		words        string
		allow        string
	}{
		{"GET", "/nothing", 404, "Not found", ""},
		{"GET", "/codes/", 404, "Not found", ""},
		{"GET", "/Codes", 404, "Not found", ""},
		{"GET", "/codes/1/nothing", 404, "Not found", ""},
		{"GET", "/r", 404, "Not found", ""},
		{"GET", "/%00", 404, "Not found", ""},
		{"POST", "/", 405, "That can't be done here", "GET"},
		{"PUT", "/codes", 405, "That can't be done here", "GET, POST"},
		{"DELETE", "/codes/1", 405, "That can't be done here", "GET, POST"},
		{"GET", "/codes/1/pause", 405, "That can't be done here", "POST"},
		{"MADEUP", "/codes/1", 405, "That can't be done here", "GET, POST"},
	} {
		r := s.Request(test.method, test.path, nil, test.code).Has(test.words)
		if !strings.Contains(r.Body, "<html") || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s: no page of ours", test.method, test.path)
		}
		for want := range strings.SplitSeq(test.allow, ", ") {
			if !strings.Contains(r.Header.Get("Allow"), want) {
				t.Errorf("%s %s: Allow %q lacks %s", test.method, test.path, r.Header.Get("Allow"), want)
			}
		}

		// htmx: the real status, nothing swapped, a toast out of band.
		r = s.Request(test.method, test.path, nil, test.code, htmx).Has(test.words)
		toasts := r.Page().ByID("toasts")
		if r.Header.Get("HX-Reswap") != "none" || toasts == nil || attr(toasts, "hx-swap-oob") == "" || strings.Contains(r.Body, "<html") {
			t.Errorf("%s %s for htmx: HX-Reswap %q, %.200s", test.method, test.path, r.Header.Get("HX-Reswap"), r.Body)
		}
		// A boosted link shows the page.
		if r := s.Request(test.method, test.path, nil, test.code, htmx, header("HX-Boosted", "true")); !strings.Contains(r.Body, "<html") {
			t.Errorf("%s %s boosted: no page", test.method, test.path)
		}
	}
	if r := s.any("HEAD", "/nothing"); r.Code != 404 || r.Body != "" {
		t.Errorf("HEAD: %d with %q", r.Code, r.Body)
	}
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, path := range []string{"/codes", "/r/nobody", "/nothing"} {
		for _, id := range []string{"abc-123", "0af7651916cd43dd8448eb211c80319c", "a_b.c:d", strings.Repeat("x", 64)} {
			if got := s.any("GET", path, header("X-Request-ID", id)).Header.Get("X-Request-ID"); got != id {
				t.Errorf("%s: %q came back as %q", path, id, got)
			}
		}
		seen := map[string]bool{}
		for _, id := range []string{"", strings.Repeat("x", 65), "a b", "a\"b", "a\r\nb: c", "<script>", "é", "a\x00", `{"a":1}`} {
			got := s.any("GET", path, header("X-Request-ID", id)).Header.Get("X-Request-ID")
			if got == id || !regexp.MustCompile(`^[A-Z2-7]{26}$`).MatchString(got) || seen[got] {
				t.Errorf("%s: %q was answered with %q", path, id, got)
			}
			seen[got] = true
		}
	}
}

// TestLogs: one line a request, with what an operator needs and nothing about
// the visitor.
func TestLogs(t *testing.T) {
	t.Parallel()
	s := newServer(t, "TRUSTED_PROXIES=192.168.7.7", "LOG_REDIRECTS=all")
	id := s.Create(dynamic("short_id", "open-day"))
	visitor := func(r *http.Request) {
		r.Header.Set("X-Forwarded-For", "192.168.99.98")
		r.Header.Set("X-Forwarded-User", "anna-secret")
		r.Header.Set("User-Agent", "SecretPhone/1.0")
		r.Header.Set("Referer", "https://secret-referrer.example/")
		r.Header.Set("Cookie", "qrgen_session=secret-cookie")
		r.Header.Set("X-Request-Id", "the-id")
	}
	before := len(s.log.Requests(t))
	requests := []struct {
		method, path, route string
		status              int
	}{
		{"GET", "/codes?q=secret-words", "/codes", 200},
		{"GET", codePath(id, "?secret-words"), "/codes/:id", 200},
		{"POST", codePath(id, "/pause"), "/codes/:id/pause", 303},
		{"POST", codePath(id, "/resume"), "/codes/:id/resume", 303},
		{"GET", "/codes?limit=secret-words", "/codes", 422},
		{"GET", "/secret-words", "none", 404},
		{"GET", "/codes/secret-words/x", "none", 404},
		{"PUT", "/codes", "/codes", 405},
		{"GET", "/r/open-day", "/r/:short_id", 302},
		{"HEAD", "/R/OPEN-DAY", "/r/:short_id", 302},
		{"GET", "/r/secret-words", "/r/:short_id", 404},
		{"SECRET-WORDS", "/r/open-day", "/r/:short_id", 405},
		{"SECRET-WORDS", "/codes", "/codes", 405},
		{"GET", "/health", "/health", 200},
	}
	for _, r := range requests {
		s.Request(r.method, r.path, nil, r.status, visitor)
	}
	lines := s.log.Requests(t)[before:]
	if len(lines) != len(requests) {
		t.Fatalf("%d lines for %d requests:\n%s", len(lines), len(requests), s.log)
	}
	for i, r := range requests {
		line := lines[i]
		method := r.method
		if strings.HasPrefix(method, "SECRET") {
			method = "other"
		}
		if line["method"] != method || line["route"] != r.route || line["status"] != float64(r.status) || line["request_id"] != "the-id" || line["level"] != "INFO" {
			t.Errorf("%s %s is logged as %v", r.method, r.path, line)
		}
		if _, ok := line["duration_ms"].(float64); !ok || line["time"] == nil {
			t.Errorf("no duration or time in %v", line)
		}
		for name := range line {
			if !slices.Contains([]string{"time", "level", "msg", "request_id", "method", "group", "route", "status", "duration_ms", "kind", "outcome"}, name) {
				t.Errorf("%s %s is logged with %s", r.method, r.path, name)
			}
		}
	}
	audit := regexp.MustCompile(`(?m)^.*"msg":"audit".*\n`) // whom it names are staff: TestAudit
	for _, secret := range []string{"secret", "SECRET", "192.168", "SecretPhone", "anna", "open-day", "OPEN-DAY"} {
		if strings.Contains(audit.ReplaceAllString(s.log.String(), ""), secret) {
			t.Errorf("the log has %q in it", secret)
		}
	}
}

// TestAudit: who did what to which code is a stream of its own, with the fields
// that changed and not with what is in them.
func TestAudit(t *testing.T) {
	t.Parallel()
	s := newServer(t, "TRUSTED_PROXIES=192.168.7.7")
	anna := func(r *http.Request) {
		r.Header.Set("X-Forwarded-For", "192.168.99.98")
		r.Header.Set("X-Forwarded-User", "anna")
		r.Header.Set("X-Request-Id", "the-id")
	}
	id := s.Create(dynamic("short_id", "open-day"))
	s.Request("POST", codePath(id, ""), dynamic("revision", "1", "title", "Opened", "description", "changed-words"), http.StatusSeeOther, anna)
	s.Request("POST", codePath(id, ""), dynamic("revision", "2", "title", ""), http.StatusUnprocessableEntity, anna)
	s.Request("GET", codePath(id, "/image.svg?mm=30&download=1"), nil, http.StatusOK, anna)
	s.Request("POST", codePath(id, "/retire"), nil, http.StatusSeeOther, anna)
	var got []string
	for line := range strings.Lines(s.log.String()) {
		if strings.Contains(line, `"msg":"audit"`) {
			_, rest, _ := strings.Cut(strings.TrimSpace(line), `"msg":"audit",`)
			got = append(got, rest)
		}
	}
	by := `"actor":"anna","action":"%s","code_id":1,"fields":[%s],"request_id":"the-id"}`
	want := []string{
		fmt.Sprintf(by, "updated", `"title","description"`), fmt.Sprintf(by, "downloaded", `"file","grade","sha256"`), fmt.Sprintf(by, "retired", `"state"`),
	}
	if len(got) != 4 || !strings.HasPrefix(got[0], `"actor":"staff","action":"created","code_id":1,"fields":[],"request_id":"`) {
		t.Fatalf("audit lines: %v", got)
	}
	if diff := cmp.Diff(want, got[1:]); diff != "" {
		t.Error(diff)
	}
	if log := s.log.String(); strings.Contains(log, "changed-words") || strings.Contains(log, "192.168.99.98") {
		t.Errorf("the log knows too much: %s", log)
	}
	s.Get("/metrics").Has(`qrgen_code_events_total{action="updated"} 1`, `qrgen_code_events_total{action="downloaded"} 1`)
}

// TestMetrics: labels come from closed sets, whatever is asked.
func TestMetrics(t *testing.T) {
	t.Parallel()
	s := scanned(t)
	for _, path := range []string{"/r/active", "/r/paused", "/r/paused-f", "/r/later", "/r/over", "/r/retired", "/r/nobody", "/codes", "/codes/1", "/nothing/at/all"} {
		s.any("GET", path)
	}
	for _, method := range []string{"MADEUP1", "MADEUP2", "get", "PROPFIND"} {
		s.any(method, "/r/active")
		s.any(method, "/codes")
		s.any(method, "/nothing")
	}
	body := s.Get("/metrics").Body
	for _, want := range []string{
		`qrgen_redirects_total{outcome="active"} 1`, `qrgen_redirects_total{outcome="paused"} 1`, `qrgen_redirects_total{outcome="fallback"} 1`,
		`qrgen_redirects_total{outcome="scheduled"} 1`, `qrgen_redirects_total{outcome="expired"} 1`, `qrgen_redirects_total{outcome="retired"} 1`,
		`qrgen_redirects_total{outcome="unavailable"} 0`, `qrgen_scans_refused_total 0`,
		`qrgen_http_request_duration_seconds_count{group="pages",method="GET",route="/codes/:id",status="2xx"} 1`,
		`qrgen_http_request_duration_seconds_count{group="none",method="GET",route="none",status="4xx"} 1`,
		`version="test"} 1`, `qrgen_codes{kind="dynamic",state="paused"} `, `qrgen_db_up 1`, `qrgen_code_events_total{action="created"} `, "go_goroutines", "qrgen_db_pool_connections{", "qrgen_redirect_duration_seconds_bucket",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s", want)
		}
	}
	// In Prometheus' own format a slow answer leads to its log line.
	s.Get("/codes", header("X-Request-Id", "the-slow-one"))
	exemplars := s.Get("/metrics", header("Accept", "application/openmetrics-text; version=1.0.0")).Body
	if !regexp.MustCompile(`route="/codes",status="2xx",le="[^"]+"} \d+ # \{request_id="the-slow-one"\}`).MatchString(exemplars) {
		t.Error("no exemplar with the request's ID")
	}
	for _, stranger := range []string{"MADEUP", `"get"`, "PROPFIND", "nothing", "open-day", "nobody", `"/codes/1"`, "paused-f"} {
		if strings.Contains(body, stranger) {
			t.Errorf("%s got into a label", stranger)
		}
	}
	for _, m := range regexp.MustCompile(`[{,](\w+)="`).FindAllStringSubmatch(body, -1) {
		if !slices.Contains([]string{"group", "method", "route", "status", "outcome", "state", "kind", "action", "format", "result", "level", "version", "goversion", "le", "quantile"}, m[1]) {
			t.Errorf("label %s", m[1])
		}
	}
}

func TestAssets(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	assets := regexp.MustCompile(`/static/[^"#]+`).FindAllString(s.Get("/codes").Body, -1)
	if len(assets) < 5 {
		t.Fatalf("the page needs only %v", assets)
	}
	for _, path := range append(assets, regexp.MustCompile(`/static/[^"]+`).FindAllString(s.any("GET", "/r/nobody").Body, -1)...) {
		r := s.Get(path, from(outside))
		if r.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || len(r.Body) == 0 {
			t.Errorf("%s: %v", path, r.Header)
		}
		s.Request("GET", path, nil, http.StatusNotModified, header("If-None-Match", r.Header.Get("ETag")))
	}
}

// How the backups stand is asked of the database: another process makes them.
func TestBackupsInHealthAndMetrics(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Get("/health").Has(`"backup":"none"`, `"status":"ok"`)
	s.Get("/metrics").Has("qrgen_backup_failing 0", "qrgen_backup_last_success_timestamp_seconds 0")
	note := func(age, took time.Duration, failure string) {
		t.Helper()
		began := s.clock.Now().Add(-age)
		err := s.store.CreateBackup(t.Context(), db.CreateBackupParams{StartedAt: began, FinishedAt: began.Add(took), File: "qrgen_20261120_023000.dump", Bytes: 4711, Error: failure})
		if err != nil {
			t.Fatal(err)
		}
	}
	note(50*time.Hour, 90*time.Second, "")
	s.Get("/health").Has(`"backup":"old"`, `"status":"degraded"`)
	note(time.Hour, 90*time.Second, "")
	s.Get("/health").Has(`"backup":"ok"`, `"backup_age_seconds":36`, `"status":"ok"`)
	s.Get("/metrics").Has("qrgen_backup_last_success_bytes 4711", "qrgen_backup_last_success_duration_seconds 90", "qrgen_backup_failing 0")
	note(0, time.Second, "the disk is full: /srv/backups")
	if body := s.Get("/health").Has(`"backup":"failed"`, `"status":"degraded"`).Body; strings.Contains(body, "/srv") {
		t.Errorf("the answer tells about the inside: %s", body)
	}
	s.Get("/metrics").Has("qrgen_backup_failing 1", "qrgen_backup_last_success_bytes 4711")
}
