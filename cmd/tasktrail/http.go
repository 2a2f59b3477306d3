package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"github.com/rs/zerolog/hlog"

	"tasktrail/auth"
	"tasktrail/db"
	"tasktrail/incident"
	"tasktrail/tlogtiles"
)

// web is what the routes share.
type web struct {
	log     zerolog.Logger
	metrics *metrics
	store   *db.Store
	edges   *edges
	service *incident.Service
	drain   chan struct{} // closed when the server stops
	sockets sync.WaitGroup
}

// routes returns the handler of everything the server answers.
func (w *web) routes(verify auth.Verify, api, tiles, export http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/graphql", w.countSockets(auth.CookieStreams(auth.Middleware(verify)(compressed(api)))))
	mux.Handle("/graphql/eventsource", auth.Middleware(verify)(http.HandlerFunc(auth.StreamCookie)))
	tiles = auth.Middleware(verify)(tiles)
	mux.Handle(tlogtiles.CheckpointPath, tiles)
	mux.Handle(tlogtiles.TilePath, tiles)
	mux.Handle("GET /trail/export", auth.Middleware(verify)(compressed(export)))
	mux.HandleFunc("GET /healthz", func(rw http.ResponseWriter, _ *http.Request) { answer(rw, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", w.ready)
	mux.Handle("GET /metrics", w.metrics.handler())
	return w.access(w.edges.guard(auth.Refusals(w.refusedToken)(mux)))
}

// ready answers 200 when the server takes requests and its database answers.
// That it refuses changes is said in the status alone: other servers would
// refuse them too, and reading works.
func (w *web) ready(rw http.ResponseWriter, r *http.Request) {
	select {
	case <-w.drain:
		answer(rw, http.StatusServiceUnavailable, "stopping")
		return
	default:
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := w.store.Ping(ctx); err != nil {
		answer(rw, http.StatusServiceUnavailable, "the database does not answer")
		return
	}
	status := "ok"
	if w.store.ReadOnly() {
		status = "read-only"
	}
	answer(rw, http.StatusOK, status)
}

func answer(w http.ResponseWriter, code int, status string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]string{"status": status})
}

// access writes a line for every request: never a body, a query string or a
// token. Streams get one when they begin and one when they end.
func (w *web) access(next http.Handler) http.Handler {
	line := func(r *http.Request) *zerolog.Event {
		level := zerolog.InfoLevel
		if routeOf(r.URL.Path) == "" {
			level = zerolog.DebugLevel // probes
		}
		return w.log.WithLevel(level).Str("requestId", auth.RequestID(r.Context())).
			Str("method", r.Method).Str("path", r.URL.Path).Stringer("remote", auth.Address(r.Context()))
	}
	done := func(r *http.Request, status, size int, took time.Duration) {
		w.metrics.request(r.URL.Path, status, isStream(r), took)
		line(r).Int("status", status).Int("bytes", size).Dur("ms", took).Msg("request")
	}
	return noteStreams(hlog.AccessHandler(done)(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		defer func() {
			if isStream(r) {
				w.metrics.streams.Dec()
			}
		}()
		next.ServeHTTP(onStream(rw, r, func() {
			w.metrics.streams.Inc()
			line(r).Msg("stream begins")
		}), r)
	})))
}

// routeOf names what a path belongs to, for metrics: one of few names, whatever
// clients ask for. It is "" for probes and for what is not there.
func routeOf(path string) string {
	switch {
	case path == "/graphql", path == "/graphql/eventsource":
		return path
	case strings.HasPrefix(path, "/trail/"):
		return "/trail/"
	}
	return ""
}

// countSockets lets the server wait for its sockets when it stops.
func (w *web) countSockets(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.sockets.Add(1)
		defer w.sockets.Done()
		next.ServeHTTP(rw, r)
	})
}

// waitForSockets returns when all sockets are closed, or ctx ends.
func (w *web) waitForSockets(ctx context.Context) {
	done := make(chan struct{})
	go func() {
		w.sockets.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}
