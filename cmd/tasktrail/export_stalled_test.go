package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"tasktrail/audit"
	"tasktrail/auth"
	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/export"
	"tasktrail/incident"
)

// A client that stops reading is cut off; while it lasts, it takes one of few
// places; an end before the trailer breaks the connection.
func TestExportOverHTTPStalled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, databaseURL string) {
		store := openFilled(t, databaseURL, 40)
		trail := endlessTrail{store, make(chan struct{}, 10), make(chan struct{}, 10)}
		drain, log := make(chan struct{}), newLines()
		verify := func(_ context.Context, token string) (incident.Viewer, error) {
			return incident.Viewer{Actor: incident.Actor{ID: incident.ActorID("test", token), Name: token, Kind: incident.KindUser}, Roles: []incident.Role{incident.RoleAuditor}}, nil
		}
		h := auth.Middleware(verify)(export.Handler(incident.New(trail, nil), export.Options{
			Drain: drain, Log: zerolog.New(log), WriteTimeout: 500 * time.Millisecond,
		}))
		server := httptest.NewUnstartedServer(h)
		server.Start()
		t.Cleanup(server.Close)
		begin := func(who string) *bufio.Reader {
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conn.Close() })
			_, _ = fmt.Fprintf(conn, "GET /trail/export?format=csv HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", who)
			return bufio.NewReader(conn)
		}
		status := func(r *bufio.Reader) string {
			line, err := r.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			return strings.TrimSpace(line)
		}
		stalled := begin("a")
		<-trail.streaming
		begin("b")
		<-trail.streaming
		begin("b")
		<-trail.streaming
		if got := status(begin("b")); got != "HTTP/1.1 429 Too Many Requests" {
			t.Errorf("one too many of one actor: %s", got)
		}
		begin("c")
		<-trail.streaming
		if got := status(begin("d")); got != "HTTP/1.1 503 Service Unavailable" {
			t.Errorf("one too many: %s", got)
		}
		for range 4 { // all of them are cut off
			<-trail.ended
		}
		log.find(t, "export cut short")
		response, err := http.ReadResponse(stalled, nil)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatal(response, err)
		}
		if _, err := io.Copy(io.Discard, response.Body); err == nil {
			t.Error("what was cut short looks complete")
		}
	})
}

// endlessTrail gives the same events over and over.
type endlessTrail struct {
	*db.Store
	streaming, ended chan struct{}
}

func (e endlessTrail) Stream(ctx context.Context, q incident.TrailQuery, page func([]*audit.Event, int64) error) error {
	e.streaming <- struct{}{}
	defer func() { e.ended <- struct{}{} }()
	return e.Store.Stream(ctx, q, func(events []*audit.Event, position int64) error {
		for ctx.Err() == nil {
			if err := page(events, position); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
}

// openFilled opens a database with some events in it.
func openFilled(t *testing.T, databaseURL string, events int) *db.Store {
	t.Helper()
	mustFill(t, databaseURL, events)
	store, err := db.Open(t.Context(), databaseURL, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// exportAsCSV begins an export.
func exportAsCSV(t *testing.T, server *httptest.Server) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/trail/export?format=csv", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer x")
	response, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

// An export lasts as long as its client reads. A server that stops ends it, so
// that it does not look complete.
func TestExportOverHTTPDrained(t *testing.T) {
	url := dbtest.SQLite(t)
	store := openFilled(t, url, 4)
	trail := endlessTrail{store, make(chan struct{}, 1), make(chan struct{}, 1)}
	drain := make(chan struct{})
	viewer := incident.Viewer{Actor: incident.Actor{ID: "act_1", Name: "a", Kind: incident.KindUser}, Roles: []incident.Role{incident.RoleAdmin}}
	verify := func(context.Context, string) (incident.Viewer, error) { return viewer, nil }
	service := incident.New(trail, nil)
	h := auth.Middleware(verify)(export.Handler(service, export.Options{Drain: drain, Log: zerolog.Nop()}))
	server := httptest.NewUnstartedServer(h)
	server.Config.WriteTimeout, server.Config.ReadTimeout = 200*time.Millisecond, 200*time.Millisecond // shorter than the export
	server.Start()
	t.Cleanup(server.Close)
	response := exportAsCSV(t, server)
	<-trail.streaming
	// The limits of short requests do not end it while the client reads.
	for begun := time.Now(); time.Since(begun) < 400*time.Millisecond; {
		if _, err := io.CopyN(io.Discard, response.Body, 1<<20); err != nil {
			t.Fatalf("after %s: %v", time.Since(begun), err)
		}
	}
	close(drain)
	if _, err := io.Copy(io.Discard, response.Body); err == nil {
		t.Error("what was cut short looks complete")
	}
	<-trail.ended
	server.Close() // the handler has returned
	if err := service.FlushAccessLog(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{"EXPORT ALLOWED - a - [csv] 1", "EXPORT_ENDED ALLOWED CUT_SHORT a - [csv] 1"}
	if got := recorded(t, url); !slices.Equal(got, want) {
		t.Errorf("recorded: got %q, want %q", got, want)
	}
}

// Reading can take longer than writing may: HTTP/2, which resets a stream at the
// deadline of its last write, must not cut it.
func TestExportOverHTTP2Slow(t *testing.T) {
	const patience = time.Second
	url := dbtest.SQLite(t)
	store := openFilled(t, url, 4)
	viewer := incident.Viewer{Actor: incident.Actor{ID: "act_1", Name: "a", Kind: incident.KindUser}, Roles: []incident.Role{incident.RoleAdmin}}
	verify := func(context.Context, string) (incident.Viewer, error) { return viewer, nil }
	h := export.Handler(incident.New(slowTrail{store, patience + patience/2}, nil), export.Options{Log: zerolog.Nop(), WriteTimeout: patience})
	server := httptest.NewUnstartedServer(auth.Middleware(verify)(h))
	server.EnableHTTP2 = true
	server.Config.WriteTimeout, server.Config.ReadTimeout = patience, patience
	server.StartTLS()
	t.Cleanup(server.Close)
	response := exportAsCSV(t, server)
	text, err := io.ReadAll(response.Body)
	if lines := strings.Count(string(text), "\n"); err != nil || response.ProtoMajor != 2 || lines < 6 {
		t.Errorf("over %s: %d lines, %v", response.Proto, lines, err)
	}
}

// slowTrail rests before each page and at the end.
type slowTrail struct {
	*db.Store
	rest time.Duration
}

func (s slowTrail) Stream(ctx context.Context, q incident.TrailQuery, page func([]*audit.Event, int64) error) error {
	rest := func() error {
		select {
		case <-time.After(s.rest):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	err := s.Store.Stream(ctx, q, func(events []*audit.Event, position int64) error {
		return errors.Join(rest(), page(events, position))
	})
	return errors.Join(err, rest())
}
