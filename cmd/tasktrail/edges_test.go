package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"tasktrail/db/dbtest"
)

// ask sends a request with headers, in pairs, and returns what comes back.
func (s *siege) ask(method, path string, body string, headers ...string) (*http.Response, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, "http://"+s.address+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response, string(text)
}

const jsonQuery = `{"query":"{ viewer { roles } }"}`

// Pages of listed origins may ask, with a token that they add themselves; no
// others, and nobody's browser adds anything.
func TestOtherOrigins(t *testing.T) {
	const good, evil = "https://app.example.com", "https://evil.example"
	s := besiege(t, "--allow-origin="+good, "--allow-origin=http://localhost:3000")
	token := "Bearer " + s.sign("alice", time.Hour)
	for _, path := range []string{"/graphql", "/graphql/eventsource", "/trail/export", "/trail/checkpoint"} {
		for origin, want := range map[string]string{good: good, "http://localhost:3000": "http://localhost:3000", evil: "", "null": "", good + ".evil.example": "", "http://app.example.com": ""} {
			response, _ := s.ask(http.MethodOptions, path, "", "Origin", origin, "Access-Control-Request-Method", "POST",
				"Access-Control-Request-Headers", "apollo-require-preflight,authorization,content-type,graphql-require-preflight,last-event-id,x-request-id")
			if got := response.Header.Get("Access-Control-Allow-Origin"); got != want || response.Header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s from %s: status %d, allows %q with credentials %q; want %q", path, origin, response.StatusCode, got,
					response.Header.Get("Access-Control-Allow-Credentials"), want)
			}
			if want != "" && (response.StatusCode != http.StatusNoContent || response.Header.Get("Access-Control-Max-Age") != "7200" ||
				!strings.Contains(response.Header.Get("Access-Control-Allow-Headers"), "authorization")) {
				t.Errorf("%s: %d %v", path, response.StatusCode, response.Header)
			}
		}
	}
	for origin, want := range map[string]int{good: 200, evil: 403, "null": 403, "http://" + s.address: 200, "": 200} {
		headers := []string{"Authorization", token, "Content-Type", "application/json"}
		if origin != "" {
			headers = append(headers, "Origin", origin)
		}
		response, text := s.ask(http.MethodPost, "/graphql", jsonQuery, headers...)
		if response.StatusCode != want {
			t.Errorf("POST from %q: got %d, want %d: %s", origin, response.StatusCode, want, text)
		}
		if origin == good && (response.Header.Get("Access-Control-Allow-Origin") != good ||
			!strings.Contains(response.Header.Get("Access-Control-Expose-Headers"), "Retry-After")) {
			t.Errorf("the page may not read it: %v", response.Header)
		}
	}
	for origin, want := range map[string]int{good: 204, evil: 403, "null": 403} {
		if response, text := s.ask(http.MethodDelete, "/graphql/eventsource", "", "Origin", origin); response.StatusCode != want {
			t.Errorf("DELETE of the cookie from %s: got %d, want %d: %s", origin, response.StatusCode, want, text)
		}
	}
	for _, path := range []string{"/graphql", "/healthz", "/metrics", "/trail/checkpoint", "/nothing"} {
		response, _ := s.ask(http.MethodGet, path, "")
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Strict-Transport-Security": "",
		} {
			if got := response.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
}

// What is refused is counted, under names that no client chooses.
func TestRefusalsAreCounted(t *testing.T) {
	s := besiege(t, "--user-rate=0.1", "--user-burst=2", "--address-bad-tokens=1")
	good := []string{"Authorization", "Bearer " + s.sign("alice", time.Hour), "Content-Type", "application/json", "X-Forwarded-For", "10.0.0.1"}
	for _, want := range []int{200, 200, 429} {
		if response, text := s.ask(http.MethodPost, "/graphql", jsonQuery, good...); response.StatusCode != want {
			t.Errorf("got %d, want %d: %s", response.StatusCode, want, text)
		}
	}
	for _, want := range []int{401, 429} {
		bad := []string{"Authorization", "Bearer a.b.c", "X-Forwarded-For", "10.0.0.2"}
		if response, text := s.ask(http.MethodPost, "/graphql", jsonQuery, bad...); response.StatusCode != want {
			t.Errorf("bad token: got %d, want %d: %s", response.StatusCode, want, text)
		}
	}
	_, text := s.ask(http.MethodGet, "/metrics", "")
	for _, want := range []string{`tasktrail_refused_total{limit="rate"} 1`, `tasktrail_refused_total{limit="authentication"} 1`} {
		if !strings.Contains(text, want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
}

func TestWrongEdges(t *testing.T) {
	for _, flag := range []string{
		"--allow-origin=*", "--allow-origin=https://*.example.com", "--allow-origin=app.example.com", "--user-rate=-1", "--user-rate=NaN", "--user-burst=0",
		"--socket-operations=0", "--request-timeout=1ms", "--request-timeout=5m", "--max-streams=-1",
	} {
		name := strings.SplitN(flag, "=", 2)[0]
		err := run(t.Context(), []string{"serve", "--database=" + dbtest.SQLite(t), "--listen=127.0.0.1:0", flag}, io.Discard, io.Discard)
		if exitCode(err) != 2 || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v (exit code %d)", flag, err, exitCode(err))
		}
	}
}

// Who sends a request slowly, or one that is too long, is cut off. The server's
// times are those it has; only the connections are a client's.
func TestSlowRequests(t *testing.T) {
	c := &listening{}
	server := c.server(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, "%t", err == nil)
	}), nil, newLogger(io.Discard, 0))
	if server.ReadHeaderTimeout != 5*time.Second || server.ReadTimeout != 30*time.Second || server.WriteTimeout != time.Minute ||
		server.IdleTimeout != 2*time.Minute || server.MaxHeaderBytes != 32<<10 {
		t.Errorf("the times of the server are %+v", server)
	}
	server.ReadHeaderTimeout, server.ReadTimeout, server.IdleTimeout = 300*time.Millisecond, 600*time.Millisecond, 300*time.Millisecond
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- server.Serve(listener) }()
	defer func() {
		_ = server.Shutdown(context.Background())
		<-ended
	}()
	for name, test := range map[string]struct{ request, answer string }{
		"headers":      {"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", ""},
		"body":         {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc", "HTTP/1.1 200 OK"}, // the handler was told
		"nothing":      {"", ""},
		"idle":         {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK"},
		"long headers": {"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + strings.Repeat("x", 64<<10), "HTTP/1.1 431 Request Header Fields Too Large"},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
			_, _ = io.WriteString(conn, test.request)
			in := bufio.NewReader(conn)
			line, err := in.ReadString('\n')
			if got := strings.TrimSpace(line); got != test.answer {
				t.Errorf("got %q, %v; want %q", got, err, test.answer)
			}
			rest, err := io.ReadAll(in) // until it hangs up
			if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
				t.Errorf("it does not hang up, after %q", rest)
			}
			if name == "body" && !strings.HasSuffix(string(rest), "false") {
				t.Errorf("half a body passed for a whole one: %q", rest)
			}
		})
	}
}
