package main

import (
	"context"
	"net/http"
	"strings"
)

// A request is a stream when its answer is one: what a client accepts does not
// tell, as some list event streams on every request.
type streamKey struct{}

// noteStreams lets isStream tell sockets and event streams from plain requests.
func noteStreams(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), streamKey{}, new(bool))))
	})
}

// isStream reports whether the answer to a request has begun and is a stream.
func isStream(r *http.Request) bool {
	stream, _ := r.Context().Value(streamKey{}).(*bool)
	return stream != nil && *stream
}

// onStream returns a writer that calls begins when the answer turns out to be a
// stream.
func onStream(w http.ResponseWriter, r *http.Request, begins func()) http.ResponseWriter {
	return &streamWriter{w, r, begins}
}

type streamWriter struct {
	http.ResponseWriter
	r      *http.Request
	begins func()
}

func (w *streamWriter) WriteHeader(status int) {
	if status == http.StatusSwitchingProtocols ||
		(status == http.StatusOK && strings.HasPrefix(w.Header().Get("Content-Type"), "text/event-stream")) {
		if stream, _ := w.r.Context().Value(streamKey{}).(*bool); stream != nil && !*stream {
			*stream = true
			w.begins()
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for [http.ResponseController], which flushes, sets deadlines and
// takes the connection over through it.
func (w *streamWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
