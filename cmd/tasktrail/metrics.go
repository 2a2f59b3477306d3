package main

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tasktrail/db"
)

// metrics is what /metrics shows, in the text format of Prometheus. No label
// comes from a client.
type metrics struct {
	registry   *prometheus.Registry
	requests   *prometheus.HistogramVec
	streams    prometheus.Gauge
	statements *prometheus.HistogramVec
	failed     *prometheus.CounterVec
	webhooks   *prometheus.HistogramVec
	sound      prometheus.Gauge
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tasktrail_request_seconds", Help: "Plain requests to /graphql by HTTP status.", Buckets: prometheus.DefBuckets,
		}, []string{"status"}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "tasktrail_streams", Help: "Open WebSockets and event streams.",
		}),
		statements: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tasktrail_statement_seconds", Help: "SQL statements by their first word.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 4, 8),
		}, []string{"operation"}),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tasktrail_statements_failed_total", Help: "SQL statements that failed, by their first word.",
		}, []string{"operation"}),
		webhooks: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tasktrail_webhook_attempt_seconds", Help: "Attempts to call webhooks by what came of them.", Buckets: prometheus.DefBuckets,
		}, []string{"outcome"}),
		sound: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "tasktrail_installation_sound", Help: "1 when the last examination of the installation lets changes be written, else 0.",
		}),
	}
	m.registry.MustRegister(m.requests, m.streams, m.statements, m.failed, m.webhooks, m.sound,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// trail shows the position of the newest event, NaN while the database is away.
func (m *metrics) trail(store *db.Store) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "tasktrail_trail_position", Help: "Position of the newest event.",
	}, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		head, err := store.Log().Head(ctx)
		if err != nil {
			return math.NaN()
		}
		return float64(head.Position)
	}))
}

// soundness shows whether changes are accepted.
func (m *metrics) soundness(sound bool) {
	m.sound.Set(0)
	if sound {
		m.sound.Set(1)
	}
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Timeout: 5 * time.Second})
}

// request counts one request that has ended.
func (m *metrics) request(path string, status int, stream bool, took time.Duration) {
	if path == "/graphql" && !stream {
		m.requests.WithLabelValues(strconv.Itoa(status)).Observe(took.Seconds())
	}
}

// statement counts one SQL statement.
func (m *metrics) statement(_ context.Context, operation string, took time.Duration, failed bool) {
	m.statements.WithLabelValues(operation).Observe(took.Seconds())
	if failed {
		m.failed.WithLabelValues(operation).Inc()
	}
}

// webhook counts one attempt to call a webhook.
func (m *metrics) webhook(outcome string, took time.Duration) {
	m.webhooks.WithLabelValues(outcome).Observe(took.Seconds())
}
