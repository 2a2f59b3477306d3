package transport

import (
	"bytes"
	"net/http"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// eventStream writes server-sent events. Each write has a deadline and is
// flushed. It must be used by one goroutine, the one that runs the handler:
// a ResponseWriter must not be touched after the handler has returned.
type eventStream struct {
	w       http.ResponseWriter
	ctrl    *http.ResponseController
	timeout time.Duration
	http2   bool
}

// openEventStream sets the headers. It fails, with nothing written, if the
// ResponseWriter has no deadlines: then a slow reader could hold it for ever.
func openEventStream(w http.ResponseWriter, r *http.Request, timeout time.Duration) (*eventStream, error) {
	s := &eventStream{w: w, ctrl: http.NewResponseController(w), timeout: timeout, http2: r.ProtoMajor > 1}
	// A stream outlives what the server allows for a request; each write has a
	// deadline of its own.
	if err := s.ctrl.SetWriteDeadline(time.Time{}); err != nil {
		return nil, &requestError{status: http.StatusInternalServerError, message: "streaming is not supported"}
	}
	if err := s.ctrl.SetReadDeadline(time.Time{}); err != nil {
		return nil, &requestError{status: http.StatusInternalServerError, message: "streaming is not supported"}
	}
	h := w.Header()
	h.Set("Content-Type", mediaEventStream+"; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would collect events otherwise
	h.Set("X-Content-Type-Options", "nosniff")
	if r.ProtoMajor == 1 {
		// The write deadline stays on the connection, which therefore must
		// not serve another request.
		h.Set("Connection", "close")
	}
	w.WriteHeader(http.StatusOK)
	return s, nil
}

// next writes one response, with its cursor as the event id.
func (s *eventStream) next(resp *graphql.Response) error {
	body, cursor := encodeResponse(resp)
	var b bytes.Buffer
	b.Grow(len(body) + len(cursor) + 64)
	b.WriteString("event: next\n")
	// A line break would end the field, and an id with NUL is ignored.
	if cursor != "" && !strings.ContainsAny(cursor, "\r\n\x00") {
		b.WriteString("id: " + cursor + "\n")
	}
	b.WriteString("data: ")
	b.Write(body)
	b.WriteString("\n\n")
	return s.write(b.Bytes())
}

// complete writes the last event. Its data line is empty but present, as
// EventSource drops an event without one.
func (s *eventStream) complete() error {
	return s.write([]byte("event: complete\ndata:\n\n"))
}

// refuse writes that the caller is not let on, as the last response.
func (s *eventStream) refuse(why string) {
	errs := gqlerror.List{errorWithCode(codeUnauthenticated, why)}
	if s.next(&graphql.Response{Errors: errs}) == nil {
		_ = s.complete()
	}
}

// comment writes a line that clients ignore.
func (s *eventStream) comment() error {
	return s.write([]byte(":\n\n"))
}

func (s *eventStream) write(p []byte) error {
	if err := s.ctrl.SetWriteDeadline(time.Now().Add(s.timeout)); err != nil {
		return err
	}
	if _, err := s.w.Write(p); err != nil {
		return err
	}
	if err := s.ctrl.Flush(); err != nil || !s.http2 {
		return err // over HTTP/1 the deadline is also that of the last chunk, after the handler
	}
	// At a deadline HTTP/2 resets a stream even if nothing is being written.
	return s.ctrl.SetWriteDeadline(time.Time{})
}
