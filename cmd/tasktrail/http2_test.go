package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"tasktrail/db/dbtest"
)

// Over one connection of HTTP/2, with TLS and without: requests, many streams,
// and an end that clients understand. Sockets beside it speak HTTP/1.1.
func TestHTTP2(t *testing.T) {
	const streams = 50
	for _, secure := range []bool{true, false} {
		t.Run(fmt.Sprintf("tls %t", secure), func(t *testing.T) {
			dir := t.TempDir()
			var flags []string
			roots := x509.NewCertPool()
			if secure {
				flags, roots = certificate(t, dir)
			}
			s := serve(t, dbtest.SQLite(t), dir, append(flags, "--user-streams", fmt.Sprint(streams+1))...)
			client, dials := http2Client(roots, secure)
			defer client.CloseIdleConnections()
			s.post(t, client, `mutation { createIncident(input: { title: "One", severity: LOW }) { event { position } } }`)
			if got := s.over(t, client, http.MethodGet, "?query=%7BauditHead%7Bposition%7D%7D", ""); !strings.Contains(got, `"position":1`) {
				t.Errorf("GET: %s", got)
			}

			events := make(chan string, streams)
			ends := make(chan bool, streams)
			for range streams {
				lines, end := s.watch(t, client)
				go func() {
					defer end()
					complete := false
					for lines.Scan() {
						complete = complete || strings.Contains(lines.Text(), "complete")
						if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
							events <- data
						}
					}
					ends <- complete
				}()
			}
			if secure {
				s.overTLSSocket(t, roots)
			}
			s.post(t, client, `mutation { createIncident(input: { title: "Two", severity: LOW }) { event { position } } }`)
			for range streams {
				if got := <-events; !strings.Contains(got, `"position":2`) {
					t.Errorf("a stream shows %s", got)
				}
			}
			if n := dials.Load(); n != 1 {
				t.Errorf("%d connections, want one for all", n)
			}

			begun := time.Now()
			if err := s.stop(); err != nil {
				t.Errorf("stopping: %v", err)
			}
			if took := time.Since(begun); took > stopTimeout {
				t.Errorf("stopping took %s", took)
			}
			for range streams {
				if complete := <-ends; complete {
					t.Error("a stream said complete, so its client would not come back")
				}
			}
			if secure && strings.Contains(s.log.String(), "superfluous") {
				t.Error("a header was written twice")
			}
		})
	}
}

// http2Client speaks nothing else, and counts its connections.
func http2Client(roots *x509.CertPool, secure bool) (*http.Client, *atomic.Int64) {
	dials := new(atomic.Int64)
	protocols := new(http.Protocols)
	protocols.SetHTTP2(secure)
	protocols.SetUnencryptedHTTP2(!secure)
	return &http.Client{Transport: &http.Transport{
		Protocols: protocols, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			dials.Add(1)
			return new(net.Dialer).DialContext(ctx, network, address)
		},
	}}, dials
}

// over sends a request that must be answered over HTTP/2.
func (s *server) over(t *testing.T, client *http.Client, method, query, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+query, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("GraphQL-Require-Preflight", "1")
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.ProtoMajor != 2 {
		t.Fatalf("%s, %v", response.Proto, err)
	}
	return string(text)
}

// watch opens a stream of positions from now on.
func (s *server) watch(t *testing.T, client *http.Client) (lines *bufio.Scanner, end func()) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, s.url, strings.NewReader(`{"query":"subscription { auditEvents(fromStart: false) { position } }"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	lines = bufio.NewScanner(response.Body)
	if !lines.Scan() || response.ProtoMajor != 2 || response.Header.Get("Connection") != "" { // the comment that says it is open
		t.Fatalf("%s, %v", response.Proto, lines.Err())
	}
	return lines, func() { _ = response.Body.Close() }
}

// overTLSSocket asks over a WebSocket, whose client offers HTTP/1.1 alone.
func (s *server) overTLSSocket(t *testing.T, roots *x509.CertPool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}}
	conn, _, err := websocket.Dial(ctx, s.url, &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}, HTTPClient: client})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	var answer string
	for _, say := range []string{
		`{"type":"connection_init","payload":{"authorization":"Bearer ` + s.token + `"}}`,
		`{"type":"subscribe","id":"1","payload":{"query":"{ auditHead { position } }"}}`,
	} {
		if err := conn.Write(ctx, websocket.MessageText, []byte(say)); err != nil {
			t.Fatal(err)
		}
		_, text, err := conn.Read(ctx)
		if err != nil {
			t.Fatal(err)
		}
		answer = string(text)
	}
	if !strings.Contains(answer, `"position":1`) {
		t.Errorf("the socket says %s", answer)
	}
}
