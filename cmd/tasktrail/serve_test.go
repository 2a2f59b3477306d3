package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"tasktrail/db/dbtest"
)

// What the server prints must work as it stands: each command is taken apart
// and sent by another client than curl, which not every machine has.
func TestWhatServeSaysToTry(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := serve(t, url, t.TempDir(), "--demo")
		s.token = s.out.find(t, `export TOKEN=(\S+)`)[1]
		s.out.find(t, `createIncident`)
		bodies := regexp.MustCompile(`-d '(.*)'`).FindAllStringSubmatch(s.out.String(), -1)
		if len(bodies) != 3 {
			t.Fatalf("there are %d commands to try, want 3", len(bodies))
		}
		list := s.send(t, http.DefaultClient, []byte(bodies[0][1]))
		if nodes := list["incidents"].(map[string]any)["nodes"].([]any); len(nodes) != 5 {
			t.Errorf("the query lists %d incidents, want 5 of the demo", len(nodes))
		}
		events := s.stream(t, bodies[1][1])
		s.send(t, http.DefaultClient, []byte(bodies[2][1]))
		got := <-events
		for strings.Contains(got, "TASK_OVERDUE") { // noted meanwhile of the demo's tasks
			got = <-events
		}
		if !strings.Contains(got, "My first incident") {
			t.Errorf("the subscription shows %s", got)
		}
		if err := s.stop(); err != nil {
			t.Errorf("stopping: %v", err)
		}
		if rest, ok := <-events; ok && strings.Contains(rest, "complete") {
			t.Error("the stream said complete, so its client would not come back")
		}
		mustSay(t, "an unbroken chain", "verify", s.dbFlag, "--key="+filepath.Join(s.dir, "checkpoint.key"))
		if log := s.log.String(); strings.Contains(log, "My first") || strings.Contains(log, s.token) {
			t.Error("the log holds what a user wrote, or a token")
		}
	})
}

// stream opens a subscription and hands over its data lines.
func (s *server) stream(t *testing.T, body string) <-chan string {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, s.url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		t.Fatalf("status %d", response.StatusCode)
	}
	out := make(chan string, 100)
	reader := bufio.NewReader(response.Body)
	if _, err := reader.ReadString('\n'); err != nil { // the comment that says the stream is open
		t.Fatal(err)
	}
	go func() {
		defer close(out)
		defer func() { _ = response.Body.Close() }()
		for {
			line, err := reader.ReadString('\n')
			if err != nil {
				return
			}
			if strings.HasPrefix(line, "data: ") || strings.HasPrefix(line, "event: complete") {
				out <- line
			}
		}
	}()
	return out
}

func TestStopSendsSocketsAway(t *testing.T) {
	s := serve(t, dbtest.SQLite(t), t.TempDir())
	s.post(t, http.DefaultClient, "{ viewer { roles } }")
	ctx := t.Context()
	conn, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(s.url, "http"), &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		t.Fatal(err)
	}
	init := `{"type":"connection_init","payload":{"authorization":"Bearer ` + s.token + `"}}`
	if err := conn.Write(ctx, websocket.MessageText, []byte(init)); err != nil {
		t.Fatal(err)
	}
	if _, ack, err := conn.Read(ctx); err != nil || !strings.Contains(string(ack), "connection_ack") {
		t.Fatalf("got %s, %v", ack, err)
	}
	stopped := make(chan error)
	go func() { stopped <- s.stop() }()
	if _, _, err := conn.Read(ctx); websocket.CloseStatus(err) != websocket.StatusServiceRestart {
		t.Errorf("the socket was closed with %v, want 1012", err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestProbes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s := serve(t, url, t.TempDir(), "--demo")
		base := strings.TrimSuffix(s.url, "/graphql")
		for path, want := range map[string]string{
			"/healthz": `{"status":"ok"}`, "/readyz": `{"status":"ok"}`, "/metrics": "tasktrail_trail_position 114",
		} {
			response, err := http.Get(base + path)
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(response.Body)
			_ = response.Body.Close()
			if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(text), want) {
				t.Errorf("%s: got %d, %s; want %s", path, response.StatusCode, text, want)
			}
		}
	})
}

func TestDemoIsAddedOnce(t *testing.T) {
	url, dir := dbtest.SQLite(t), t.TempDir()
	for range 2 {
		s := serve(t, url, dir, "--demo")
		s.post(t, http.DefaultClient, "{ viewer { roles } }")
		if err := s.stop(); err != nil {
			t.Fatal(err)
		}
	}
	mustSay(t, "7 incidents, 38 tasks", "verify", "--database="+url, "--key="+filepath.Join(dir, "checkpoint.key"))
}

// On an address that others can reach, no token is printed.
func TestNoTokenForOthersToSee(t *testing.T) {
	s := serve(t, dbtest.SQLite(t), t.TempDir(), "--listen=0.0.0.0:0")
	s.out.find(t, "Make a token with")
	s.log.find(t, "tokens travel unencrypted")
	if strings.Contains(s.out.String(), "TOKEN=") {
		t.Error("a token was printed")
	}
}

func TestTLS(t *testing.T) {
	dir := t.TempDir()
	flags, roots := certificate(t, dir)
	s := serve(t, dbtest.SQLite(t), dir, flags...)
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
	}}
	defer client.CloseIdleConnections()
	s.post(t, client, "{ viewer { roles } }")
	response, err := client.Get(s.url)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if got := response.Header.Get("Strict-Transport-Security"); got != "max-age=31536000" {
		t.Errorf("browsers are told to come back with TLS by %q", got)
	}
	if !strings.HasPrefix(s.url, "https://") || !strings.Contains(s.out.String(), "curl -sk ") {
		t.Errorf("says %s", s.out)
	}
}

// certificate makes one for 127.0.0.1, and returns the flags that serve it and a
// client's trust in it.
func certificate(t testing.TB, dir string) (flags []string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "cert.key")
	if err := errors.Join(
		os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}), 0o600),
		os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	parsed, err := x509.ParseCertificate(certificate)
	if err != nil {
		t.Fatal(err)
	}
	roots.AddCert(parsed)
	return []string{"--tls-cert=" + certFile, "--tls-key=" + keyFile}, roots
}
