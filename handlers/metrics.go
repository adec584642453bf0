package handlers

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"qrgen/internal/codes"
	"qrgen/internal/errs"
	"qrgen/internal/qr"
	"qrgen/internal/redirect"
)

// metrics are the program's own, in a registry of their own. Every label comes
// from a closed set: route templates, methods, status classes, outcomes.
// docs/metrics.md lists them all.
type metrics struct {
	registry  *prometheus.Registry
	requests  *prometheus.HistogramVec
	redirects []prometheus.Counter // by outcome
	fallback  prometheus.Counter
	throttled prometheus.Counter
	latency   prometheus.Histogram
	renders   *prometheus.HistogramVec
	events    *prometheus.CounterVec
}

func newMetrics(o Options) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "qrgen_http_request_duration_seconds", Help: "Time to answer a request other than a scan, by group of routes and route template.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}, []string{"group", "method", "route", "status"}),
		latency: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "qrgen_redirect_duration_seconds", Help: "Time to answer a scan.",
			Buckets: []float64{.00005, .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1},
		}),
		renders: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "qrgen_render_duration_seconds", Help: "Time to draw a symbol and to read it back, by the file's format and what came of it: ok, refused (it would not scan, or can't be drawn like that) or failed.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
		}, []string{"format", "result"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "qrgen_code_events_total", Help: "What staff did with codes, by action, as in the codes' history.",
		}, []string{"action"}),
	}
	redirects := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "qrgen_redirects_total",
		Help: "Answers to scans, by what the scan met; fallback is any state whose fallback URL led on, throttled a client that kept missing.",
	}, []string{"outcome"})
	m.fallback, m.throttled = redirects.WithLabelValues("fallback"), redirects.WithLabelValues("throttled")
	for _, outcome := range redirect.Outcomes() {
		// Resolved once: the thin path only adds.
		m.redirects = append(m.redirects, redirects.WithLabelValues(outcome.String()))
	}
	m.registry.MustRegister(m.requests, redirects, m.latency, m.renders, m.events, buildInfo(o.Version),
		&databaseCollector{store: o.Store, migrated: o.Migrated, now: o.Now}, poolCollector{o.Store}, logCollector{o.LogLines},
		scanCollector{o.Recorder, o.Config.JournalMax, o.Now}, directoryCollector{o.Directory, o.Now}, backupCollector{o.Store, o.Migrated, o.Log},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if times := o.Store.QueryTimes(); times != nil {
		m.registry.MustRegister(times)
	}
	m.startAtZero()
	return m
}

// startAtZero makes the series of small closed sets exist from the start: what
// appears with its first event has no rate to tell it by.
func (m *metrics) startAtZero() {
	for _, format := range qr.Formats() {
		for _, result := range []string{"ok", "refused", "failed"} {
			m.renders.WithLabelValues(format.String(), result)
		}
	}
	for _, action := range codes.Actions() {
		m.events.WithLabelValues(action)
	}
}

// request counts an answer; its ID is the exemplar that leads to the log line.
func (m *metrics) request(method, route, requestID string, status int, took time.Duration) {
	h := m.requests.WithLabelValues(groupOf(route), method, route, strconv.Itoa(status/100)+"xx")
	if e, ok := h.(prometheus.ExemplarObserver); ok && requestID != "" {
		e.ObserveWithExemplar(took.Seconds(), prometheus.Labels{"request_id": requestID})
		return
	}
	h.Observe(took.Seconds())
}

// groupOf is the group of routes that a route belongs to, for dashboards and
// alerts: people wait for files otherwise than for pages.
func groupOf(route string) string {
	switch {
	case route == "none":
		return "none"
	case strings.HasPrefix(route, "/static/"):
		return "assets"
	case strings.HasPrefix(route, "/health"), route == "/metrics":
		return "operation"
	case strings.HasPrefix(route, apiPrefix+"/"):
		return "api"
	case strings.Contains(route, "/image"), strings.Contains(route, "/download"), strings.Contains(route, "/sheet"), strings.HasSuffix(route, "zip"):
		return "files"
	}
	return "pages"
}

// redirect counts an answer under /r/.
func (m *metrics) redirect(met redirect.Outcome, status int, took time.Duration) {
	switch {
	case status == http.StatusFound && met != redirect.Active:
		m.fallback.Inc()
	case status == http.StatusTooManyRequests:
		m.throttled.Inc()
	default:
		m.redirects[met].Inc()
	}
	m.latency.Observe(took.Seconds())
}

// rendered times the drawing of a file and notes what came of it.
func (m *metrics) rendered(request qr.Request) (qr.Image, error) {
	start := time.Now()
	image, err := qr.Render(request)
	result := "ok"
	switch {
	case err != nil && errs.KindOf(err) == errs.Invalid:
		result = "refused"
	case err != nil:
		result = "failed"
	}
	m.renders.WithLabelValues(request.Format.String(), result).Observe(time.Since(start).Seconds())
	return image, err
}

// timed counts the answers of a handler outside Echo.
func (s *Server) timed(route string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := s.now()
		noting := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(noting, r)
		s.metrics.request(methodOf(r), route, "", noting.status, s.now().Sub(start))
	})
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the status.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// GET /metrics
func (s *Server) serveMetrics(c echo.Context) error {
	promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{EnableOpenMetrics: true}).ServeHTTP(c.Response(), c.Request())
	return nil
}
