package handlers

import (
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"qrgen/db"
)

// metrics are the program's own, in a registry of their own. Every label comes
// from a closed set: route templates, methods, status classes, outcomes.
type metrics struct {
	registry  *prometheus.Registry
	requests  *prometheus.HistogramVec
	redirects *prometheus.CounterVec
	latency   prometheus.Histogram
	refused   prometheus.Counter
}

func newMetrics(store *db.Store, version string) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "qrgen_http_request_duration_seconds", Help: "Time to answer a request, by route template.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}, []string{"method", "route", "status"}),
		redirects: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "qrgen_redirects_total", Help: "Answers under /r/, by what was found.",
		}, []string{"outcome"}),
		latency: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "qrgen_redirect_duration_seconds", Help: "Time to answer under /r/.",
			Buckets: []float64{.00005, .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1},
		}),
		refused: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "qrgen_scans_refused_total", Help: "Redirects that were answered but whose scan could not be counted.",
		}),
	}
	for _, outcome := range outcomes {
		m.redirects.WithLabelValues(string(outcome))
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "qrgen_build_info", Help: "Always 1; the version is in the label.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.redirects, m.latency, m.refused, build, poolCollector{store},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) request(method, route string, status int, took time.Duration) {
	m.requests.WithLabelValues(method, route, strconv.Itoa(status/100)+"xx").Observe(took.Seconds())
}

// GET /metrics
func (s *Server) serveMetrics(c echo.Context) error {
	promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{}).ServeHTTP(c.Response(), c.Request())
	return nil
}

var (
	poolConnections = prometheus.NewDesc("qrgen_db_pool_connections", "Database connections, by state.", []string{"state"}, nil)
	poolMax         = prometheus.NewDesc("qrgen_db_pool_connections_max", "The most database connections there may be.", nil, nil)
	poolWaits       = prometheus.NewDesc("qrgen_db_pool_waits_total", "Queries that had to wait for a connection.", nil, nil)
	poolWaitSeconds = prometheus.NewDesc("qrgen_db_pool_wait_seconds_total", "Time that queries waited for a connection.", nil, nil)
)

// poolCollector reads the pool's state when Prometheus asks.
type poolCollector struct{ store *db.Store }

// Describe lists the pool's metrics.
func (poolCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- poolConnections
	ch <- poolMax
	ch <- poolWaits
	ch <- poolWaitSeconds
}

// Collect reads the pool's state.
func (p poolCollector) Collect(ch chan<- prometheus.Metric) {
	stat := p.store.Stat()
	gauge := func(desc *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, v, labels...)
	}
	gauge(poolConnections, float64(stat.AcquiredConns()), "in_use")
	gauge(poolConnections, float64(stat.IdleConns()), "idle")
	gauge(poolMax, float64(stat.MaxConns()))
	ch <- prometheus.MustNewConstMetric(poolWaits, prometheus.CounterValue, float64(stat.EmptyAcquireCount()))
	ch <- prometheus.MustNewConstMetric(poolWaitSeconds, prometheus.CounterValue, stat.EmptyAcquireWaitTime().Seconds())
}
