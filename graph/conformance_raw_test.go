package graph_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// wire is a bare TCP connection, for what HTTP clients would not send.
type wire struct {
	t *testing.T
	*net.TCPConn
	in *bufio.Reader
}

func (e *edge) wire(t *testing.T) *wire {
	t.Helper()
	conn, err := net.DialTimeout("tcp", e.address(), patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	return &wire{t, conn.(*net.TCPConn), bufio.NewReader(conn)}
}

// say writes text; what the server does not want to read is no fault.
func (w *wire) say(text string) { _, _ = io.WriteString(w, text) }

// answer reads one response and returns it with its body.
func (w *wire) answer() (*http.Response, string) {
	w.t.Helper()
	r, err := http.ReadResponse(w.in, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return r, string(body)
}

// ended reports whether the server has closed the connection, with nothing
// more said.
func (w *wire) ended() bool {
	n, err := w.in.Read(make([]byte, 1))
	return n == 0 && err != nil && !errors.Is(err, os.ErrDeadlineExceeded)
}

// head is a POST of alice's as far as its own headers.
func (e *edge) head(version string, headers ...string) string {
	return fmt.Sprintf("POST / HTTP/%s\r\nHost: test\r\nAuthorization: Bearer %s\r\n%s\r\n", version, e.alice.token,
		strings.Join(append(headers, ""), "\r\n"))
}

const (
	typenameBody = `{"query":"{ __typename }"}`
	typenameData = `{"data":{"__typename":"Query"}}`
)

// raw sends text, with HEAD as what every request begins with, and checks the
// status of the answer, and whether the connection then ends.
func raw(text string, status int, ends bool) check {
	return func(t *testing.T, e *edge) {
		t.Helper()
		w := e.wire(t)
		w.say(strings.ReplaceAll(text, "AUTH", "Authorization: Bearer "+e.alice.token))
		r, body := w.answer()
		if r.StatusCode != status {
			t.Errorf("%.60q: got %d, want %d: %s", text, r.StatusCode, status, body)
		}
		if status == 200 && body != typenameData {
			t.Errorf("%.60q: got %s", text, body)
		}
		if ends && !w.ended() {
			t.Errorf("%.60q: the connection goes on after %d", text, r.StatusCode)
		}
	}
}

// jsonHead begins a POST with a JSON body.
const jsonHead = "POST / HTTP/1.1\r\nHost: test\r\nAUTH\r\nContent-Type: application/json\r\n"

// length is the header for a body.
func length(body string) string { return fmt.Sprintf("Content-Length: %d\r\n", len(body)) }
