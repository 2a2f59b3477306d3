package main

import (
	"mime"
	"net/http"
	"slices"

	"github.com/klauspost/compress/gzhttp"
)

// compressMin is the size of the smallest answer that is compressed, in bytes: a
// smaller one fits into a packet anyway.
const compressMin = 1400

// compressible are the media types that are compressed: never event streams,
// whose events must not wait for one another.
var compressible = []string{"application/json", "application/graphql-response+json", "application/jsonl", "text/csv"}

// compressed sends the answers of a handler in gzip to clients that accept it.
// What the handler flushes is sent at once all the same, and deadlines go
// through. Sockets are left alone.
func compressed(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(
		gzhttp.MinSize(compressMin), gzhttp.CompressionLevel(compressLevel), gzhttp.EnableZstd(false),
		gzhttp.ContentTypeFilter(func(contentType string) bool {
			mediaType, _, err := mime.ParseMediaType(contentType)
			return err == nil && slices.Contains(compressible, mediaType)
		}),
	)
	if err != nil {
		panic(err) // only for options out of their range
	}
	zipped := wrap(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			next.ServeHTTP(w, r)
			return
		}
		zipped(w, r)
	})
}

// compressLevel is gzip's, from 1, fastest, to 9, smallest.
const compressLevel = 1
