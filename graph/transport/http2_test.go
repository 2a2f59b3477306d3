package transport_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"tasktrail/graph/transport"
)

// A stream that nobody reads shares its connection with others, who must not
// notice; and it ends by its own deadline, not by theirs.
func TestHTTP2StalledStream(t *testing.T) {
	exec := newExec(stub{stream: flood})
	for _, c := range []struct {
		name    string
		timeout time.Duration
		stalls  bool // until the client leaves
	}{{"patient", time.Minute, true}, {"cut off", time.Second, false}} {
		t.Run(c.name, func(t *testing.T) {
			s := &testServer{}
			var connections atomic.Int64
			handler := func(w http.ResponseWriter, r *http.Request) {
				s.handlers.Add(1)
				defer s.handlers.Done()
				var tr graphql.Transport = transport.SSE{WriteTimeout: c.timeout}
				if !tr.Supports(r) {
					tr = transport.HTTP{}
				}
				tr.Do(w, r, exec)
			}
			s.Server = httptest.NewUnstartedServer(http.HandlerFunc(handler))
			s.EnableHTTP2 = true
			s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					connections.Add(1)
				}
			}
			s.StartTLS()
			defer s.Close()
			ctx, leave := context.WithCancel(context.Background())
			defer leave()
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, strings.NewReader(subscribe))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Accept", eventStream)
			r.Header.Set("Content-Type", jsonType)
			stalled, err := s.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer stalled.Body.Close()
			if stalled.ProtoMajor != 2 {
				t.Fatalf("it speaks %s", stalled.Proto)
			}
			var others sync.WaitGroup
			for range 20 {
				others.Go(func() { httpCase{body: queryName, status: 200, contains: []string{`"name":"test"`}}.run(t, s) })
			}
			others.Wait()
			if c.stalls {
				leave()
			}
			s.waitIdle(t)
			if n := connections.Load(); n != 1 {
				t.Errorf("%d connections, want all on one", n)
			}
		})
	}
}

// Between two writes no deadline may run: HTTP/2 would reset the stream at it,
// however long the silence has to be.
func TestHTTP2SilentStream(t *testing.T) {
	s := &testServer{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		transport.SSE{WriteTimeout: time.Second, KeepAlive: 1500 * time.Millisecond}.Do(w, r, newExec(stub{stream: silent}))
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	resp := openStream(t, s, subscribe)
	comments := make([]byte, 2*len(":\n\n"))
	if _, err := io.ReadFull(resp.Body, comments); err != nil || resp.ProtoMajor != 2 {
		t.Errorf("over %s got %q, %v", resp.Proto, comments, err)
	}
}
