package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"tasktrail/auth"
	"tasktrail/db/dbtest"
	"tasktrail/export"
	"tasktrail/incident"
)

// asSent is a client that says what it accepts by itself, and leaves answers as
// they come.
var asSent = &http.Client{Transport: &http.Transport{DisableCompression: true}}

func TestCompression(t *testing.T) {
	url := dbtest.SQLite(t)
	mustFill(t, url, 40)
	s := serve(t, url, t.TempDir())
	s.post(t, http.DefaultClient, "{ viewer { roles } }")
	auditor := s.as(t, "auditor")
	send := func(method, path, token, body string, headers ...string) (*http.Response, []byte) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, strings.TrimSuffix(s.url, "/graphql")+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		for n := 0; n < len(headers); n += 2 {
			r.Header.Set(headers[n], headers[n+1])
		}
		response, err := asSent.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response, text
	}
	const (
		long  = `{"query":"{ tasks(first: 40) { nodes { id title status createdAt } } }"}`
		short = `{"query":"{ viewer { roles } }"}`
	)
	_, plain := send("POST", "/graphql", s.token, long)
	_, whole := send("GET", "/trail/export", auditor, "")
	for _, c := range []struct {
		name, method, path, token, body, accept string
		zipped                                  bool
		want                                    []byte
	}{
		{"a long answer", "POST", "/graphql", s.token, long, "gzip, deflate, br, zstd", true, plain},
		{"by weight", "POST", "/graphql", s.token, long, "br;q=1.0, gzip;q=0.8", true, plain},
		{"not asked for", "POST", "/graphql", s.token, long, "", false, plain},
		{"refused", "POST", "/graphql", s.token, long, "gzip;q=0", false, plain},
		{"others only", "POST", "/graphql", s.token, long, "br, zstd", false, plain},
		{"a short answer", "POST", "/graphql", s.token, short, "gzip", false, nil},
		{"an export", "GET", "/trail/export", auditor, "", "gzip", true, whole},
		{"a table", "GET", "/trail/export?format=csv", auditor, "", "gzip", true, nil},
		{"a probe", "GET", "/readyz", "", "", "gzip", false, nil},
	} {
		response, got := send(c.method, c.path, c.token, c.body, "Accept-Encoding", c.accept)
		if (response.Header.Get("Content-Encoding") == "gzip") != c.zipped || response.StatusCode != 200 {
			t.Errorf("%s: status %d, encoding %q", c.name, response.StatusCode, response.Header.Get("Content-Encoding"))
			continue
		}
		if c.path != "/readyz" && response.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: varies with %q", c.name, response.Header.Values("Vary"))
		}
		size := len(got)
		if c.zipped {
			got = unzipped(t, got)
		}
		if c.want != nil && !bytes.Equal(got, c.want) {
			t.Errorf("%s: got %.100q, want %.100q", c.name, got, c.want)
		}
		t.Logf("%s: %d bytes of %d", c.name, size, len(got))
	}
	if response, text := send("POST", "/graphql", s.token, short, "Content-Encoding", "gzip"); response.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("a compressed request: %d, %s", response.StatusCode, text)
	}
	// Streams come as they are, and event by event, whatever is accepted.
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url, strings.NewReader(`{"query":"subscription { auditEvents(fromStart: true) { position actor { name } changes { field to } } }"}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"Authorization": "Bearer " + s.token, "Content-Type": "application/json", "Accept": "text/event-stream", "Accept-Encoding": "gzip"} {
		r.Header.Set(name, value)
	}
	response, err := asSent.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	begin := make([]byte, 3)
	if _, err := io.ReadFull(response.Body, begin); err != nil || string(begin) != ":\n\n" || response.Header.Get("Content-Encoding") != "" {
		t.Errorf("a stream begins with %q, %v, %v", begin, err, response.Header)
	}
}

func unzipped(t *testing.T, text []byte) []byte {
	t.Helper()
	reader, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A compressed export arrives while it is made, and whoever stops reading is
// still cut off.
func TestCompressedExportStreams(t *testing.T) {
	url := dbtest.SQLite(t)
	store := openFilled(t, url, 40)
	trail := endlessTrail{store, make(chan struct{}, 1), make(chan struct{}, 1)}
	verify := func(_ context.Context, token string) (incident.Viewer, error) {
		return incident.Viewer{Actor: incident.Actor{ID: incident.ActorID("test", token), Name: token, Kind: incident.KindUser}, Roles: []incident.Role{incident.RoleAuditor}}, nil
	}
	h := export.Handler(incident.New(trail, nil), export.Options{Drain: make(chan struct{}), Log: zerolog.Nop(), WriteTimeout: 500 * time.Millisecond})
	server := httptest.NewServer(auth.Middleware(verify)(compressed(h)))
	t.Cleanup(server.Close)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/trail/export?format=csv", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer a")
	r.Header.Set("Accept-Encoding", "gzip")
	response, err := asSent.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	reader, err := gzip.NewReader(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, reader, 1<<20); err != nil {
		t.Fatal(err)
	}
	<-trail.ended // nobody reads on
	if _, err := io.Copy(io.Discard, reader); err == nil {
		t.Error("what was cut short looks complete")
	}
}

// BenchmarkCompression asks for a page of 50 incidents with five tasks each, as
// it is and compressed; the client does not unpack it.
func BenchmarkCompression(b *testing.B) {
	url := dbtest.SQLite(b)
	s := serve(b, url, b.TempDir(), "--log-level=warn")
	for n := range 50 {
		made := s.post(b, asSent, fmt.Sprintf(`mutation { createIncident(input: { title: "Sign-in from an unusual place %d", severity: LOW, labels: ["phishing"] }) { incident { id } } }`, n))
		id := made["createIncident"].(map[string]any)["incident"].(map[string]any)["id"]
		for k := range 5 {
			s.post(b, asSent, fmt.Sprintf(`mutation { addTask(input: { incidentId: %q, title: "Ask the user about sign-in %d", description: "Call, do not write." }) { task { id } } }`, id, k))
		}
	}
	body := document(b, `{ incidents(first: 50) { nodes { id number title status severity labels updatedAt progress { total completed overdue }
		tasks(first: 50) { nodes { id rank title description status mandatory dueAt assignee { name } origin { kind name } } } } } }`, nil)
	for _, accept := range []string{"identity", "gzip"} {
		b.Run(accept, func(b *testing.B) {
			var size int64
			for b.Loop() {
				r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, s.url, bytes.NewReader(body))
				if err != nil {
					b.Fatal(err)
				}
				r.Header.Set("Authorization", "Bearer "+s.token)
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("Accept-Encoding", accept)
				response, err := asSent.Do(r)
				if err != nil {
					b.Fatal(err)
				}
				size, err = io.Copy(io.Discard, response.Body)
				if err != nil || response.StatusCode != http.StatusOK {
					b.Fatal(response.Status, err)
				}
				_ = response.Body.Close()
			}
			b.ReportMetric(float64(size), "bytes/answer")
		})
	}
}
