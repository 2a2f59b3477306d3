package webhook

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tasktrail/incident"
)

// try makes one attempt at url without a database.
func try(t *testing.T, c *caller, url string) answer {
	t.Helper()
	defer c.transport.CloseIdleConnections()
	return c.call(context.Background(), incident.DueDelivery{
		Delivery: incident.Delivery{ID: "whd_1", Body: []byte(`{}`)}, URL: url, Secret: newSecret(), Enabled: true,
	})
}

// labCaller may call this machine.
func labCaller() *caller { return newCaller(loopback, time.Now) }

func TestAnswers(t *testing.T) {
	elsewhere := newReceiver(t, false, 200)
	status := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", elsewhere.URL)
			w.WriteHeader(status)
		}
	}
	raw := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = io.WriteString(conn, text)
				if strings.HasPrefix(text, "HTTP/1.1 101") {
					_, _ = io.Copy(io.Discard, conn) // until the caller goes
				}
				_ = conn.Close()
			}
		}
	}
	tests := []struct {
		name    string
		handler http.HandlerFunc
		want    string // 0 as a status: none
	}{
		{"ok", status(200), "200 "},
		{"no content", status(204), "204 "},
		{"moved, not followed", status(301), "301 "},
		{"found, not followed", status(302), "302 "},
		{"same method elsewhere, not followed", status(307), "307 "},
		{"permanent, not followed", status(308), "308 "},
		{"bad request", status(400), "400 "},
		{"gone", status(410), "410 "},
		{"broken", status(503), "503 "},
		{"another protocol", raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), "101 "},
		{"not HTTP", raw("220 mail.example ESMTP\r\n"), "0 CONNECTION"},
		{"nothing", raw(""), "0 CONNECTION"},
		{"headers without end", raw("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 2*maxAnswer) + "\r\n\r\n"), "0 CONNECTION"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := try(t, labCaller(), serve(t, false, test.handler).URL)
			if got := fmt.Sprint(a.status, " ", a.failure); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	if n := len(elsewhere.got()); n != 0 {
		t.Errorf("%d redirects were followed", n)
	}
}

// An answer that never ends is cut off; its status counts.
func TestAnswerIsBounded(t *testing.T) {
	sent := make(chan int, 1)
	hook := serve(t, false, func(w http.ResponseWriter, _ *http.Request) {
		n, chunk := 0, make([]byte, 64<<10)
		for err := error(nil); err == nil; {
			var k int
			k, err = w.Write(chunk)
			n += k
		}
		sent <- n
	})
	if a := try(t, labCaller(), hook.URL); a.status != 200 {
		t.Errorf("got %+v, want status 200", a)
	}
	// What the kernel's buffers hold comes on top of the limit.
	if n := <-sent; n > 32<<20 {
		t.Errorf("%d bytes were read", n)
	}
}

// Receivers that take their time for ever are left.
func TestTimeout(t *testing.T) {
	over := make(chan struct{})
	hold := func(http.ResponseWriter, *http.Request) { <-over }
	drip := func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(200)
		_ = http.NewResponseController(w).Flush()
		<-over
	}
	mute, err := net.Listen("tcp", "127.0.0.1:0") // accepts, says nothing
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mute.Close() })
	held, dripping := serve(t, false, hold), serve(t, false, drip)
	t.Cleanup(func() { close(over) })
	tests := []struct {
		name, url string
		limit     time.Duration
		want      string
	}{
		{"no answer", held.URL, 50 * time.Millisecond, "0 TIMEOUT"},
		{"no handshake", "https://" + mute.Addr().String(), 50 * time.Millisecond, "0 TIMEOUT"},
		{"a body without end", dripping.URL, 2 * time.Second, "200 "}, // enough for its headers on a busy machine
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := labCaller()
			c.timeout = test.limit
			a := try(t, c, test.url)
			if got := fmt.Sprint(a.status, " ", a.failure); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestTLS(t *testing.T) {
	secure, plain := newReceiver(t, true, 200), newReceiver(t, false, 200)
	old := httptest.NewUnstartedServer(http.NotFoundHandler())
	old.Config.ErrorLog = quiet
	old.TLS = oldTLS()
	old.StartTLS()
	t.Cleanup(old.Close)
	cut, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			conn, err := cut.Accept()
			if err != nil {
				return
			}
			_, _ = bufio.NewReader(conn).Peek(1)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = cut.Close() })
	tests := []struct {
		name, url string
		trusted   *httptest.Server
		want      string
	}{
		{"trusted", secure.URL, secure.Server, "200 "},
		{"unknown authority", secure.URL, nil, "0 TLS"},
		{"another name", strings.Replace(secure.URL, "127.0.0.1", "other.example.org", 1), secure.Server, "0 TLS"},
		{"no TLS there", strings.Replace(plain.URL, "http:", "https:", 1), nil, "0 TLS"},
		{"TLS 1.1 only", old.URL, old, "0 TLS"},
		{"cut off", "https://" + cut.Addr().String(), nil, "0 CONNECTION"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := &rig{sender: &Sender{caller: labCaller()}}
			if test.trusted != nil {
				r.trust(test.trusted)
			}
			r.sender.caller.resolver = resolver(t, "127.0.0.1")
			a := try(t, r.sender.caller, test.url)
			if got := fmt.Sprint(a.status, " ", a.failure); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	if len(secure.got()) != 1 || len(plain.got()) != 0 {
		t.Errorf("%d and %d calls came through, want 1 and 0", len(secure.got()), len(plain.got()))
	}
}

func TestRefusedConnection(t *testing.T) {
	hook := newReceiver(t, false, 200)
	hook.Close()
	if a := try(t, labCaller(), hook.URL); a.failure != incident.FailedConnection {
		t.Errorf("got %+v, want CONNECTION", a)
	}
}

// A proxy in the environment would see the calls, and dial where it likes.
func TestNoProxy(t *testing.T) {
	var proxied atomic.Int32
	proxy := serve(t, false, func(http.ResponseWriter, *http.Request) { proxied.Add(1) })
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"} {
		t.Setenv(name, proxy.URL)
	}
	hook := newReceiver(t, false, 200)
	c := labCaller()
	c.resolver = resolver(t, "127.0.0.1") // net/http never asks a proxy for 127.0.0.1 itself
	a := try(t, c, strings.Replace(hook.URL, "127.0.0.1", "hook.example.com", 1))
	if a.status != 200 || proxied.Load() != 0 || len(hook.got()) != 1 {
		t.Errorf("got %+v, %d requests to the proxy, %d to the receiver", a, proxied.Load(), len(hook.got()))
	}
}
