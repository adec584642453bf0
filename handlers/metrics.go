package handlers

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"qrgen/internal/redirect"
)

// metrics are the program's own, in a registry of their own. Every label comes
// from a closed set: route templates, methods, status classes, outcomes.
type metrics struct {
	registry  *prometheus.Registry
	requests  *prometheus.HistogramVec
	redirects []prometheus.Counter // by outcome
	fallback  prometheus.Counter
	latency   prometheus.Histogram
}

func newMetrics(o Options) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "qrgen_http_request_duration_seconds", Help: "Time to answer a request, by route template.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}, []string{"method", "route", "status"}),
		latency: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "qrgen_redirect_duration_seconds", Help: "Time to answer under /r/.",
			Buckets: []float64{.00005, .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1},
		}),
	}
	redirects := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "qrgen_redirects_total", Help: "Answers under /r/, by what the scan met; fallback is any state whose fallback URL led on.",
	}, []string{"outcome"})
	m.fallback = redirects.WithLabelValues("fallback")
	for _, outcome := range redirect.Outcomes() {
		// Resolved once: the thin path only adds.
		m.redirects = append(m.redirects, redirects.WithLabelValues(outcome.String()))
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "qrgen_build_info", Help: "Always 1; the version is in the label.", ConstLabels: prometheus.Labels{"version": o.Version},
	})
	build.Set(1)
	m.registry.MustRegister(m.requests, redirects, m.latency, build,
		poolCollector{o.Store}, scanCollector{o.Recorder, o.Now}, directoryCollector{o.Directory, o.Now},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) request(method, route string, status int, took time.Duration) {
	m.requests.WithLabelValues(method, route, strconv.Itoa(status/100)+"xx").Observe(took.Seconds())
}

// redirect counts an answer under /r/.
func (m *metrics) redirect(met redirect.Outcome, status int, took time.Duration) {
	if status == http.StatusFound && met != redirect.Active {
		m.fallback.Inc()
	} else {
		m.redirects[met].Inc()
	}
	m.latency.Observe(took.Seconds())
}

// GET /metrics
func (s *Server) serveMetrics(c echo.Context) error {
	promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{}).ServeHTTP(c.Response(), c.Request())
	return nil
}
