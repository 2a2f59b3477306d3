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

	"tasktrail/audit"
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
	refused    *prometheus.CounterVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tasktrail_request_seconds", Help: "Plain requests to /graphql, and those for files of the trail, by HTTP status.", Buckets: prometheus.DefBuckets,
		}, []string{"path", "status"}),
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
	m.refused = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "tasktrail_refused_total", Help: "Operations, sockets, streams and tokens that were refused or stopped, by the limit they met.",
	}, []string{"limit"})
	m.registry.MustRegister(m.refused, m.requests, m.streams, m.statements, m.failed, m.webhooks, m.sound,
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

// checkpoints shows how far the trail is signed.
func (m *metrics) checkpoints(c *audit.Checkpointer) {
	show := func(name, help string, value func() float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
	}
	show("tasktrail_checkpoint_size", "Number of events under the newest checkpoint.", func() float64 { return float64(c.Newest().Size) })
	show("tasktrail_checkpoint_timestamp_seconds", "When the newest checkpoint was signed, in seconds since 1970; 0 when there is none.", func() float64 {
		if c.Newest().Size == 0 {
			return 0
		}
		return float64(c.Newest().SignedAt.UnixMicro()) / 1e6
	})
	show("tasktrail_checkpoint_refused", "1 once the trail contradicted a checkpoint of it, so that nothing is signed any more.", func() float64 {
		if c.Refusal() != nil {
			return 1
		}
		return 0
	})
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
	if route := routeOf(path); route != "" && !stream {
		m.requests.WithLabelValues(route, strconv.Itoa(status)).Observe(took.Seconds())
	}
}

// statement counts one SQL statement.
func (m *metrics) statement(_ context.Context, operation string, took time.Duration, failed bool) {
	m.statements.WithLabelValues(operation).Observe(took.Seconds())
	if failed {
		m.failed.WithLabelValues(operation).Inc()
	}
}

// refusal counts what was refused by a limit.
func (m *metrics) refusal(limit string) { m.refused.WithLabelValues(limit).Inc() }

// webhook counts one attempt to call a webhook.
func (m *metrics) webhook(outcome string, took time.Duration) {
	m.webhooks.WithLabelValues(outcome).Observe(took.Seconds())
}
