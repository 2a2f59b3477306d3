package webhook

import (
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// call is a request that a receiver got.
type call struct {
	header http.Header
	body   string
}

// receiver is an HTTP server that answers with the statuses given, one by one,
// the last one for ever. It keeps what it got.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	calls    []call
	statuses []int
}

func newReceiver(t *testing.T, secure bool, statuses ...int) *receiver {
	t.Helper()
	r := &receiver{statuses: statuses}
	r.Server = serve(t, secure, func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		r.calls = append(r.calls, call{req.Header, string(body)})
		status := r.statuses[0]
		if len(r.statuses) > 1 {
			r.statuses = r.statuses[1:]
		}
		r.mu.Unlock()
		w.WriteHeader(status)
	})
	return r
}

func (r *receiver) got() []call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]call(nil), r.calls...)
}

// serve starts a server for the length of the test.
func serve(t *testing.T, secure bool, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = quiet
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

// trust makes a sender trust a test server.
func (r *rig) trust(s *httptest.Server) {
	r.sender.caller.roots = x509.NewCertPool()
	r.sender.caller.roots.AddCert(s.Certificate())
}
